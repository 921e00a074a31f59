// A user's own application in the same program: one line of main. What goes wrong in it is told,
// and never takes the program along.

#include "program_runs.hpp"

#include <csignal>
#include <functional>

#include <partita/cli/program.hpp>
#include <partita/models/application.hpp>

namespace partita::test {
namespace {

using namespace std::chrono_literals;

struct ping {
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(ping, number)
struct begin {};
PARTITA_MESSAGE(begin)

/// What a node does with a ping.
using reaction = std::function<void(context&, const ping&)>;

class pinger {
   public:
    using accepts = messages<ping, begin>;
    explicit pinger(reaction then) : then_(std::move(then)) {}
    void on_message(context& self, const begin&) {
        for (const node_id each : self.members()) {
            if (each != self.node()) self.send(self.peer(each), ping{1});
        }
        self.reply(self.caller(), begin{});
    }
    void on_message(context& self, const ping& got) { then_(self, got); }

   private:
    reaction then_;
};

/// n1 pings n2 and n3.
application pings(const reaction& then) {
    command_definition go;
    go.name = "go";
    go.usage = "go";
    go.run = [](fiber_context& self, const command&) {
        (void)self.call<begin>(self.local("pinger"), begin{}, 1s);
        return response::ok();
    };
    return define_application("pings")
        .nodes({.least = 2, .most = 5, .usual = 3})
        .on_start([then](node& here, const settings&) { here.spawn<pinger>("pinger", then); })
        .command(go)
        .workload({"n1 go"})
        .always("all-are-pinged", "nobody is left out",
                [](const evidence& seen) -> std::optional<finding> {
                    const auto pinged = seen.trace.notes<ping>().size();
                    if (pinged + 1 >= seen.nodes.size()) return std::nullopt;
                    return finding{"left out", std::to_string(pinged) + " were pinged"};
                })
        .always("n2-is-pinged", "n2 is not left out",
                [](const evidence& seen) -> std::optional<finding> {
                    for (const auto& each : seen.trace.notes<ping>()) {
                        if (each.node == node_id("n2")) return std::nullopt;
                    }
                    return finding{"n2 left out", "n2 was never pinged"};
                });
}

program_run call(const workplace& here, const reaction& then, const std::string& line) {
    const auto main = [&](int argc, char** argv) { return run_program(argc, argv, {pings(then)}); };
    std::vector<std::string> all = words(line);
    all.insert(all.begin(), "/usr/local/bin/pinging");
    return here.call_function(main, all);
}

const reaction well_behaved = [](context& self, const ping& got) { self.note(got); };

TEST(user_program, is_called_by_its_own_name) {
    const workplace here;
    const auto found = call(here, well_behaved, "exhaust pings");
    EXPECT_EQ(found.code, 1) << found;
    EXPECT_TRUE(last_line(found.out).starts_with("replay: pinging replay ")) << found;
    EXPECT_TRUE(contains(call(here, well_behaved, "list").out, "all-are-pinged"));
    // The zoo is the stock program's.
    EXPECT_EQ(call(here, well_behaved, "zoo --list").code, 2);
    EXPECT_TRUE(
        contains(call(here, well_behaved, "run kv").err, "pinging: unknown application 'kv'"));
}

TEST(user_program, checks_one_property_when_asked_and_replays_with_it) {
    const workplace here;
    EXPECT_EQ(call(here, well_behaved, "exhaust pings --json").json()["failing"], 3);
    const auto found =
        call(here, well_behaved, "exhaust pings --property n2-is-pinged --json --corpus one.db");
    EXPECT_EQ(found.json()["failing"], 2) << found;
    EXPECT_EQ(found.json()["minimal"], 1) << found;
    const std::string id = found.json()["counterexamples"][0];
    const auto replayed = call(here, well_behaved, "replay --corpus one.db --json " + id);
    EXPECT_EQ(replayed.json()["violation"]["property"], "n2-is-pinged") << replayed;
    EXPECT_EQ(replayed.json()["replay"], "exact");
}

TEST(user_program, a_crash_of_the_application_is_a_finding) {
    const workplace here;
    const reaction crashes = [](context& self, const ping& got) {
        self.note(got);
        if (self.node() == node_id("n3")) std::raise(SIGSEGV);
    };
    const auto run = call(here, crashes, "run pings --trace");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "kind: signal SIGSEGV")) << run;
    EXPECT_TRUE(contains(run.out, "* ping{number: 1}")) << run;
    const auto found = call(here, crashes, "exhaust pings --json");
    EXPECT_EQ(found.code, 1) << found;
    // A run that ended so shows no messages to omit: the search goes no further from there.
    EXPECT_EQ(found.json()["failing"], 1) << found;
    EXPECT_EQ(found.json()["minimal_failing"], nlohmann::json::parse("[[]]")) << found;
    const auto replayed = call(
        here, crashes, "replay --json " + found.json()["counterexamples"][0].get<std::string>());
    EXPECT_EQ(replayed.json()["violation"]["kind"], "signal SIGSEGV") << replayed;
}

TEST(user_program, an_application_that_never_returns_is_ended_by_the_watchdog) {
    const workplace here;
    const reaction hangs = [](context&, const ping&) {
        volatile bool for_ever = true;
        while (for_ever) {
        }
    };
    const auto run = call(here, hangs, "run pings --watchdog 200ms --json");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_EQ(run.json()["violation"]["kind"], "hang") << run;
}

TEST(user_program, an_exception_is_a_finding) {
    const workplace here;
    const reaction throws = [](context&, const ping&) {
        throw std::runtime_error("no pings, please");
    };
    const auto run = call(here, throws, "run pings");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "no pings, please")) << run;
    EXPECT_EQ(last_line(run.out), "replay: pinging run pings --trace");
}

