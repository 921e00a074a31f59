// The program as a whole: help, completion, list, run, trace, explore.

#include "program_runs.hpp"

#include <algorithm>

#include <partita/cli/program.hpp>

namespace partita::test {
namespace {

using nlohmann::json;

const std::vector<std::string> sub_commands{"list",    "run",    "explore", "exhaust",   "replay",
                                            "shrink",  "corpus", "regress", "trace",     "node",
                                            "cluster", "check",  "zoo",     "completion"};

TEST(program, every_sub_command_has_help_with_an_example) {
    const workplace here;
    const auto all = here.call({"--help"});
    EXPECT_EQ(all.code, 0);
    for (const std::string& name : sub_commands) {
        EXPECT_TRUE(contains(all.out, name)) << name;
        const auto run = here.call({name, "--help"});
        EXPECT_EQ(run.code, 0) << run;
        EXPECT_TRUE(contains(run.out, "Example: ")) << run;
        EXPECT_TRUE(contains(run.out, "partita " + name)) << run;
    }
    for (const char* action : {"list", "show", "add", "remove", "export", "import", "merge"}) {
        const auto run = here.call({"corpus", action, "--help"});
        EXPECT_EQ(run.code, 0) << run;
        EXPECT_TRUE(contains(run.out, std::string("Example: partita corpus ") + action)) << run;
        EXPECT_TRUE(contains(run.out, "--corpus")) << run;
        EXPECT_TRUE(contains(run.out, "--json")) << run;
    }
}

TEST(program, lists_applications_with_their_parameters) {
    const workplace here;
    const json all = here.call(words("list --json")).json();
    ASSERT_EQ(all.size(), stock_applications().size());
    EXPECT_EQ(all[0]["name"], "lampson-2pc");
    EXPECT_EQ(all[0]["nodes"], json::parse(R"({"least": 2, "most": 16, "usual": 4})"));
    const auto one = here.call(words("list skeen-3pc"));
    EXPECT_TRUE(contains(one.out, "broadcast VALUE")) << one;
    EXPECT_TRUE(contains(one.out, "master, february-2019")) << one;
    EXPECT_FALSE(contains(one.out, "lampson")) << one;
}

TEST(program, completion_scripts_are_sound_and_know_flags_and_applications) {
    const workplace here;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const auto run = here.call({"completion", shell});
        EXPECT_EQ(run.code, 0) << run;
        for (const std::string& name : sub_commands)
            EXPECT_TRUE(contains(run.out, name)) << shell << name;
        EXPECT_TRUE(contains(run.out, "lampson-2pc")) << shell;
        EXPECT_TRUE(contains(run.out, "watchdog")) << shell;
    }
    here.write("completion.bash", here.call(words("completion bash")).out);
    const std::string check =
        "cd '" + (here / "").string() +
        "' && bash -c 'source completion.bash; COMP_WORDS=(partita exhaust --wa); "
        "COMP_CWORD=2; _partita; echo ${COMPREPLY[*]}; COMP_WORDS=(partita run lam); "
        "_partita; echo ${COMPREPLY[*]}; COMP_WORDS=(partita corpus re); "
        "_partita; echo ${COMPREPLY[*]}' > said";
    ASSERT_EQ(std::system(check.c_str()), 0);
    EXPECT_EQ(text_of(here / "said"), "--watchdog\nlampson-2pc\nremove\n");
}

TEST(program, run_tells_verdict_history_and_how_to_run_it_again) {
    const workplace here;
    const auto fine = here.call(words("run lampson-2pc --nodes 3"));
    EXPECT_EQ(fine.code, 0) << fine;
    EXPECT_TRUE(contains(fine.out, "verdict: holds\nn1 broadcast 42 : ok")) << fine;
    EXPECT_FALSE(contains(fine.out, "replay:")) << fine;

    const auto lost = here.call({"run", "lampson-2pc", "--with", "omit n1 -> n2 commit #1"});
    EXPECT_EQ(lost.code, 1);
    EXPECT_TRUE(contains(lost.out, "kind: ok but not delivered by all\n")) << lost;
    EXPECT_EQ(last_line(lost.out),
              "replay: partita run lampson-2pc --with 'omit n1 -> n2 commit #1' --trace");
}

TEST(program, run_takes_a_file_in_either_form) {
    const workplace here;
    here.write("lost.schedule", lost_commit);
    const auto text = here.call(words("run lost.schedule --json"));
    EXPECT_EQ(text.code, 1) << text;
    here.write("lost.json", text.json()["schedule"].dump());
    const auto as_json = here.call(words("run lost.json --json"));
    EXPECT_EQ(as_json.out, text.out);
    const auto by_flag = here.call(words("run lampson-2pc --schedule lost.schedule --json"));
    EXPECT_EQ(by_flag.out, text.out);
    EXPECT_EQ(text.json()["history"].size(), 1u);
    EXPECT_EQ(text.json()["not_met"], json::array());
}

TEST(program, equal_schedules_give_equal_trace_hashes_and_seeds_matter) {
    const workplace here;
    const auto hash = [&](const std::string& flags) {
        return here.call(words("run lampson-2pc --latency uniform:1ms..5ms --json " + flags))
            .json()["trace_hash"];
    };
    EXPECT_EQ(hash("--world-seed 7"), hash("--world-seed 7"));
    EXPECT_NE(hash("--world-seed 7"), hash("--world-seed 8"));
    EXPECT_EQ(hash("--set seed=7"), hash("--world-seed 7"));
}

TEST(program, trace_shows_a_column_a_node_with_faults_marked) {
    const workplace here;
    here.write("lost.schedule", lost_commit);
    const auto table = here.call(words("trace lost.schedule"));
    EXPECT_EQ(table.code, 1);
    const std::string head = table.out.substr(0, table.out.find('\n'));
    EXPECT_TRUE(contains(head, "time (ms) | n1 ")) << table;
    EXPECT_EQ(std::count(head.begin(), head.end(), '|'), 4) << table;
    EXPECT_TRUE(contains(table.out, "x commit -> n2  OMITTED")) << table;
    EXPECT_FALSE(contains(table.out, "\x1b")) << "no colours but on a terminal";

    const json events = here.call(words("trace lost.schedule --json")).json();
    const auto dropped = std::find_if(events.begin(), events.end(),
                                      [](const json& each) { return each["kind"] == "drop"; });
    ASSERT_NE(dropped, events.end());
    EXPECT_EQ((*dropped)["type"], "commit");
    EXPECT_EQ((*dropped)["node"], "n1");
    EXPECT_EQ((*dropped)["destination"], "n2");
    EXPECT_EQ((*dropped)["at_ns"], 2'000'000);
    const std::size_t cause = (*dropped)["cause"];
    EXPECT_EQ(events[cause - 1]["kind"], "send");
    const auto lines = here.call(words("trace lost.schedule --lines"));
    EXPECT_EQ(static_cast<std::size_t>(std::count(lines.out.begin(), lines.out.end(), '\n')),
              events.size());
}

TEST(program, explore_with_a_seed_finds_the_same_and_shrinks_it) {
    const workplace here;
    const std::string line = "explore lampson-2pc --kinds omission --seed 1 --trials 10000";
    const auto once = here.call(words(line));
    EXPECT_EQ(once.code, 1) << once;
    EXPECT_TRUE(once.out.starts_with("seed: 1\n")) << once;
    EXPECT_TRUE(contains(once.out, "shrunk to 1 in ")) << once;
    EXPECT_TRUE(last_line(once.out).starts_with("replay: partita replay ")) << once;
    EXPECT_EQ(here.call(words(line)).out, once.out);
    const json all = here.call(words("corpus list --json")).json();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0]["provenance"]["seed"], "1");
    EXPECT_EQ(all[0]["provenance"]["strategy"], "random");
    EXPECT_EQ(all[0]["schedule"]["deviations"].size() + all[0]["schedule"]["steps"].size(), 2u)
        << all;
}

