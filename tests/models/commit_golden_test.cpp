#include <gtest/gtest.h>

#include <string>

#include <partita/models/commit.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

namespace {

using namespace partita;
using counts = std::vector<std::uint64_t>;

certificate search(const application& of, int nodes, bool dynamic) {
    local_evaluator trials(of, undisturbed(of, {{"nodes", std::to_string(nodes)}}),
                           fault_plan::of(fault_kind::omission));
    return dynamic ? exhaust_dynamic(trials, {}) : exhaust_static(trials, {});
}

std::uint64_t power(std::uint64_t base, int exponent) {
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

TEST(commit_golden, two_phase_dynamic) {
    for (int remote = 1; remote <= 3; ++remote) {
        const certificate seen = search(commit::lampson_2pc(), remote + 1, true);
        EXPECT_EQ(seen.executions, power(9, remote));
        EXPECT_EQ(seen.trials, seen.executions) << "each distinct execution once";
        EXPECT_EQ(seen.failing, power(3, remote) - power(2, remote));
        EXPECT_TRUE(seen.complete);
        if (remote != 3) continue;
        EXPECT_EQ(seen.by_decisions, (counts{1, 12, 60, 160, 240, 192, 64}));
    }
}

TEST(commit_golden, three_phase_dynamic) {
    for (int remote = 1; remote <= 3; ++remote) {
        const certificate seen = search(commit::skeen_3pc(), remote + 1, true);
        EXPECT_EQ(seen.executions, 2 * power(9, remote) - power(3, remote));
        EXPECT_EQ(seen.trials, seen.executions);
        EXPECT_EQ(seen.failing,
                  (power(3, remote) - 1) * power(3, remote) - power(7, remote) + power(2, remote));
        if (remote != 3) continue;
        EXPECT_EQ(seen.minimal, 15U);
        for (const failing_trial& each : seen.minimal_failing) EXPECT_EQ(each.decisions.size(), 2U);
        EXPECT_EQ(seen.by_decisions, (counts{1, 18, 108, 312, 480, 384, 128}));
    }
}

TEST(commit_golden, cooperative_termination_dynamic) {
    const certificate three = search(commit::bernstein_ctp(), 3, true);
    EXPECT_EQ(three.executions, 625U);
    EXPECT_EQ(three.trials, 625U);
    EXPECT_EQ(three.failing, 88U);
}

TEST(commit_golden, static_powersets) {
    const certificate two = search(commit::lampson_2pc(), 4, false);
    EXPECT_EQ(two.schedules, 4'096U);
    EXPECT_EQ(two.failing, 56U);
    EXPECT_EQ(two.minimal, 3U);
    const certificate cooperative = search(commit::bernstein_ctp(), 4, false);
    EXPECT_EQ(cooperative.schedules, 4'096U);
    EXPECT_EQ(cooperative.failing, 0U);
    EXPECT_EQ(search(commit::lampson_2pc(), 3, false).schedules, 256U);
}

TEST(commit_golden, static_powerset_of_three_phases) {
    const certificate seen = search(commit::skeen_3pc(), 4, false);
    EXPECT_EQ(seen.schedules, 262'144U);
    EXPECT_EQ(seen.trials, 262'144U);
    EXPECT_EQ(seen.failing, 0U);
}

/// The failing schedule with the most omissions that a search of two-phase commit found.
schedule worst_of_two_phase(const application& of) {
    local_evaluator trials(of, undisturbed(of), fault_plan::of(fault_kind::omission));
    std::optional<schedule> worst;
    (void)exhaust_dynamic(trials, {}, {}, [&](const failing_trial& each) {
        schedule found = trials.describe(each.decisions);
        if (!worst || found.deviations.size() > worst->deviations.size()) worst = std::move(found);
    });
    return worst.value();
}

TEST(commit_shrink, ends_at_one_lost_commit_and_keeps_the_workload) {
    const application of = commit::lampson_2pc();
    const schedule worst = worst_of_two_phase(of);
    EXPECT_GT(worst.deviations.size(), 1U);
    const shrink_outcome shrunk = shrink(worst, trials_of(of), {.weaken = weakenings(of)});
    EXPECT_TRUE(shrunk.minimal);
    EXPECT_EQ(shrunk.summary.verdict, verdict::violated);
    ASSERT_EQ(shrunk.smallest.deviations.size(), 1U);
    const std::string line = to_text(shrunk.smallest.deviations[0]);
    EXPECT_EQ(line.substr(0, 12), "omit n1 -> n");
    EXPECT_EQ(line.substr(13), " commit #1");
    ASSERT_EQ(shrunk.smallest.steps.size(), 1U);
    EXPECT_EQ(std::get<command>(shrunk.smallest.steps[0]).name, "broadcast");
}

TEST(commit_shrink, a_crash_and_a_partition_weaken_to_one_omission) {
    const application of = commit::lampson_2pc();
    for (const char* lines : {"n1 broadcast 5\nisolate n3 at receive n1 -> n3 commit #1",
                              "n1 broadcast 5\npause n2 at receive n1 -> n2 prepare #1 for "
                              "9ms\nomit n1 -> n4 commit #1"}) {
        const auto from = parse_schedule(std::string("app lampson-2pc nodes=4\n") + lines).value();
        ASSERT_EQ(run(of, from).verdict, verdict::violated) << lines;
        const auto shrunk = shrink(from, trials_of(of), {.weaken = weakenings(of)});
        ASSERT_EQ(shrunk.smallest.deviations.size(), 1U) << lines;
        EXPECT_EQ(shrunk.smallest.deviations[0].action, "omit") << to_text(shrunk.smallest);
    }
}

TEST(commit_explore, finds_the_bug_whatever_the_batches_do) {
    const application of = commit::lampson_2pc();
    const fault_plan plan = fault_plan::of(fault_kind::omission);
    const explore_options options{.seed = 3, .trials_max = 2'000};
    const auto one = explore(of, {of.name, {}}, plan, options, batches_of(of));
    ASSERT_TRUE(one.found && one.summary);
    EXPECT_EQ(one.summary->verdict, verdict::violated);
    EXPECT_EQ(run(of, *one.found).trace_hash, one.summary->trace_hash);
    const trial_function trial = trials_of(of);
    const batch_function backwards = [&](std::span<const schedule> all) {
        std::vector<trial_summary> summaries(all.size());
        for (std::size_t at = all.size(); at-- > 0;) summaries[at] = trial(all[at]);
        return summaries;
    };
    const auto other = explore(of, {of.name, {}}, plan, options, backwards);
    EXPECT_EQ(one.found, other.found);
    EXPECT_EQ(one.generated, other.generated);
    EXPECT_EQ(one.trials, other.trials);
    EXPECT_EQ(one.executions, other.executions);
}

}  // namespace
