// The numbers that Filibuster's repository records (lasp-lang/partisan, Makefile: 2PC passed 7,
// failed 1; CTP 11 and 1; 3PC 25 and 1), which rest on a defect of its causality check, and those
// without it.

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <commit_evaluators.hpp>
#include <partita/schedules/worklist.hpp>

namespace partita {
namespace {

using oracle::commit_worklist_evaluator;
using oracle::protocol;

/// The descriptions say what the files annotations/partisan-annotations-* and
/// analysis/partisan-causality-* there say, the causality in the order of those files: it ends with
/// `prepare`, which makes that the only entry the original enforces. A precondition of three is one
/// of three remote participants.
worklist_protocol lampson_2pc() {
    return {.annotations = {{"prepared", {{"prepare", 1}}},
                            {"commit", {{"prepared", 3}}},
                            {"ok", {{"prepared", 3}}},
                            {"commit_ack", {{"commit", 1}}},
                            {"abort_ack", {{"abort", 1}}}},
            .causality = {{"commit_ack", {}},
                          {"abort_ack", {}},
                          {"prepared", {"commit", "ok"}},
                          {"commit", {"commit_ack"}},
                          {"abort", {"abort_ack"}},
                          {"heartbeat", {"heartbeat"}},
                          {"prepare", {"prepared"}}}};
}

worklist_protocol bernstein_ctp() {
    worklist_protocol described = lampson_2pc();
    described.annotations.push_back({"decision_request", {{"prepared", 3}}});
    described.annotations.push_back({"decision", {{"decision_request", 1}}});
    described.causality = {{"commit_ack", {}},
                           {"abort_ack", {}},
                           {"decision", {"decision"}},
                           {"prepared", {"commit", "ok"}},
                           {"commit", {"commit_ack"}},
                           {"abort", {"abort_ack"}},
                           {"decision_request", {"decision"}},
                           {"prepare", {"prepared"}}};
    return described;
}

worklist_protocol skeen_3pc() {
    return {.annotations = {{"prepared", {{"prepare", 1}}},
                            {"commit", {{"precommit_ack", 3}}},
                            {"precommit_ack", {{"precommit", 1}}},
                            {"precommit", {{"prepared", 3}}},
                            {"ok", {{"prepared", 3}}},
                            {"commit_ack", {{"commit", 1}}},
                            {"abort_ack", {{"abort", 1}}}},
            .causality = {{"precommit_ack", {"commit", "ok"}},
                          {"commit_ack", {}},
                          {"abort_ack", {}},
                          {"prepared", {"precommit"}},
                          {"precommit", {"precommit_ack"}},
                          {"commit", {"commit_ack"}},
                          {"abort", {"abort_ack"}},
                          {"prepare", {"prepared"}}}};
}

struct recorded {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t pruned = 0;
    bool operator==(const recorded&) const = default;
};
std::ostream& operator<<(std::ostream& out, const recorded& numbers) {
    return out << "passed " << numbers.passed << ", failed " << numbers.failed << ", pruned "
               << numbers.pruned;
}

recorded search(protocol kind, int nodes, const worklist_protocol& described,
                bool original_causality) {
    commit_worklist_evaluator trials(kind, nodes);
    const certificate found =
        exhaust_worklist(trials, described, {.original_causality = original_causality});
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(found.trials, found.passed + found.failed);
    EXPECT_EQ(found.schedules, found.trials + found.pruned);
    return {found.passed, found.failed, found.pruned};
}

std::multiset<std::string> types_omitted(protocol kind, const decision_set& omissions) {
    std::multiset<std::string> types;
    const oracle::commit_run trial(kind, 4, omissions);
    for (const oracle::sent_line& line : trial.lines()) {
        if (line.omitted) {
            types.insert(std::string(oracle::name_of(line.type)));
        }
    }
    return types;
}

TEST(exhaust_worklist, gives_the_numbers_the_repository_records) {
    EXPECT_EQ(search(protocol::two_phase, 4, lampson_2pc(), true), (recorded{7, 1, 4'090}));
    EXPECT_EQ(search(protocol::cooperative, 4, bernstein_ctp(), true), (recorded{11, 1, 4'090}));
    EXPECT_EQ(search(protocol::three_phase, 4, skeen_3pc(), true), (recorded{25, 1, 262'120}));
}

TEST(exhaust_worklist, runs_fewer_sets_when_every_cause_is_checked) {
    EXPECT_EQ(search(protocol::two_phase, 4, lampson_2pc(), false), (recorded{6, 1, 4'091}));
    EXPECT_EQ(search(protocol::cooperative, 4, bernstein_ctp(), false), (recorded{10, 1, 4'091}));
    EXPECT_EQ(search(protocol::three_phase, 4, skeen_3pc(), false), (recorded{12, 1, 262'133}));
}

/// Three nodes cannot be what the repository ran: the annotations ask for three votes.
TEST(exhaust_worklist, gives_other_numbers_for_three_nodes) {
    EXPECT_EQ(search(protocol::two_phase, 3, lampson_2pc(), true), (recorded{5, 1, 252}));
    EXPECT_EQ(search(protocol::cooperative, 3, bernstein_ctp(), true), (recorded{7, 1, 252}));
    EXPECT_EQ(search(protocol::three_phase, 3, skeen_3pc(), true), (recorded{10, 0, 4'088}));
}

TEST(exhaust_worklist, considers_two_sets_of_every_later_trace) {
    commit_worklist_evaluator trials(protocol::cooperative, 4);
    const certificate found =
        exhaust_worklist(trials, bernstein_ctp(), {.original_causality = true});
    EXPECT_EQ(found.schedules, 4'096u + 3 * 2);
}

TEST(exhaust_worklist, runs_the_sets_of_2pc_in_the_order_of_the_original) {
    commit_worklist_evaluator trials(protocol::two_phase, 4);
    (void)exhaust_worklist(trials, lampson_2pc(), {.original_causality = true});
    std::vector<std::size_t> sizes;
    for (const decision_set& omissions : trials.ran) {
        sizes.push_back(omissions.size());
    }
    // Nothing; all commits; one prepared; that and all commits; all prepares and prepareds; those
    // and all commits; then, of the trace with aborts, one prepared; that and all aborts and
    // abort_acks.
    EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 3, 1, 4, 6, 9, 1, 7}));
    EXPECT_EQ(types_omitted(protocol::two_phase, trials.ran[1]),
              (std::multiset<std::string>{"commit", "commit", "commit"}));
    EXPECT_EQ(types_omitted(protocol::two_phase, trials.ran[2]),
              (std::multiset<std::string>{"prepared"}));
    // The acknowledgements of lost aborts are never sent, though they are in the set.
    EXPECT_EQ(types_omitted(protocol::two_phase, trials.ran[7]),
              (std::multiset<std::string>{"prepared", "abort", "abort", "abort"}));
}

TEST(exhaust_worklist, finds_the_failure_of_each_protocol) {
    commit_worklist_evaluator three_phase(protocol::three_phase, 4);
    const certificate in_3pc = exhaust_worklist(three_phase, skeen_3pc(), {});
    ASSERT_EQ(in_3pc.minimal_failing.size(), 1u);
    EXPECT_EQ(in_3pc.minimal_failing[0].decisions.size(), 7u);
    EXPECT_EQ(types_omitted(protocol::three_phase, in_3pc.minimal_failing[0].decisions),
              (std::multiset<std::string>{"precommit_ack", "abort", "abort", "abort"}));

    commit_worklist_evaluator cooperative(protocol::cooperative, 4);
    const certificate in_ctp = exhaust_worklist(cooperative, bernstein_ctp(), {});
    ASSERT_EQ(in_ctp.minimal_failing.size(), 1u);
    EXPECT_EQ(in_ctp.minimal_failing[0].decisions.size(), 3u + 9 + 9);
    EXPECT_EQ(in_ctp.failing_by_decisions[21], 1u);
}

}  // namespace
}  // namespace partita
