// Scenario files: `partita run FILE` and, on real nodes, `partita cluster FILE`.

#include "program_runs.hpp"

namespace partita::test {
namespace {

constexpr const char* commit_lost =
    "# A commit is lost.\n"
    "app lampson-2pc\n"
    "n1 broadcast 42\n"
    "omit n1 -> n3 commit #1\n";

std::string stories(const std::string& name) {
    return std::string(source_dir) + "/tests/scenarios/" + name + ".scenario";
}

TEST(scenario_command, a_rewrite_puts_in_what_is_shown_and_then_it_is_as_expected) {
    const workplace here;
    const std::string file = here.write("lost.scenario", commit_lost);
    const auto rewritten = here.call({"run", file, "--rewrite"});
    EXPECT_EQ(rewritten.code, 0) << rewritten;
    EXPECT_EQ(rewritten.out, file + ": rewritten\n");
    const std::string whole = text_of(here / file);
    EXPECT_TRUE(whole.starts_with(std::string(commit_lost) + "----\nn1 broadcast 42 : OK\n"))
        << whole;
    EXPECT_EQ(here.call({"run", file, "--rewrite"}).out, file + ": as it was\n");
    EXPECT_EQ(text_of(here / file), whole);
    const auto run = here.call({"run", file});
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_EQ(run.out,
              "n1 broadcast 42 : OK\n"
              "omit n1 -> n3 commit #1\n\n"
              "violated: reliable-broadcast: ok but not delivered by all\n"
              "because the caller was told ok, but n3 never delivered 42\n");
}

TEST(scenario_command, what_is_not_as_expected_is_told_with_its_line) {
    const workplace here;
    const std::string file = here.write(
        "wrong.scenario", "app lampson-2pc\nn1 broadcast 42\n----\nn1 broadcast 42 : NO\n");
    const auto run = here.call({"run", file});
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_EQ(run.out, "n1 broadcast 42 : OK\n" + file +
                           ":4: not as expected\n- n1 broadcast 42 : NO\n+ n1 broadcast 42 : OK\n");
}

TEST(scenario_command, compares_whatever_it_prints) {
    const workplace here;
    const std::string story = "app lampson-2pc\nn1 broadcast 42\n----\nn1 broadcast 42 : ";
    here.write("wrong.scenario", story + "NO\n");
    here.write("right.scenario", story + "OK\n");
    for (const char* flag : {"--json", "--trace"}) {
        EXPECT_EQ(here.call({"run", "wrong.scenario", flag}).code, 1) << flag;
        EXPECT_EQ(here.call({"run", "right.scenario", flag}).code, 0) << flag;
    }
    EXPECT_EQ(here.call({"run", "wrong.scenario", "--json"}).json()["as_expected"], false);
    EXPECT_EQ(here.call({"run", "right.scenario", "--json"}).json()["as_expected"], true);
    // What expects a violation is as expected when there is one.
    EXPECT_EQ(here.call({"run", stories("commit/lampson-lost-commit"), "--json"}).code, 0);
}

TEST(scenario_command, a_rewrite_keeps_what_is_shown_on_its_line) {
    const workplace here;
    here.write("odd.scenario", "app raft\nn1 write x \"a\\n\\nb \"\nn1 read x\n");
    ASSERT_EQ(here.call({"run", "odd.scenario", "--rewrite"}).code, 0);
    const auto run = here.call({"run", "odd.scenario"});
    EXPECT_EQ(run.code, 0) << run << text_of(here / "odd.scenario");
}

TEST(scenario_command, bad_lines_are_told_with_line_and_column) {
    const workplace here;
    const auto error_of = [&](const std::string& text) {
        const auto run = here.call({"run", here.write("bad.scenario", text)});
        EXPECT_EQ(run.code, 2) << run;
        EXPECT_EQ(run.out, "");
        return run.err.substr(run.err.find("bad.scenario"));
    };
    EXPECT_EQ(error_of("app lampson-2pc\n\n  n1 brodcast 4\n"),
              "bad.scenario:3:6: 'n1 brodcast 4': application lampson-2pc has no command "
              "'brodcast': expected one of broadcast\n");
    EXPECT_EQ(error_of("app lampson-2pc\nn1 broadcast 4\n----\nx\n\n n9 broadcast 4\n"),
              "bad.scenario:6:2: 'n9 broadcast 4': unknown node 'n9': expected n1 to n4\n");
    EXPECT_EQ(error_of("app lampson-2pc\ncheck atomicity\n"),
              "bad.scenario:2:7: 'check atomicity': application lampson-2pc has no property "
              "'atomicity': expected one of reliable-broadcast\n");
    EXPECT_EQ(error_of("app lampson-2pc\nn1 broadcast 4\nverdict\nverdict\n"),
              "bad.scenario:4:1: a second `verdict`\n");
}

TEST(scenario_command, options_that_change_the_trial_leave_expectations_out) {
    const workplace here;
    const std::string file = stories("commit/lampson-lost-commit");
    const auto run = here.call({"run", file, "--world-seed", "7"});
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(run.out.starts_with("verdict: violated\n")) << run;
    const auto refused = here.call({"run", file, "--world-seed", "7", "--rewrite"});
    EXPECT_EQ(refused.code, 2) << refused;
}

class scenarios_on_real_nodes : public ::testing::TestWithParam<const char*> {};

TEST_P(scenarios_on_real_nodes, show_what_they_show_in_simulation) {
    const workplace here;
    const std::string file = stories(GetParam());
    const auto real = here.call({"cluster", file});
    EXPECT_EQ(real.code, 0) << real;
    EXPECT_EQ(real.out, here.call({"run", file}).out);
}

INSTANTIATE_TEST_SUITE_P(
    commit, scenarios_on_real_nodes,
    ::testing::Values("commit/lampson-any-node-coordinates", "commit/lampson-lost-prepare-aborts",
                      "commit/lampson-lost-commit", "commit/lampson-duplicates-do-no-harm",
                      "commit/lampson-partition-before-the-vote",
                      "commit/lampson-late-vote-flips-the-decision", "commit/ctp-asks-the-others",
                      "commit/skeen-two-omissions-mix-the-decisions"));

TEST(scenario_command, a_cluster_refuses_checks_between_steps) {
    const workplace here;
    const auto run = here.call({"cluster", stories("commit/lampson-all-is-well")});
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_NE(run.err.find("'check reliable-broadcast'"), std::string::npos) << run;
}

}  // namespace
}  // namespace partita::test
