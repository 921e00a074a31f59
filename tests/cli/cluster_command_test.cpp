// Real nodes, a process each, under a schedule: `partita cluster`.

#include "background_program.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>

#include <partita/cli/program.hpp>
#include <partita/models/application.hpp>

namespace partita::test {
namespace {

using nlohmann::json;

/// A lost commit among four nodes, as in the documentation.
constexpr const char* commit_lost =
    "app lampson-2pc nodes=4\n"
    "n1 broadcast 42\n"
    "omit n1 -> n3 commit #1\n";

/// What the application noted, node by node in order.
std::map<std::string, std::vector<std::string>> notes_in(const json& run) {
    std::map<std::string, std::vector<std::string>> notes;
    for (const json& each : run["trace"]) {
        if (each["kind"] == "note") notes[each["node"]].push_back(each["message"]);
    }
    return notes;
}

std::size_t count_of(const json& run, const std::string& kind) {
    return static_cast<std::size_t>(
        std::count_if(run["trace"].begin(), run["trace"].end(),
                      [&](const json& each) { return each["kind"] == kind; }));
}

/// The nodes of a command that is over are over, too.
void expect_nobody_left(const std::vector<pid_t>& processes) {
    for (const pid_t each : processes) {
        EXPECT_TRUE(comes_true([each] { return ::kill(each, 0) != 0; })) << each;
    }
}

TEST(cluster_command, an_undisturbed_trial_holds_on_real_nodes_too) {
    const workplace here;
    for (const char* name : {"lampson-2pc", "skeen-3pc"}) {
        const auto run = here.call({"cluster", name, "--nodes", "3", "--json", "--trace"});
        ASSERT_EQ(run.code, 0) << run;
        const json simulated = here.call({"run", name, "--nodes", "3", "--json", "--trace"}).json();
        EXPECT_EQ(run.json()["verdict"], "holds") << run;
        EXPECT_EQ(run.json()["processes"], 3) << run;
        EXPECT_EQ(notes_in(run.json()), notes_in(simulated)) << name;
        EXPECT_EQ(count_of(run.json(), "deliver"), count_of(simulated, "deliver")) << name;
        EXPECT_EQ(count_of(run.json(), "drop"), 0u) << run;
    }
}

TEST(cluster_command, loses_the_same_commit_over_tcp_and_comes_to_the_same_verdict) {
    const workplace here;
    here.write("lost.schedule", commit_lost);
    const auto real = here.call(words("cluster lost.schedule --json --trace"));
    const auto simulated = here.call(words("run lost.schedule --json --trace"));
    ASSERT_EQ(simulated.code, 1) << simulated;
    ASSERT_EQ(real.code, 1) << real;
    EXPECT_EQ(real.json()["violation"]["property"], simulated.json()["violation"]["property"]);
    EXPECT_EQ(real.json()["violation"]["kind"], simulated.json()["violation"]["kind"]);
    EXPECT_EQ(real.json()["not_met"], json::array());
    EXPECT_EQ(notes_in(real.json()), notes_in(simulated.json()));
    EXPECT_EQ(count_of(real.json(), "drop"), 1u);
    EXPECT_EQ(real.json()["history"][0]["response"], simulated.json()["history"][0]["response"]);
}

TEST(cluster_command, prints_verdict_and_table_as_a_simulated_trial_does) {
    const workplace here;
    here.write("lost.schedule", commit_lost);
    const auto real =
        here.call(words("cluster lampson-2pc --schedule lost.schedule --trace --no-color"));
    EXPECT_EQ(real.code, 1) << real;
    for (const char* part : {"time (ms) | n1", "commit -> n3  OMITTED", "verdict: violated\n",
                             "property: reliable-broadcast\n", "n1 broadcast 42 : ok",
                             " of real time, 4 processes\n", "replay: "}) {
        EXPECT_TRUE(contains(real.out, part)) << part << "\n" << real;
    }
}

TEST(cluster_command, takes_parameters_and_lines_of_a_schedule) {
    const workplace here;
    const auto run = here.call({"cluster", "skeen-3pc", "nodes=2", "variant=february-2019",
                                "--with", "n2 broadcast 7", "--json"});
    ASSERT_EQ(run.code, 0) << run;
    EXPECT_EQ(run.json()["schedule"]["application"]["parameters"]["variant"], "february-2019");
    EXPECT_EQ(run.json()["history"][0]["command"], "n2 broadcast 7");
}

TEST(cluster_command, a_crash_kills_the_process_and_a_restart_makes_another) {
    const workplace here;
    here.write("crash.schedule",
               "app lampson-2pc nodes=3\n"
               "fault crash n3\n"
               "fault restart n3\n"
               "n1 broadcast 42\n");
    const auto run = here.call(words("cluster crash.schedule --json --trace"));
    ASSERT_EQ(run.code, 0) << run;
    EXPECT_EQ(run.json()["processes"], 4) << run;
    EXPECT_EQ(count_of(run.json(), "crash"), 1u);
    EXPECT_EQ(count_of(run.json(), "restart"), 1u);
    EXPECT_EQ(run.json()["history"][0]["response"],
              here.call(words("run crash.schedule --json")).json()["history"][0]["response"]);
}

TEST(cluster_command, a_node_crashes_at_the_site_that_the_schedule_names) {
    const workplace here;
    here.write("site.schedule",
               "app lampson-2pc nodes=3\n"
               "n1 broadcast 42\n"
               "crash n2 at receive n1 -> n2 commit #1\n");
    const auto real = here.call(words("cluster site.schedule --json --trace"));
    const auto simulated = here.call(words("run site.schedule --json --trace"));
    EXPECT_EQ(real.code, simulated.code) << real << simulated;
    EXPECT_EQ(real.json()["not_met"], json::array()) << real;
    EXPECT_EQ(notes_in(real.json()), notes_in(simulated.json()));
    EXPECT_EQ(real.json()["violation"].is_null(), simulated.json()["violation"].is_null());
    EXPECT_EQ(count_of(real.json(), "crash"), 1u);
}

TEST(cluster_command, a_partition_begins_and_ends_on_all_nodes) {
    const workplace here;
    here.write("cut.schedule",
               "app lampson-2pc nodes=3\n"
               "fault partition { n1 n2 } { n3 }\n"
               "n1 broadcast 1\n"
               "fault heal\n"
               "n1 broadcast 2\n");
    const auto real = here.call(words("cluster cut.schedule --json --trace"));
    const auto simulated = here.call(words("run cut.schedule --json --trace"));
    EXPECT_EQ(real.code, simulated.code) << real << simulated;
    ASSERT_EQ(real.json()["history"].size(), 2u) << real;
    for (const std::size_t at : {0u, 1u}) {
        EXPECT_EQ(real.json()["history"][at]["response"],
                  simulated.json()["history"][at]["response"]);
    }
    EXPECT_EQ(count_of(real.json(), "drop"), count_of(simulated.json(), "drop"));
    EXPECT_EQ(notes_in(real.json()), notes_in(simulated.json()));
}

TEST(cluster_command, a_paused_node_goes_on_where_it_was) {
    const workplace here;
    here.write("pause.schedule",
               "app lampson-2pc nodes=3\n"
               "n1 broadcast 42\n"
               "pause n2 at receive n1 -> n2 prepare #1 for 300ms\n");
    const auto real = here.call(words("cluster pause.schedule --json --trace"));
    const auto simulated = here.call(words("run pause.schedule --json --trace"));
    EXPECT_EQ(real.code, simulated.code) << real << simulated;
    EXPECT_EQ(count_of(real.json(), "pause"), 1u) << real;
    EXPECT_EQ(count_of(real.json(), "resume"), 1u) << real;
    EXPECT_EQ(notes_in(real.json()), notes_in(simulated.json()));
}

TEST(cluster_command, a_node_that_is_killed_from_outside_is_a_finding) {
    const workplace here;
    here.write("long.schedule", "app lampson-2pc nodes=3\nwait 60s\nn1 broadcast 42\n");
    background_program cluster(here, "cluster", words("cluster long.schedule"));
    std::vector<pid_t> nodes;
    for (const char* name : {"n1", "n2", "n3"}) {
        ASSERT_TRUE(comes_true([&] { return cluster.process_of(name).has_value(); })) << name;
        nodes.push_back(*cluster.process_of(name));
    }
    ::kill(nodes[1], SIGKILL);
    const auto run = cluster.end();
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "property: no failures\nkind: signal SIGKILL\n")) << run;
    EXPECT_TRUE(contains(run.out, "n2: its process ended with signal SIGKILL")) << run;
    expect_nobody_left(nodes);
}

