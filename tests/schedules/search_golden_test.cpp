// Exact counts of the three commitment protocols, against models that share nothing with the
// simulator. n is the number of remote participants: one less than the nodes.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <commit_evaluators.hpp>
#include <partita/schedules/search.hpp>

namespace partita {
namespace {

using counts = std::vector<std::uint64_t>;
using oracle::commit_evaluator;
using oracle::protocol;

certificate run_static(protocol kind, int nodes, bool reduce = false) {
    commit_evaluator trials(kind, nodes);
    return exhaust_static(trials, {.reduce = reduce});
}

certificate run_dynamic(protocol kind, int nodes) {
    commit_evaluator trials(kind, nodes);
    return exhaust_dynamic(trials, {});
}

std::uint64_t power(std::uint64_t base, int exponent) {
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

/// The deviations of a set in words, `n1 -> n2 commit #1`.
std::set<std::string> words(protocol kind, int nodes, const decision_set& set) {
    std::set<std::string> labels;
    for (const deviation& omitted : commit_evaluator(kind, nodes).describe(set).deviations) {
        labels.insert(omitted.site.text());
    }
    return labels;
}

std::set<std::set<std::string>> minimal_in_words(protocol kind, int nodes,
                                                 const certificate& found) {
    std::set<std::set<std::string>> sets;
    for (const failing_trial& trial : found.minimal_failing) {
        sets.insert(words(kind, nodes, trial.decisions));
    }
    return sets;
}

struct four_numbers {
    std::uint64_t schedules = 0;
    std::uint64_t executions = 0;
    std::uint64_t failing = 0;
    std::uint64_t minimal = 0;
    bool operator==(const four_numbers&) const = default;
};
std::ostream& operator<<(std::ostream& out, const four_numbers& numbers) {
    return out << numbers.schedules << " schedules, " << numbers.executions << " executions, "
               << numbers.failing << " failing, " << numbers.minimal << " minimal";
}
four_numbers numbers_of(const certificate& found) {
    return {found.schedules, found.executions, found.failing, found.minimal};
}

TEST(exhaust_static, finds_3_minimal_among_56_failing_of_4096_schedules_of_2pc) {
    const certificate found = run_static(protocol::two_phase, 4);
    EXPECT_EQ(numbers_of(found), (four_numbers{4'096, 53, 56, 3}));
    EXPECT_EQ(found.by_decisions,
              (counts{1, 12, 66, 220, 495, 792, 924, 792, 495, 220, 66, 12, 1}));
    EXPECT_EQ(found.failing_by_decisions, (counts{0, 3, 12, 19, 15, 6, 1, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(found.trials, 4'096u);
    EXPECT_EQ(found.passed, 4'040u);
    EXPECT_EQ(found.failed, 56u);
    EXPECT_EQ(found.pruned, 0u);
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(found.bound, "");
    EXPECT_EQ(minimal_in_words(protocol::two_phase, 4, found),
              (std::set<std::set<std::string>>{
                  {"n1 -> n2 commit #1"}, {"n1 -> n3 commit #1"}, {"n1 -> n4 commit #1"}}));
}

TEST(exhaust_static, counts_2pc_of_2_3_and_5_nodes) {
    EXPECT_EQ(numbers_of(run_static(protocol::two_phase, 2)), (four_numbers{16, 5, 2, 1}));
    EXPECT_EQ(numbers_of(run_static(protocol::two_phase, 3)), (four_numbers{256, 17, 12, 2}));
    EXPECT_EQ(numbers_of(run_static(protocol::two_phase, 5)), (four_numbers{65'536, 161, 240, 4}));
}

TEST(exhaust_static, finds_nothing_in_ctp_and_3pc_whose_failures_need_messages_sent_after_a_fault) {
    EXPECT_EQ(numbers_of(run_static(protocol::cooperative, 4)), (four_numbers{4'096, 53, 0, 0}));
    EXPECT_EQ(numbers_of(run_static(protocol::three_phase, 4)), (four_numbers{262'144, 79, 0, 0}));
}

TEST(exhaust_static, finds_9_minimal_in_3pc_of_february_2019) {
    const certificate found = run_static(protocol::three_phase_february, 4);
    EXPECT_EQ(numbers_of(found), (four_numbers{262'144, 79, 4'088, 9}));
    EXPECT_EQ(found.minimal_by_decisions[1], 9u);
}

TEST(exhaust_static, counts_the_same_of_3_nodes_when_reduced) {
    for (const protocol kind : {protocol::two_phase, protocol::cooperative, protocol::three_phase,
                                protocol::three_phase_february}) {
        const certificate whole = run_static(kind, 3);
        const certificate reduced = run_static(kind, 3, true);
        EXPECT_EQ(numbers_of(reduced), numbers_of(whole));
        EXPECT_EQ(reduced.by_decisions, whole.by_decisions);
        EXPECT_EQ(reduced.failing_by_decisions, whole.failing_by_decisions);
        EXPECT_EQ(reduced.minimal_by_decisions, whole.minimal_by_decisions);
        EXPECT_EQ(minimal_in_words(kind, 3, reduced), minimal_in_words(kind, 3, whole));
    }
}

TEST(exhaust_static, needs_one_trial_an_execution_when_reduced) {
    const certificate two = run_static(protocol::two_phase, 4, true);
    EXPECT_EQ(numbers_of(two), (four_numbers{4'096, 53, 56, 3}));
    EXPECT_EQ(two.trials, 53u);
    EXPECT_EQ(two.passed, 34u);
    EXPECT_EQ(two.failed, 19u);
    EXPECT_EQ(two.pruned, 4'043u);
    const certificate three = run_static(protocol::three_phase, 4, true);
    EXPECT_EQ(numbers_of(three), (four_numbers{262'144, 79, 0, 0}));
    EXPECT_EQ(three.trials, 79u);
    const certificate february = run_static(protocol::three_phase_february, 4, true);
    EXPECT_EQ(numbers_of(february), (four_numbers{262'144, 79, 4'088, 9}));
    EXPECT_EQ(february.trials, 79u);
}

TEST(exhaust_dynamic, finds_19_failing_of_729_executions_of_2pc) {
    const certificate found = run_dynamic(protocol::two_phase, 4);
    EXPECT_EQ(numbers_of(found), (four_numbers{729, 729, 19, 3}));
    EXPECT_EQ(found.by_decisions, (counts{1, 12, 60, 160, 240, 192, 64}));
    EXPECT_EQ(found.failing_by_decisions, (counts{0, 3, 9, 7, 0, 0, 0}));
    EXPECT_EQ(found.minimal_by_decisions, (counts{0, 3, 0, 0, 0, 0, 0}));
    EXPECT_EQ(found.passed + found.failed, found.trials);
    EXPECT_TRUE(found.complete);
}

TEST(exhaust_dynamic, finds_367_failing_of_1431_executions_of_3pc) {
    const certificate found = run_dynamic(protocol::three_phase, 4);
    EXPECT_EQ(numbers_of(found), (four_numbers{1'431, 1'431, 367, 15}));
    EXPECT_EQ(found.by_decisions, (counts{1, 18, 108, 312, 480, 384, 128}));
    EXPECT_EQ(found.failing_by_decisions, (counts{0, 0, 15, 72, 132, 111, 37}));
    EXPECT_EQ(found.minimal_by_decisions, (counts{0, 0, 15, 0, 0, 0, 0}));
}

/// The abort to one participant is lost, and what kept the coordinator from committing is a
/// precommit to another or anyone's precommit_ack: the one commits alone after the caller was told
/// `error`.
TEST(exhaust_dynamic, names_the_15_minimal_failures_of_3pc) {
    std::set<std::set<std::string>> expected;
    for (int left_alone = 2; left_alone <= 4; ++left_alone) {
        const std::string abort = "n1 -> " + oracle::node_name(left_alone) + " abort #1";
        for (int other = 2; other <= 4; ++other) {
            const std::string name = oracle::node_name(other);
            expected.insert({abort, name + " -> n1 precommit_ack #1"});
            if (other != left_alone) {
                expected.insert({abort, "n1 -> " + name + " precommit #1"});
            }
        }
    }
    ASSERT_EQ(expected.size(), 15u);
    const certificate found = run_dynamic(protocol::three_phase, 4);
    EXPECT_EQ(minimal_in_words(protocol::three_phase, 4, found), expected);
}

TEST(exhaust_dynamic, follows_the_closed_forms_of_2pc_and_3pc) {
    for (int remote = 1; remote <= 4; ++remote) {
        const certificate two = run_dynamic(protocol::two_phase, remote + 1);
        EXPECT_EQ(two.executions, power(9, remote));
        EXPECT_EQ(two.failing, power(3, remote) - power(2, remote));
        EXPECT_EQ(two.minimal, static_cast<std::uint64_t>(remote));
        const certificate three = run_dynamic(protocol::three_phase, remote + 1);
        EXPECT_EQ(three.executions, 2 * power(9, remote) - power(3, remote));
        EXPECT_EQ(three.failing,
                  (power(3, remote) - 1) * power(3, remote) - power(7, remote) + power(2, remote));
    }
}

TEST(exhaust_dynamic, counts_3pc_of_february_2019) {
    EXPECT_EQ(numbers_of(run_dynamic(protocol::three_phase_february, 2)),
              (four_numbers{31, 31, 9, 3}));
    EXPECT_EQ(numbers_of(run_dynamic(protocol::three_phase_february, 3)),
              (four_numbers{793, 793, 117, 6}));
    EXPECT_EQ(numbers_of(run_dynamic(protocol::three_phase_february, 4)),
              (four_numbers{20'359, 20'359, 1'215, 9}));
}

/// The numbers for 4 nodes were first computed here.
TEST(exhaust_dynamic, counts_ctp) {
    EXPECT_EQ(numbers_of(run_dynamic(protocol::cooperative, 2)), (four_numbers{13, 13, 2, 2}));
    EXPECT_EQ(numbers_of(run_dynamic(protocol::cooperative, 3)), (four_numbers{625, 625, 88, 12}));
    const certificate found = run_dynamic(protocol::cooperative, 4);
    EXPECT_EQ(numbers_of(found), (four_numbers{227'361, 227'361, 22'074, 54}));
    EXPECT_EQ(found.by_decisions, (counts{1, 12, 78, 358, 1'278, 3'690, 8'780, 17'260, 28'392,
                                          39'048, 44'112, 39'744, 27'200, 13'056, 3'840, 512}));
    EXPECT_EQ(found.failing_by_decisions, (counts{0, 0, 0, 0, 54, 324, 1'208, 2'904, 4'656, 5'504,
                                                  4'608, 2'304, 512, 0, 0, 0}));
    EXPECT_EQ(found.minimal_by_decisions[4], 54u);
}

}  // namespace
}  // namespace partita
