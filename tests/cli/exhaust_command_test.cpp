// `partita exhaust`: the golden numbers, the certificate, and what it leaves in the corpus.

#include "program_runs.hpp"

namespace partita::test {
namespace {

using nlohmann::json;

TEST(exhaust_command, static_two_phase_commit_gives_the_golden_numbers) {
    const workplace here;
    const auto run = here.call(words("exhaust lampson-2pc --nodes 4 --space static --json"));
    ASSERT_EQ(run.code, 1) << run;
    const json found = run.json();
    EXPECT_EQ(found["schedules"], 4'096);
    EXPECT_EQ(found["executions"], 53);
    EXPECT_EQ(found["failing"], 56);
    EXPECT_EQ(found["minimal"], 3);
    EXPECT_EQ(found["passed"], 4'040);
    EXPECT_EQ(found["failed"], 56);
    EXPECT_EQ(found["complete"], true);
    EXPECT_EQ(found["bound"], "omissions <= 12, crashes 0");
    EXPECT_EQ(found["minimal_failing"], json::parse(R"([["omit n1 -> n2 commit #1"],
        ["omit n1 -> n3 commit #1"], ["omit n1 -> n4 commit #1"]])"));
    EXPECT_EQ(found["counterexamples"].size(), 3u);
    for (const char* key : {"pruned", "trials", "by_omissions", "failing_by_omissions", "jobs",
                            "seconds", "trials_per_second"}) {
        EXPECT_TRUE(found.contains(key)) << key;
    }
}

TEST(exhaust_command, dynamic_counts_by_omissions) {
    const workplace here;
    const auto run = here.call(words("exhaust lampson-2pc --nodes 4 --json"));
    ASSERT_EQ(run.code, 1) << run;
    const json found = run.json();
    EXPECT_EQ(found["executions"], 729);
    EXPECT_EQ(found["failing"], 19);
    EXPECT_EQ(found["minimal"], 3);
    EXPECT_EQ(found["by_omissions"], json::parse("[1, 12, 60, 160, 240, 192, 64]"));
}

TEST(exhaust_command, the_reduced_search_gives_the_same_numbers_with_fewer_trials) {
    const workplace here;
    const auto run =
        here.call(words("exhaust lampson-2pc --space static --reduce --no-save --json"));
    ASSERT_EQ(run.code, 1) << run;
    const json found = run.json();
    EXPECT_EQ(found["schedules"], 4'096);
    EXPECT_EQ(found["failing"], 56);
    EXPECT_EQ(found["minimal"], 3);
    EXPECT_LT(found["trials"], 4'096);
    EXPECT_EQ(found["pruned"], 4'096 - found["trials"].get<int>());
}

TEST(exhaust_command, the_numbers_do_not_depend_on_the_jobs) {
    const workplace here;
    json first;
    for (const char* jobs : {"1", "2", "3"}) {
        json found = here.call({"exhaust", "bernstein-ctp", "--nodes", "3", "--json", "--no-save",
                                "--jobs", jobs})
                         .json();
        for (const char* key : {"jobs", "seconds", "trials_per_second"}) found.erase(key);
        if (first.is_null()) first = found;
        EXPECT_EQ(found, first);
        EXPECT_EQ(found["executions"], 625);
        EXPECT_EQ(found["failing"], 88);
    }
}

TEST(exhaust_command, prints_the_certificate_in_words_and_ends_with_the_replay) {
    const workplace here;
    const auto run = here.call(words("exhaust lampson-2pc --nodes 4 --space static"));
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(contains(run.out,
                         "4,096 schedules, 53 executions, 56 failing, 3 minimal; all explored; "
                         "bound: omissions <= 12, crashes 0\n"))
        << run;
    EXPECT_TRUE(contains(run.out, "omit n1 -> n2 commit #1")) << run;
    const std::string last = last_line(run.out);
    ASSERT_TRUE(last.starts_with("replay: partita replay ")) << run;
    EXPECT_TRUE(last.ends_with(" --trace")) << run;
    EXPECT_EQ(run.err, "");

    const auto replayed = here.call(words(last.substr(std::string("replay: partita ").size())));
    EXPECT_EQ(replayed.code, 1) << replayed;
    EXPECT_TRUE(contains(replayed.out, "replay: exact")) << replayed;
}

TEST(exhaust_command, what_is_not_saved_has_a_command_that_runs_it) {
    const workplace here;
    const auto run = here.call(words("exhaust lampson-2pc --no-save --stop-at-first"));
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(contains(run.out, "not all explored")) << run;
    EXPECT_EQ(last_line(run.out),
              "replay: partita run lampson-2pc --with 'omit n1 -> n2 commit #1' --trace");
    EXPECT_FALSE(std::filesystem::exists(here / "partita.db"));
    EXPECT_EQ(here.call({"run", "lampson-2pc", "--with", "omit n1 -> n2 commit #1"}).code, 1);
}

TEST(exhaust_command, holds_within_a_bound_and_says_which) {
    const workplace here;
    const auto run = here.call(words("exhaust skeen-3pc --omissions 1"));
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_TRUE(contains(run.out,
                         "0 failing, 0 minimal; all explored within the bound; "
                         "bound: omissions <= 1, crashes 0"))
        << run;
    EXPECT_FALSE(std::filesystem::exists(here / "partita.db"));
}

TEST(exhaust_command, giving_up_early_is_inconclusive) {
    const workplace here;
    const auto run = here.call(words("exhaust skeen-3pc --trials 5"));
    EXPECT_EQ(run.code, 4) << run;
    EXPECT_TRUE(contains(run.out, "not all explored")) << run;
}

TEST(exhaust_command, crashes_are_a_kind_of_their_own) {
    const workplace here;
    const auto run = here.call(
        words("exhaust lampson-2pc --nodes 3 --kinds crash --crashes 1 --json --no-save"));
    const json found = run.json();
    EXPECT_EQ(found["by_omissions"].size(), 2u) << run;
    EXPECT_EQ(found["bound"].get<std::string>().rfind("omissions 0, crashes <= 1", 0), 0u) << run;
    const auto both = here.call(
        words("exhaust lampson-2pc --nodes 3 --omissions 1 --crashes 1 --json --no-save"));
    EXPECT_GT(both.json()["executions"], found["executions"]);
}

struct recorded {
    const char* application;
    int passed;
    int original_passed;
};

TEST(exhaust_command, worklist_gives_the_numbers_that_filibuster_records) {
    const workplace here;
    for (const recorded& wanted : {recorded{"lampson-2pc", 6, 7}, recorded{"bernstein-ctp", 10, 11},
                                   recorded{"skeen-3pc", 12, 25}}) {
        const auto run = here.call({"exhaust", wanted.application, "--nodes", "4", "--space",
                                    "worklist", "--json", "--no-save"});
        ASSERT_EQ(run.code, 1) << run;
        const json found = run.json();
        EXPECT_EQ(found["passed"], wanted.passed) << wanted.application;
        EXPECT_EQ(found["failed"], 1) << wanted.application;
        EXPECT_EQ(found["original"]["passed"], wanted.original_passed) << wanted.application;
        EXPECT_EQ(found["original"]["failed"], 1) << wanted.application;
        EXPECT_EQ(found["corrected"]["pruned"], found["pruned"]) << wanted.application;
    }
}

TEST(exhaust_command, worklist_prints_both_counts_and_original_selects_one) {
    const workplace here;
    const auto run = here.call(words("exhaust lampson-2pc --space worklist --original --no-save"));
    EXPECT_TRUE(contains(run.out, "corrected 6 passed, 1 failed; original 7 passed, 1 failed\n"))
        << run;
    const auto selected =
        here.call(words("exhaust lampson-2pc --space worklist --original --no-save --json"));
    EXPECT_EQ(selected.json()["passed"], 7);
}

TEST(exhaust_command, a_second_search_adds_nothing_to_the_corpus) {
    const workplace here;
    const auto once = here.call(words("exhaust lampson-2pc --json")).json();
    const auto twice = here.call(words("exhaust lampson-2pc --space static --json")).json();
    EXPECT_EQ(once["counterexamples"], twice["counterexamples"]);
    EXPECT_EQ(here.call(words("corpus list --json")).json().size(), 3u);
}

TEST(exhaust_command, saves_no_more_than_asked) {
    const workplace here;
    const auto run = here.call(words("exhaust lampson-2pc --save-most 1 --json"));
    EXPECT_EQ(run.json()["minimal"], 3);
    EXPECT_EQ(here.call(words("corpus list --json")).json().size(), 1u);
}

}  // namespace
}  // namespace partita::test