/// The same in every process, but not in two runs of one process.
reaction leaky() {
    return [](context& self, const ping& got) {
        static std::uint64_t runs = 0;
        self.note(ping{got.number + ++runs});
    };
}

TEST(user_program, nondeterminism_is_told_with_the_first_event_that_differs) {
    const workplace here;
    const auto run = call(here, leaky(), "run pings");
    EXPECT_EQ(run.code, 3) << run;
    EXPECT_TRUE(contains(run.out, "nondeterministic: two runs of one schedule differ")) << run;
    EXPECT_TRUE(contains(run.out, "note ping{number: ")) << run;
    EXPECT_EQ(last_line(run.out), "replay: pinging run pings --trace");
    const auto found = call(here, leaky(), "exhaust pings --json");
    EXPECT_EQ(found.code, 3) << found;
    EXPECT_TRUE(found.json().contains("nondeterminism")) << found;
    EXPECT_FALSE(std::filesystem::exists(here / "partita.db"));
}

TEST(user_program, what_stdout_the_application_writes_does_not_mix_with_the_results) {
    const workplace here;
    const reaction chats = [](context& self, const ping& got) {
        self.note(got);
        std::cout << "got a ping" << std::endl;
    };
    const auto run = call(here, chats, "run pings --json");
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_EQ(run.json()["verdict"], "holds");
    EXPECT_TRUE(contains(run.err, "got a ping")) << run;
}

TEST(user_program, a_fixed_program_makes_regress_pass_and_a_relapse_fail_again) {
    const workplace here;
    const reaction loses = [](context& self, const ping& got) {
        if (self.node() == node_id("n2")) self.note(got);
    };
    here.write("plain.schedule", "app pings nodes=3\nn1 go\n");
    EXPECT_TRUE(contains(call(here, loses, "corpus add plain.schedule").out, "added "));
    EXPECT_EQ(call(here, loses, "regress").code, 1);
    const auto fixed = call(here, well_behaved, "regress --junit report.xml");
    EXPECT_EQ(fixed.code, 0) << fixed;
    EXPECT_TRUE(contains(fixed.out, "exact, fixed")) << fixed;
    EXPECT_TRUE(contains(text_of(here / "report.xml"), "failures=\"0\"")) << fixed;
    EXPECT_EQ(call(here, well_behaved, "corpus list --json").json()[0]["status"], "fixed");
    const auto relapse = call(here, loses, "regress");
    EXPECT_EQ(relapse.code, 1) << relapse;
    EXPECT_TRUE(contains(relapse.out, "exact, reproduces again")) << relapse;
}

TEST(user_program, a_report_is_well_formed_whatever_the_application_says) {
    const workplace here;
    const reaction shouts = [](context&, const ping&) {
        throw std::runtime_error("<&\"' \x01\xff ]]> \xc3\xa9");
    };
    here.write("plain.schedule", "app pings nodes=3\nn1 go\n");
    (void)call(here, shouts, "corpus add plain.schedule");
    const auto run = call(here, shouts, "regress --junit report.xml");
    EXPECT_EQ(run.code, 1) << run;
    const std::string report = text_of(here / "report.xml");
    EXPECT_TRUE(contains(report, "&lt;&amp;&quot;")) << report;
    const std::string parse =
        "python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' '" +
        (here / "report.xml").string() + "'";
    EXPECT_EQ(std::system(parse.c_str()), 0) << report;
    EXPECT_NO_THROW((void)call(here, shouts, "run pings --json").json());
}

}  // namespace
}  // namespace partita::test
