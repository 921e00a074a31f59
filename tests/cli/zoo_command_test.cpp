// `partita zoo`: the planted bugs, listed, shown and hunted.

#include <partita/models/zoo.hpp>

#include "program_runs.hpp"

namespace partita::test {
namespace {

using nlohmann::json;

TEST(zoo_command, lists_every_bug_with_where_it_comes_from) {
    const workplace here;
    const auto run = here.call({"zoo", "--list"});
    EXPECT_EQ(run.code, 0) << run;
    for (const bug_family& family : zoo()) {
        for (const planted_bug& bug : family.bugs) {
            EXPECT_TRUE(contains(run.out, bug.about)) << bug.name;
            EXPECT_TRUE(contains(run.out, bug.provenance)) << bug.name;
        }
    }
}

TEST(zoo_command, shows_least_schedules_that_run) {
    const workplace here;
    const auto shown = here.call({"zoo", "--show", "late-vote"});
    EXPECT_EQ(shown.code, 0) << shown;
    here.write("late.schedule", shown.out);
    EXPECT_EQ(here.call({"run", "late.schedule"}).code, 1);
}

TEST(zoo_command, finds_a_bug_and_tells_its_size_and_the_known_least) {
    const workplace here;
    const auto run = here.call({"zoo", "late-vote", "--seed", "1", "--json"});
    EXPECT_EQ(run.code, 0) << run;
    const json all = run.json();
    EXPECT_EQ(all["found"], 1);
    EXPECT_EQ(all["total"], 1);
    EXPECT_EQ(all["false_alarms"], 0);
    EXPECT_EQ(all["median_shrink_ratio"], 1.0);
    const json& bug = all["bugs"].at(0);
    EXPECT_EQ(bug["id"], "T3");
    EXPECT_EQ(bug["found"], true);
    EXPECT_EQ(bug["known_size"], 2);
    EXPECT_EQ(bug["violation"]["property"], "AC2");
    // What it shrank to is a schedule that shows the bug.
    here.write("found.schedule", bug["schedule"]);
    EXPECT_EQ(here.call({"run", "found.schedule"}).code, 1);
    // The same again, and with other words.
    EXPECT_EQ(here.call({"zoo", "T3", "--seed", "1", "--jobs", "1", "--json"})
                  .json()["bugs"][0]["trials"],
              bug["trials"]);
}

TEST(zoo_command, says_what_it_did_not_find) {
    const workplace here;
    const auto run = here.call({"zoo", "commit-by-counting", "--trials", "20"});
    EXPECT_EQ(run.code, 4) << run;
    EXPECT_TRUE(contains(run.out, "NOT FOUND in 20 trials")) << run;
    EXPECT_TRUE(contains(run.out, "found 0 of 1; false alarms: 0\n")) << run;
}

TEST(zoo_command, searches_the_correct_variants_of_an_application) {
    const workplace here;
    const json all = here.call({"zoo", "causal-broadcast", "--trials", "50", "--json"}).json();
    ASSERT_EQ(all["correct"].size(), 2U);
    for (const json& each : all["correct"]) {
        EXPECT_EQ(each["silent"], true);
        EXPECT_EQ(each["trials"], 50);
    }
}

TEST(zoo_command, of_an_unknown_name_is_bad_input) {
    const workplace here;
    const auto run = here.call({"zoo", "unicorn"});
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_TRUE(contains(run.err, "no such bug")) << run;
    EXPECT_TRUE(contains(run.err, "zoo --list")) << run;
    EXPECT_EQ(here.call({"zoo", "raft", "unicorn", "--list"}).code, 2);
}

}  // namespace
}  // namespace partita::test
