// The parts of Filibuster's search that the commitment protocols do not show.

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <commit_evaluators.hpp>
#include <partita/schedules/worklist.hpp>

namespace partita {
namespace {

using counts = std::vector<std::uint64_t>;
using oracle::commit_worklist_evaluator;
using oracle::protocol;

/// Lines in words, `n2>n1 pong`; `~` before the type marks background. A line's number in the
/// vocabulary is its decision.
worklist_line line(std::uint64_t number, const std::string& words) {
    const auto arrow = words.find('>');
    const auto blank = words.find(' ');
    const bool background = words[blank + 1] == '~';
    return {words.substr(blank + 1 + (background ? 1 : 0)), words.substr(0, arrow),
            words.substr(arrow + 1, blank - arrow - 1), decision{site_id{number}, 1}, background};
}

using numbers = std::set<std::uint64_t>;

/// An application given as a function from the numbers omitted; keeps what it was run with.
class function_worklist_evaluator final : public worklist_evaluator {
   public:
    using application = std::function<worklist_trial(const numbers&)>;
    explicit function_worklist_evaluator(application run) : run_(std::move(run)) {}

    worklist_trial run(const decision_set& omissions) override {
        numbers omitted;
        for (const decision& omission : omissions) {
            omitted.insert(omission.site.value);
        }
        ran.push_back(omitted);
        return run_(omitted);
    }

    std::vector<numbers> ran;