struct poke {};
PARTITA_MESSAGE(poke)

struct begun {
    int count = 0;
};
PARTITA_MESSAGE(begun, count)

class poked {
   public:
    using accepts = messages<poke>;
    explicit poked(std::function<void()> then) : then_(std::move(then)) {}
    void on_message(context&, const poke&) { then_(); }

   private:
    std::function<void()> then_;
};

/// n1 pokes n2, which then does that.
program_run run_poked(const std::function<void()>& then, const std::string& watchdog = "10s") {
    command_definition go;
    go.name = "go";
    go.usage = "go";
    go.run = [](fiber_context& self, const command&) {
        self.send(actor_id::named(node_id("n2"), "poked"), poke{});
        self.sleep(std::chrono::seconds(5));
        return response::ok();
    };
    const application of =
        define_application("pokes")
            .nodes({.least = 2, .most = 2, .usual = 2})
            .on_start([then](node& here, const settings&) { here.spawn<poked>("poked", then); })
            .command(go)
            .workload({"n1 go"});
    const workplace here;
    return here.call_function(
        [&](int count, char** line) { return run_program(count, line, {of}); },
        {"mine", "cluster", "pokes", "--watchdog", watchdog});
}

TEST(cluster_command, a_node_that_aborts_is_a_finding_with_its_last_words) {
    const auto run = run_poked([] {
        std::fprintf(stderr, "the end is near\n");
        std::abort();
    });
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "property: no failures\nkind: signal SIGABRT\n")) << run;
    EXPECT_TRUE(contains(run.out, "it printed last: the end is near")) << run;
}

