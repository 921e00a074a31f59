// Bounds, and what a certificate says about them.

#include <array>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <commit_evaluators.hpp>
#include <partita/schedules/search.hpp>

namespace partita {
namespace {

using counts = std::vector<std::uint64_t>;
using oracle::commit_evaluator;
using oracle::protocol;

/// An application given as a function; keeps the sets that it was run with.
class function_evaluator final : public evaluator {
   public:
    using application = std::function<trial_report(const decision_set&)>;
    explicit function_evaluator(application run) : run_(std::move(run)) {}

    void evaluate(std::span<const decision_set> sets, const sink& done) override {
        for (std::size_t index = 0; index < sets.size(); ++index) {
            ran.push_back(sets[index]);
            done(index, run_(sets[index]));
        }
    }
    schedule describe(const decision_set&) const override { return {}; }
    std::size_t batch_size() const override { return 8; }

    std::vector<decision_set> ran;

   private:
    application run_;
};

decision at_site(std::uint64_t site, std::uint32_t alternative = 1) {
    return {site_id{site}, alternative};
}

/// Sites 1..count, all met in every run; fails with `failing_size` decisions or more.
trial_report independent_sites(std::uint64_t count, std::size_t failing_size,
                               const decision_set& set) {
    trial_report report;
    report.met = static_cast<std::uint32_t>(set.size());
    for (const decision& taken : set) {
        report.trace_hash = report.trace_hash * 131 + taken.site.value;
    }
    const std::uint64_t last = set.empty() ? 0 : set.back().site.value;
    for (std::uint64_t site = last + 1; site <= count; ++site) {
        report.offers.push_back(at_site(site));
    }
    report.verdict = set.size() >= failing_size ? verdict::violated : verdict::holds;
    return report;
}

TEST(exhaust_bounds, stop_after_the_most_trials) {
    commit_evaluator trials(protocol::two_phase, 4);
    const certificate found = exhaust_static(trials, {.trials_max = 1'000});
    EXPECT_EQ(found.trials, 1'000u);
    EXPECT_EQ(found.schedules, 4'096u);
    EXPECT_FALSE(found.complete);
    EXPECT_EQ(found.bound, "stopped after 1,000 trials");
    EXPECT_EQ(exhaust_static(trials, {.trials_max = 1}).bound, "stopped after 1 trial");
    EXPECT_EQ(exhaust_dynamic(trials, {.trials_max = 728}).bound, "stopped after 728 trials");
}

TEST(exhaust_bounds, that_cut_nothing_leave_a_search_complete) {
    commit_evaluator trials(protocol::two_phase, 4);
    for (const certificate& found :
         {exhaust_static(trials, {.decisions_max = 12, .trials_max = 4'096}),
          exhaust_static(trials, {.decisions_max = 12, .reduce = true}),
          exhaust_static(trials, {.trials_max = 53, .reduce = true}),
          exhaust_dynamic(trials, {.decisions_max = 6, .trials_max = 729})}) {
        EXPECT_TRUE(found.complete);
        EXPECT_EQ(found.bound, "");
    }
}

TEST(exhaust_bounds, limit_the_decisions_of_a_schedule) {
    commit_evaluator trials(protocol::two_phase, 4);
    const certificate dynamic = exhaust_dynamic(trials, {.decisions_max = 2});
    EXPECT_EQ(dynamic.by_decisions, (counts{1, 12, 60}));
    EXPECT_EQ(dynamic.failing, 12u);
    EXPECT_FALSE(dynamic.complete);
    EXPECT_EQ(dynamic.bound, "at most 2 decisions a schedule");
    for (const bool reduce : {false, true}) {
        const certificate found = exhaust_static(trials, {.decisions_max = 1, .reduce = reduce});
        EXPECT_EQ(found.by_decisions, (counts{1, 12}));
        EXPECT_EQ(found.schedules, 13u);
        EXPECT_EQ(found.bound, "at most 1 decision a schedule");
    }
}

TEST(exhaust_bounds, are_all_told_when_several_cut) {
    commit_evaluator trials(protocol::two_phase, 4);
    const certificate found = exhaust_static(trials, {.decisions_max = 3, .trials_max = 10});
    EXPECT_EQ(found.bound, "stopped after 10 trials, at most 3 decisions a schedule");
}

TEST(exhaust_bounds, of_no_decisions_leave_the_undisturbed_run) {
    commit_evaluator trials(protocol::two_phase, 4);
    for (const certificate& found : {exhaust_static(trials, {.decisions_max = 0}),
                                     exhaust_static(trials, {.decisions_max = 0, .reduce = true}),
                                     exhaust_dynamic(trials, {.decisions_max = 0})}) {
        EXPECT_EQ(found.by_decisions, (counts{1}));
        EXPECT_EQ(found.trials, 1u);
        EXPECT_EQ(found.bound, "at most 0 decisions a schedule");
    }
}

TEST(exhaust_bounds, of_no_trials_run_nothing) {
    commit_evaluator trials(protocol::two_phase, 4);
    for (const certificate& found :
         {exhaust_static(trials, {.trials_max = 0}), exhaust_dynamic(trials, {.trials_max = 0})}) {
        EXPECT_EQ(found.trials, 0u);
        EXPECT_FALSE(found.complete);
        EXPECT_EQ(found.bound, "stopped after 0 trials");
    }
}

TEST(exhaust_bounds, stop_at_the_first_failing_trial) {
    commit_evaluator trials(protocol::two_phase, 4);
    for (const certificate& found :
         {exhaust_static(trials, {.stop_at_first = true}),
          exhaust_static(trials, {.stop_at_first = true, .reduce = true}),
          exhaust_dynamic(trials, {.stop_at_first = true})}) {
        // The undisturbed run, three prepares, three prepareds, then the commit to n2.
        EXPECT_EQ(found.trials, 8u);
        EXPECT_EQ(found.failed, 1u);
        EXPECT_EQ(found.bound, "stopped at the first failing trial");
        ASSERT_EQ(found.minimal_failing.size(), 1u);
        const schedule failing = trials.describe(found.minimal_failing[0].decisions);
        ASSERT_EQ(failing.deviations.size(), 1u);
        EXPECT_EQ(failing.deviations[0].site.text(), "n1 -> n2 commit #1");
    }
}

TEST(exhaust_bounds, do_not_stop_a_search_without_failures) {
    commit_evaluator trials(protocol::cooperative, 4);
    const certificate found = exhaust_static(trials, {.stop_at_first = true});
    EXPECT_EQ(found.trials, 4'096u);
    EXPECT_TRUE(found.complete);
}

TEST(exhaust_bounds, keep_fewer_failing_sets_but_count_them_all) {
    commit_evaluator trials(protocol::three_phase, 4);
    const certificate found = exhaust_dynamic(trials, {.failing_kept_max = 4});
    EXPECT_EQ(found.minimal, 15u);
    EXPECT_EQ(found.failing, 367u);
    EXPECT_EQ(found.minimal_failing.size(), 4u);
    EXPECT_TRUE(found.complete);
}

TEST(exhaust, hands_over_every_failing_trial_fewest_decisions_first) {
    commit_evaluator trials(protocol::two_phase, 4);
    std::vector<std::size_t> sizes;
    const certificate found = exhaust_dynamic(trials, {}, {}, [&](const failing_trial& trial) {
        EXPECT_EQ(trial.report.verdict, verdict::violated);
        EXPECT_EQ(trial.report.met, trial.decisions.size());
        EXPECT_TRUE(trial.report.offers.empty());
        sizes.push_back(trial.decisions.size());
    });
    std::vector<std::size_t> expected;
    for (std::size_t size = 0; size < found.failing_by_decisions.size(); ++size) {
        expected.insert(expected.end(), found.failing_by_decisions[size], size);
    }
    EXPECT_EQ(sizes, expected);
}

TEST(exhaust, tells_how_far_it_is) {
    commit_evaluator trials(protocol::two_phase, 4);
    progress last;
    const auto listen = [&last](const progress& now) {
        EXPECT_GE(now.trials, last.trials);
        EXPECT_GE(now.decisions, last.decisions);
        last = now;
    };
    (void)exhaust_static(trials, {.trials_max = 2'000}, listen);
    EXPECT_EQ(last.trials, 2'000u);
    EXPECT_EQ(last.trials_total, 2'000u);
    last = {};
    (void)exhaust_static(trials, {}, listen);
    EXPECT_EQ(last.trials_total, 4'096u);
    EXPECT_EQ(last.failing, 56u);
    EXPECT_EQ(last.decisions, 12u);
    last = {};
    function_evaluator many([](const decision_set& set) { return independent_sites(99, 9, set); });
    (void)exhaust_static(many, {.decisions_max = 30, .trials_max = 9}, listen);
    EXPECT_EQ(last.trials_total, 9u);
    last = {};
    (void)exhaust_dynamic(trials, {}, listen);
    EXPECT_EQ(last.trials, 729u);
    EXPECT_FALSE(last.trials_total.has_value());
    EXPECT_EQ(last.decisions, 6u);
}

TEST(exhaust, finds_the_undisturbed_run_alone_minimal_when_it_fails) {
    const auto search_all_of = [](const auto& search, const exhaust_options& options) {
        function_evaluator trials(
            [](const decision_set& set) { return independent_sites(4, 0, set); });
        return search(trials, options, {}, {});
    };
    for (const certificate& found :
         {search_all_of(exhaust_static, {}), search_all_of(exhaust_static, {.reduce = true}),
          search_all_of(exhaust_dynamic, {})}) {
        EXPECT_EQ(found.failing, 16u);
        EXPECT_EQ(found.minimal, 1u);
        EXPECT_EQ(found.minimal_by_decisions, (counts{1, 0, 0, 0, 0}));
        ASSERT_EQ(found.minimal_failing.size(), 1u);
        EXPECT_TRUE(found.minimal_failing[0].decisions.empty());
    }
}

TEST(exhaust, is_done_after_one_trial_when_nothing_is_offered) {
    function_evaluator trials([](const decision_set& set) { return independent_sites(0, 9, set); });
    for (const certificate& found : {exhaust_static(trials, {}), exhaust_dynamic(trials, {})}) {
        EXPECT_EQ(found.trials, 1u);
        EXPECT_EQ(found.schedules, 1u);
        EXPECT_TRUE(found.complete);
    }
}

TEST(exhaust, finds_9880_minimal_among_101270_failing) {
    function_evaluator trials(
        [](const decision_set& set) { return independent_sites(40, 3, set); });
    const certificate found = exhaust_dynamic(trials, {.decisions_max = 4, .failing_kept_max = 0});
    EXPECT_EQ(found.by_decisions, (counts{1, 40, 780, 9'880, 91'390}));
    EXPECT_EQ(found.failing, 101'270u);
    EXPECT_EQ(found.minimal_by_decisions, (counts{0, 0, 0, 9'880, 0}));
}

TEST(exhaust_static, counts_a_trace_once_however_often_it_comes) {
    std::uint64_t trial = 0;
    function_evaluator trials([&trial](const decision_set& set) {
        trial_report report = independent_sites(set.empty() ? 14 : 0, 200, set);
        report.trace_hash = trial++ % 3'000;
        return report;
    });
    const certificate found = exhaust_static(trials, {});
    EXPECT_EQ(found.trials, 16'384u);
    EXPECT_EQ(found.executions, 3'000u);
}

TEST(exhaust_static, takes_one_alternative_of_a_site_or_none) {
    function_evaluator trials([](const decision_set& set) {
        trial_report report;
        report.met = static_cast<std::uint32_t>(set.size());
        report.offers = {at_site(7, 1), at_site(7, 2), at_site(5, 1)};
        return report;
    });
    const certificate found = exhaust_static(trials, {});
    EXPECT_EQ(trials.ran, (std::vector<decision_set>{{},
                                                     {at_site(7, 1)},
                                                     {at_site(7, 2)},
                                                     {at_site(5, 1)},
                                                     {at_site(7, 1), at_site(5, 1)},
                                                     {at_site(7, 2), at_site(5, 1)}}));
    EXPECT_EQ(found.schedules, 6u);
    EXPECT_EQ(found.executions, 1u);
}

TEST(exhaust_static, counts_more_schedules_than_64_bits_hold_as_the_most_they_hold) {
    function_evaluator trials(
        [](const decision_set& set) { return independent_sites(100, 200, set); });
    const certificate found = exhaust_static(trials, {.trials_max = 500});
    EXPECT_EQ(found.schedules, UINT64_MAX);
    EXPECT_EQ(found.trials, 500u);
    EXPECT_FALSE(found.complete);
    const certificate pairs = exhaust_static(trials, {.decisions_max = 2});
    EXPECT_EQ(pairs.schedules, 1u + 100 + 4'950);
    EXPECT_EQ(pairs.trials, pairs.schedules);
}

/// Any decision ends the run, so 71 executions stand for 2^70 schedules: those whose first decision
/// is at site s are 2^(70 - s).
TEST(exhaust_static, covers_a_powerset_too_large_to_run_when_reduced) {
    function_evaluator trials([](const decision_set& set) {
        trial_report report = independent_sites(set.empty() ? 70 : 0, 200, set);
        const bool fails = set == decision_set{at_site(11)};
        report.verdict = fails ? verdict::violated : verdict::holds;
        return report;
    });
    const certificate found = exhaust_static(trials, {.reduce = true});
    EXPECT_EQ(found.schedules, UINT64_MAX);
    EXPECT_EQ(found.trials, 71u);
    EXPECT_EQ(found.executions, 71u);
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(found.failing, std::uint64_t{1} << 59);
    EXPECT_EQ(found.failing_by_decisions[1], 1u);
    EXPECT_EQ(found.failing_by_decisions[2], 59u);
    EXPECT_EQ(found.minimal, 1u);
}

TEST(exhaust_static, weighs_sites_with_several_alternatives_without_overflow) {
    function_evaluator trials([](const decision_set& set) {
        trial_report report;
        report.met = static_cast<std::uint32_t>(set.size());
        for (std::uint64_t site = 1; set.empty() && site <= 50; ++site) {
            for (std::uint32_t alternative = 1; alternative <= 3; ++alternative) {
                report.offers.push_back(at_site(site, alternative));
            }
        }
        return report;
    });
    const certificate found = exhaust_static(trials, {.reduce = true});
    EXPECT_EQ(found.trials, 151u);
    EXPECT_EQ(found.by_decisions[1], 150u);
    EXPECT_EQ(found.by_decisions[2], 1'225u * 9);
    EXPECT_EQ(found.by_decisions[50], UINT64_MAX);  // 3^50
    EXPECT_EQ(found.schedules, UINT64_MAX);
}

TEST(exhaust_static, takes_an_offer_made_twice_once) {
    function_evaluator trials([](const decision_set& set) {
        trial_report report;
        report.met = static_cast<std::uint32_t>(set.size());
        report.offers = {at_site(4), at_site(9), at_site(9), at_site(4)};
        return report;
    });
    EXPECT_EQ(exhaust_static(trials, {}).trials, 4u);
}

TEST(exhaust_static, refuses_a_reduction_that_would_miscount) {
    function_evaluator trials([](const decision_set& set) {
        trial_report report;
        report.met = static_cast<std::uint32_t>(set.size());
        report.offers = {at_site(1, 1), at_site(2, 1), at_site(2, 2)};
        if (!set.empty()) {
            report.offers = {at_site(2, 2)};  // of site 2 only one alternative is left
        }
        if (set.size() > 1 || (set.size() == 1 && set[0].site.value == 2)) {
            report.offers.clear();
        }
        return report;
    });
    EXPECT_EQ(exhaust_static(trials, {}).schedules, 6u);
    EXPECT_THROW((void)exhaust_static(trials, {.reduce = true}), std::logic_error);
}

TEST(exhaust_dynamic, refuses_a_trial_that_does_not_meet_what_was_offered) {
    function_evaluator trials([](const decision_set& set) {
        trial_report report = independent_sites(3, 9, set);
        report.met = set.size() > 1 ? 1 : report.met;
        return report;
    });
    EXPECT_THROW((void)exhaust_dynamic(trials, {}), std::logic_error);
    EXPECT_NO_THROW((void)exhaust_dynamic(trials, {.decisions_max = 1}));
}

}  // namespace
}  // namespace partita