TEST(program, explore_finds_the_same_with_any_number_of_jobs) {
    const workplace here;
    const std::string line = "explore skeen-3pc --kinds omission,delay --seed 5 --no-save --jobs ";
    EXPECT_EQ(here.call(words(line + "1")).out, here.call(words(line + "3")).out);
}

TEST(program, explore_without_a_seed_prints_the_one_it_took) {
    const workplace here;
    const auto run = here.call(words("explore lampson-2pc --kinds omission --no-save"));
    ASSERT_TRUE(run.out.starts_with("seed: ")) << run;
    EXPECT_TRUE(
        contains(last_line(run.out), "--seed " + run.out.substr(6, run.out.find('\n') - 6) + " "))
        << run;
    const auto again = here.call(words("explore lampson-2pc --kinds omission --no-save --seed " +
                                       run.out.substr(6, run.out.find('\n') - 6)));
    EXPECT_EQ(again.out, run.out);
}

TEST(program, explore_that_finds_nothing_holds) {
    const workplace here;
    const auto run = here.call(
        words("explore lampson-2pc --omissions 0 --kinds delay --seed 1 --trials 1 --json"));
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_EQ(run.json()["failing"], 0);
    EXPECT_FALSE(std::filesystem::exists(here / "partita.db"));
}

}  // namespace
}  // namespace partita::test