TEST(cluster_command, an_exception_in_an_actor_is_a_finding_as_in_simulation) {
    const auto run = run_poked([] { throw std::runtime_error("no more"); });
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "property: no failures\nkind: exception\n")) << run;
    EXPECT_TRUE(contains(run.out, "because: n2: exception: no more\n")) << run;
}

TEST(cluster_command, a_node_that_does_not_come_back_is_a_finding) {
    const auto run = run_poked(
        [] {
            for (volatile bool for_ever = true; for_ever;) {
            }
        },
        "500ms");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "property: no failures\nkind: hang\n")) << run;
    EXPECT_TRUE(contains(run.out, "n2: it did not answer within 500ms")) << run;
}

/// Counts the lives of its node in its storage.
class lives {
   public:
    using accepts = messages<poke>;
    void on_start(context& self) {
        const auto before = self.storage().value_of("lives");
        count_ = before ? std::stoi(*before) + 1 : 1;
        self.storage().put("lives", std::to_string(count_));
        self.storage().sync();
    }
    void on_message(context& self, const poke&) { self.note(begun{count_}); }

   private:
    int count_ = 0;
};

TEST(cluster_command, storage_and_declared_channels_are_there_in_the_next_life) {
    command_definition go;
    go.name = "go";
    go.usage = "go";
    go.run = [](fiber_context& self, const command&) {
        self.send(actor_id::named(node_id("n2"), "lives"), poke{}, {.channel = channel("pokes")});
        return response::ok();
    };
    channel_options pokes;
    pokes.name = "pokes";
    pokes.parallelism = 2;
    pokes.reliable = true;
    const application of =
        define_application("counting")
            .nodes({.least = 2, .most = 2, .usual = 2})
            .channel(pokes)
            .on_start([](node& here, const settings&) { here.spawn<lives>("lives"); })
            .command(go)
            .workload({"fault crash n2", "fault restart n2", "n1 go"});
    const workplace here;
    const auto run =
        here.call_function([&](int count, char** line) { return run_program(count, line, {of}); },
                           {"mine", "cluster", "counting", "--json", "--trace"});
    ASSERT_EQ(run.code, 0) << run;
    EXPECT_EQ(notes_in(run.json())["n2"], std::vector<std::string>{"begun{count: 2}"}) << run;
}

TEST(cluster_command, takes_its_nodes_along_when_it_is_interrupted_or_killed) {
    for (const int number : {SIGINT, SIGTERM, SIGKILL}) {
        const workplace here;
        here.write("long.schedule", "app lampson-2pc nodes=2\nwait 60s\nn1 broadcast 42\n");
        background_program cluster(here, "cluster", words("cluster long.schedule"));
        std::vector<pid_t> nodes;
        for (const char* name : {"n1", "n2"}) {
            ASSERT_TRUE(comes_true([&] { return cluster.process_of(name).has_value(); })) << name;
            nodes.push_back(*cluster.process_of(name));
        }
        cluster.signal(number);
        EXPECT_EQ(cluster.end().code, -1) << number;
        expect_nobody_left(nodes);
    }
}

TEST(cluster_command, bad_schedules_are_one_line) {
    const workplace here;
    here.write("rubbish.schedule", "\x01\x02 rubbish\n");
    here.write("unknown.schedule", "app lampson-2pc nodes=3\nn9 broadcast 42\n");
    for (const char* line :
         {"cluster rubbish.schedule", "cluster unknown.schedule", "cluster nothing",
          "cluster lampson-2pc --nodes 1", "cluster lampson-2pc colour=red",
          "cluster lampson-2pc colour", "cluster lampson-2pc --record no/such/place.json"}) {
        const auto run = here.call(words(line));
        EXPECT_EQ(run.code, 2) << line << run;
        EXPECT_EQ(run.out, "") << run;
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run;
    }
}

}  // namespace
}  // namespace partita::test