   private:
    application run_;
};

/// n1 pings n2, which answers; n2 also beats.
worklist_trial ping_pong(const numbers& omitted) {
    worklist_trial trial;
    trial.lines = {line(1, "n2>n1 ~beat"), line(2, "n1>n2 ping"), line(3, "n2>n1 ~beat")};
    if (!omitted.contains(2)) {
        trial.lines.push_back(line(4, "n2>n1 pong"));
        trial.lines.push_back(line(5, "n2>n1 ~beat"));
        trial.lines.push_back(line(6, "n2>n1 pong"));
    }
    trial.lines.push_back(line(7, "n2>n1 ~beat"));
    for (const worklist_line& shown : trial.lines) {
        const bool lost = omitted.contains(shown.omission.site.value);
        trial.trace_hash = trial.trace_hash * 31 + shown.omission.site.value * 2 + (lost ? 1 : 0);
    }
    const bool beats = !omitted.contains(7);
    trial.verdict = beats ? verdict::holds : verdict::violated;
    return trial;
}

TEST(exhaust_worklist, considers_all_sets_counting_with_the_last_message_lowest) {
    function_worklist_evaluator trials(ping_pong);
    const certificate found = exhaust_worklist(trials, {});
    // Without annotations there are no classes; background is not omitted for its own sake. The two
    // beats that follow an omission of n2 are lost with it, unless n2 sends another pong between.
    const std::vector<numbers> expected = {{},  {6, 7},    {4},    {4, 5, 6, 7},
                                           {2}, {2, 6, 7}, {2, 4}, {2, 4, 5, 6, 7}};
    EXPECT_EQ(trials.ran, expected);
    EXPECT_EQ(found.schedules, 8u);
    EXPECT_EQ(found.trials, 8u);
    EXPECT_EQ(found.failed, 4u);
    EXPECT_EQ(found.by_decisions, (counts{1, 2, 2, 1, 1, 1}));
    EXPECT_EQ(found.failing_by_decisions, (counts{0, 0, 1, 1, 1, 1}));
    EXPECT_EQ(found.minimal_by_decisions, (counts{0, 0, 1, 0, 0, 0}));
    EXPECT_TRUE(found.complete);
}

TEST(exhaust_worklist, skips_sets_whose_messages_lost_their_cause) {
    function_worklist_evaluator trials(ping_pong);
    const worklist_protocol described{.annotations = {}, .causality = {{"ping", {"pong"}}}};
    const certificate found = exhaust_worklist(trials, described);
    EXPECT_EQ(trials.ran, (std::vector<numbers>{{}, {6, 7}, {4}, {4, 5, 6, 7}, {2, 4, 5, 6, 7}}));
    EXPECT_EQ(found.pruned, 3u);
}

TEST(exhaust_worklist, enforces_only_the_last_cause_as_the_original_did) {
    const worklist_protocol last{.annotations = {},
                                 .causality = {{"hello", {"ping"}}, {"ping", {"pong"}}}};
    const worklist_protocol first{.annotations = {},
                                  .causality = {{"ping", {"pong"}}, {"hello", {"welcome"}}}};
    const auto trials_run = [](const worklist_protocol& described, bool original) {
        function_worklist_evaluator trials(ping_pong);
        return exhaust_worklist(trials, described, {.original_causality = original}).trials;
    };
    // Nobody says hello, so a ping has no cause: possible is only what omits it and both pongs.
    EXPECT_EQ(trials_run(last, false), 1u);
    EXPECT_EQ(trials_run(last, true), 5u);
    EXPECT_EQ(trials_run(first, false), 5u);
    EXPECT_EQ(trials_run(first, true), 8u);
}

TEST(exhaust_worklist, runs_one_set_a_class_or_all_of_them) {
    const worklist_protocol described{
        .annotations = {{"pong", {{"ping", 1}}}, {"end", {{"pong", 2}}}}, .causality = {}};
    function_worklist_evaluator pruned(ping_pong);
    EXPECT_EQ(exhaust_worklist(pruned, described).pruned, 4u);
    EXPECT_EQ(pruned.ran, (std::vector<numbers>{{}, {6, 7}, {2}, {2, 6, 7}}));
    function_worklist_evaluator all(ping_pong);
    EXPECT_EQ(exhaust_worklist(all, described, {.pruning = false}).trials, 8u);
}

/// Losing `a` makes n1 send `b`, losing `b` makes it send `c`; all three lost is the failure.
worklist_trial retries(const numbers& omitted) {
    worklist_trial trial;
    trial.lines.push_back(line(1, "n1>n2 a"));
    if (omitted.contains(1)) {
        trial.lines.push_back(line(2, "n1>n2 b"));
    }
    if (omitted.contains(1) && omitted.contains(2)) {
        trial.lines.push_back(line(3, "n1>n2 c"));
    }
    const bool all_lost = omitted == numbers{1, 2, 3};
    trial.verdict = all_lost ? verdict::violated : verdict::holds;
    trial.trace_hash = omitted.size();
    return trial;
}

TEST(exhaust_worklist, goes_on_with_traces_that_show_new_types) {
    function_worklist_evaluator trials(retries);
    const certificate found = exhaust_worklist(trials, {});
    // The first trace: nothing, and a. The trace with b: a, and a with b. The trace with c: the
    // same and, with c lost too, the failure.
    EXPECT_EQ(trials.ran, (std::vector<numbers>{{}, {1}, {1}, {1, 2}, {1, 2}, {1, 2, 3}}));
    EXPECT_EQ(found.failed, 1u);
    EXPECT_EQ(found.executions, 4u);
    ASSERT_EQ(found.minimal_failing.size(), 1u);
    EXPECT_EQ(found.minimal_failing[0].decisions.size(), 3u);
}

/// A lost `a` is followed by `b`, a lost `b` by `c`, a lost `c` by `b` again.
worklist_trial returns_to_an_earlier_type(const numbers& omitted) {
    worklist_trial trial = retries(omitted);
    if (omitted.contains(3)) {
        trial.lines.push_back(line(4, "n1>n2 b"));
    }
    trial.verdict = verdict::holds;
    return trial;
}

TEST(exhaust_worklist, takes_a_type_received_at_last_for_a_new_one) {
    function_worklist_evaluator trials(returns_to_an_earlier_type);
    (void)exhaust_worklist(trials, {});
    // The trace with c shows b sent and lost; that which follows the loss of c shows it received.
    EXPECT_EQ(trials.ran, (std::vector<numbers>{
                              {}, {1}, {1}, {1, 2}, {1, 2}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3, 4}}));
}

TEST(exhaust_worklist, decides_anew_which_background_is_lost_with_each_trace) {
    function_worklist_evaluator trials([](const numbers& omitted) {
        worklist_trial trial;
        trial.lines = {line(1, "n1>n2 first"), line(2, "n1>n2 ~beat")};
        if (omitted.contains(1)) {
            trial.lines.push_back(line(3, "n1>n2 again"));
        }
        return trial;
    });
    (void)exhaust_worklist(trials, {});
    // In the first trace n1 sends nothing after what is lost; in the second it does.
    EXPECT_EQ(trials.ran, (std::vector<numbers>{{}, {1, 2}, {1}, {1, 2, 3}}));
}

TEST(exhaust_worklist, lists_minimal_failures_fewest_omissions_first) {
    function_worklist_evaluator trials([](const numbers& omitted) {
        worklist_trial trial;
        trial.lines = {line(1, "n1>n2 a"), line(2, "n1>n2 b"), line(3, "n1>n2 c")};
        const bool fails = omitted.contains(1) || (omitted.contains(2) && omitted.contains(3));
        trial.verdict = fails ? verdict::violated : verdict::holds;
        return trial;
    });
    const certificate found = exhaust_worklist(trials, {});
    EXPECT_EQ(found.failed, 5u);
    ASSERT_EQ(found.minimal_failing.size(), 2u);  // {b, c} was run before {a}
    EXPECT_EQ(found.minimal_failing[0].decisions, (decision_set{{site_id{1}, 1}}));
    EXPECT_EQ(found.minimal_failing[1].decisions, (decision_set{{site_id{2}, 1}, {site_id{3}, 1}}));
}

TEST(exhaust_worklist, tells_which_bound_stopped_it) {
    const auto search = [](const worklist_options& options) {
        function_worklist_evaluator trials(retries);
        return exhaust_worklist(trials, {}, options);
    };
    EXPECT_EQ(search({.trials_max = 4}).bound, "stopped after 4 trials");
    EXPECT_EQ(search({.trials_max = 0}).bound, "stopped after 0 trials");
    EXPECT_EQ(search({.sets_max = 1}).bound, "stopped after considering 1 omission set");
    EXPECT_EQ(search({.trials_max = 4}).trials, 4u);
    EXPECT_FALSE(search({.trials_max = 5}).complete);
    EXPECT_TRUE(search({.trials_max = 6, .sets_max = 6}).complete);
    EXPECT_EQ(search({.trials_max = 6}).bound, "");
    EXPECT_TRUE(search({.stop_at_first = true}).complete);  // the last of all fails

    commit_worklist_evaluator trials(protocol::two_phase, 4);
    const certificate found = exhaust_worklist(trials, {}, {.stop_at_first = true});
    EXPECT_EQ(found.failed, 1u);
    EXPECT_EQ(found.bound, "stopped at the first failing trial");
}

TEST(exhaust_worklist, hands_over_failing_trials_and_progress) {
    function_worklist_evaluator trials(ping_pong);
    std::vector<std::size_t> failing;
    std::uint64_t told = 0;
    (void)exhaust_worklist(
        trials, {}, {}, [&told](const progress& now) { EXPECT_EQ(now.trials, ++told); },
        [&failing](const failing_trial& trial) { failing.push_back(trial.decisions.size()); });
    EXPECT_EQ(told, 8u);
    EXPECT_EQ(failing, (std::vector<std::size_t>{2, 4, 3, 5}));
}

/// With nothing to prune by, the first trace's sets are the static powerset; the sets of the later
/// traces come on top.
TEST(exhaust_worklist, counts_the_powerset_when_told_nothing) {
    commit_worklist_evaluator trials(protocol::two_phase, 4);
    const certificate found = exhaust_worklist(trials, {});
    EXPECT_EQ(found.pruned, 0u);
    EXPECT_GT(found.trials, 4'096u);
    std::size_t failing = 0;
    std::set<std::set<decision>> distinct;
    for (std::size_t place = 0; place < 4'096; ++place) {
        const decision_set& omissions = trials.ran[place];
        distinct.emplace(omissions.begin(), omissions.end());
        const oracle::commit_run trial(protocol::two_phase, 4, omissions);
        failing += trial.verdict() == verdict::violated ? 1 : 0;
    }
    EXPECT_EQ(distinct.size(), 4'096u);
    EXPECT_EQ(failing, 56u);
    EXPECT_EQ(found.minimal, 3u);
}

}  // namespace
}  // namespace partita
