#include <partita/models/atomic_commit.hpp>

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

#include "../commit/bugs.hpp"
#include "told_trials.hpp"

namespace {

using namespace partita;
using namespace partita::commit;
using namespace partita::test;

outcome ran(const std::string& text) { return run(atomic_commit(), parsed(text)); }

// ---- without -----------------------------------------------------------------------------------

TEST(atomic_commit, keeps_what_it_promises_in_random_trials) {
    const bug_family family = bugs();
    for (const std::string resend : {"on", "off"}) {
        for (const duration restart : {duration{0}, duration{std::chrono::seconds(2)}}) {
            fault_plan plan = family.plan;
            plan.restart_after = restart;
            const auto done =
                explore(family.application, {"atomic-commit", {{"resend", resend}}}, plan,
                        {.seed = 3, .trials_max = 150}, batches_of(family.application));
            EXPECT_FALSE(done.found) << to_text(*done.found);
            EXPECT_EQ(done.trials, 150U);
        }
    }
}

TEST(atomic_commit, commits_what_all_vote_for_and_nothing_else) {
    const outcome seen =
        ran("app atomic-commit\nn1 commit 1\nn2 commit 2 no=n3\nn3 commit 3 no=n3\n"
            "n2 commit 4\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen),
              (std::vector<std::string>{"OK", "FAIL, aborted", "FAIL, aborted", "OK"}));
}

TEST(atomic_commit, blocks_when_the_coordinator_stays_down_and_that_violates_nothing_else) {
    const std::string crash = "n1 commit 42\ncrash n1 at receive n3 -> n1 vote_cast #1\n";
    const outcome promised = ran("app atomic-commit\n" + crash);
    EXPECT_EQ(promised.verdict, verdict::holds) << in_words(promised);
    const outcome strict = ran("app atomic-commit require=nonblocking\n" + crash);
    ASSERT_TRUE(strict.violation);
    EXPECT_EQ(strict.violation->property, "nonblocking");
    EXPECT_EQ(strict.violation->kind, "blocked");
}

TEST(atomic_commit, blocks_no_longer_than_the_coordinator_is_down) {
    const outcome seen =
        ran("app atomic-commit require=nonblocking\nn1 commit 42\n"
            "crash n1 at receive n3 -> n1 vote_cast #1 for 5s\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
}

TEST(atomic_commit, does_not_block_while_somebody_has_not_voted) {
    const outcome seen =
        ran("app atomic-commit require=nonblocking\nn1 commit 42\n"
            "crash n1 at send n1 -> n3 vote_request #1\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
}

TEST(atomic_commit, gives_transactions_new_numbers_after_a_restart) {
    const outcome seen = ran(
        "app atomic-commit\nn1 commit 1\nwait 1s\nfault crash n1\nfault restart n1\nn1 commit 2\n");
    EXPECT_EQ(seen.verdict, verdict::holds) << in_words(seen);
    EXPECT_EQ(responses(seen), (std::vector<std::string>{"OK", "OK"}));
}

}  // namespace
