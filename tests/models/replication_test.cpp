#include <partita/models/replication.hpp>

#include <set>

#include <gtest/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

#include "../replication/bugs.hpp"
#include "told_trials.hpp"

namespace {

using namespace partita;
using namespace partita::replication;
using namespace partita::test;

outcome ran(const std::string& text) { return run(primary_backup(), parsed(text)); }

// ---- without -----------------------------------------------------------------------------------

TEST(primary_backup, keeps_what_it_promises_in_random_trials) {
    const bug_family family = bugs();
    for (const std::string& each : family.correct) {
        for (const duration restart : {duration{0}, duration{std::chrono::seconds(2)}}) {
            fault_plan plan = family.plan;
            plan.restart_after = restart;
            const auto done =
                explore(family.application, parsed("app " + each).application, plan,
                        {.seed = 3, .trials_max = 100}, batches_of(family.application));
            EXPECT_FALSE(done.found) << each << "\n" << to_text(*done.found);
            EXPECT_EQ(done.trials, 100U);
        }
    }
}

TEST(primary_backup, with_plain_messages_is_stuck_after_a_lost_one) {
    const outcome seen =
        ran("app primary-backup variant=plain\nn1 write x 1\nn1 write x 2\nn2 read x\n"
            "omit n1 -> n2 replicate #1\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen), (std::vector<std::string>{"TIMEOUT", "TIMEOUT", "NOT FOUND"}));
}

TEST(primary_backup, with_acks_makes_up_for_a_lost_message) {
    const outcome seen =
        ran("app primary-backup variant=acked\nn1 write x 1\nn1 write x 2\nn2 read x\n"
            "omit n1 -> n2 replicate #1\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen), (std::vector<std::string>{"OK", "OK", "2"}));
}

TEST(primary_backup, with_acks_waits_for_a_backup_that_is_gone) {
    const outcome seen =
        ran("app primary-backup variant=acked\nfault crash n3\nn1 write x 1\nn2 read x\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen), (std::vector<std::string>{"TIMEOUT", "NOT FOUND"}));
}

TEST(primary_backup, with_membership_goes_on_without_a_dead_primary) {
    const outcome seen = ran(
        "app primary-backup\nn1 write x 1\nfault crash n1\nn2 read x\nn3 write x 2\nn2 read x\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen), (std::vector<std::string>{"OK", "1", "OK", "2"}));
}

TEST(primary_backup, with_membership_serves_nobody_in_a_minority) {
    const outcome seen =
        ran("app primary-backup\nn1 write x 1\nfault partition { n1 } { n2 n3 }\nn1 write x 2\n"
            "n1 read x\nn2 write x 3\nn3 read x\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen), (std::vector<std::string>{"OK", "TIMEOUT", "TIMEOUT", "OK", "3"}));
}

TEST(primary_backup, comes_back_from_its_disk) {
    for (const std::string variant : {"plain", "acked", "membership"}) {
        const outcome seen = ran("app primary-backup variant=" + variant +
                                 "\nn1 write x 1\nfault crash n1\nfault crash n2\nfault crash "
                                 "n3\nfault restart n3\nfault restart n2\nfault restart n1\n"
                                 "n2 read x\nn2 write x 2\nn3 read x\n");
        EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
        EXPECT_EQ(responses(seen), (std::vector<std::string>{"OK", "1", "OK", "2"})) << variant;
    }
}

}  // namespace
