#include <functional>
#include <map>
#include <string>
#include <vector>

#include <partita/models/commit.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/search.hpp>

// The evaluator of the program's own searches, which no public header offers.
#include "../cli/src/isolation.hpp"
#include "report.hpp"

// Exhaustive searches over the omissions of a commit protocol's messages, set-up and certificate
// included. An iteration is a whole search; an item is a trial.

namespace partita::bench {
namespace {

struct expected_counts {
    std::uint64_t trials = 0;
    std::uint64_t failing = 0;
};

enum class branching { dynamic_search, static_search };

certificate search(evaluator& with, branching how) {
    return how == branching::static_search ? exhaust_static(with, {}) : exhaust_dynamic(with, {});
}

/// Counts that are not the golden ones make the time worthless.
bool agrees(benchmark::State& state, const certificate& found, const expected_counts& expected) {
    if (found.trials == expected.trials && found.failing == expected.failing) return true;
    state.SkipWithError("the search did not find the golden counts");
    return false;
}

void exhaust(benchmark::State& state, const application& of, branching how,
             const expected_counts& expected) {
    const schedule base = undisturbed(of, {{"nodes", "4"}});
    for (auto each : state) {
        local_evaluator trials(of, base, fault_plan::of(fault_kind::omission));
        if (!agrees(state, search(trials, how), expected)) return;
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(expected.trials));
}

void two_phase_dynamic(benchmark::State& state) {
    exhaust(state, commit::lampson_2pc(), branching::dynamic_search, {729, 19});
}
void two_phase_static(benchmark::State& state) {
    exhaust(state, commit::lampson_2pc(), branching::static_search, {4'096, 56});
}
void cooperative_static(benchmark::State& state) {
    exhaust(state, commit::bernstein_ctp(), branching::static_search, {4'096, 0});
}
void three_phase_dynamic(benchmark::State& state) {
    exhaust(state, commit::skeen_3pc(), branching::dynamic_search, {1'431, 367});
}
BENCHMARK(two_phase_dynamic)->Unit(benchmark::kMillisecond);
BENCHMARK(two_phase_static)->Unit(benchmark::kMillisecond);
BENCHMARK(cooperative_static)->Unit(benchmark::kMillisecond);
BENCHMARK(three_phase_dynamic)->Unit(benchmark::kMillisecond);

/// One trial of the undisturbed schedule, in memory that is used again.
void two_phase_trial(benchmark::State& state) {
    const application of = commit::lampson_2pc();
    local_evaluator trials(of, undisturbed(of, {{"nodes", "4"}}),
                           fault_plan::of(fault_kind::omission));
    for (auto each : state) benchmark::DoNotOptimize(trials.run_one({}));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(two_phase_trial);

/// As `partita exhaust --jobs N` does it: trials in worker processes, one in 64 run twice.
/// Wall-clock time, since it is about cores.
void three_phase_static(benchmark::State& state) {
    const application of = commit::skeen_3pc();
    const schedule base = undisturbed(of, {{"nodes", "4"}});
    cli::isolation_options options;
    options.jobs = static_cast<std::size_t>(state.range(0));
    for (auto each : state) {
        cli::process_evaluator trials(of, base, fault_plan::of(fault_kind::omission), options);
        if (!agrees(state, search(trials, branching::static_search), {262'144, 0})) return;
    }
    state.SetItemsProcessed(state.iterations() * 262'144);
    state.counters["seconds"] =
        benchmark::Counter(static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(three_phase_static)
    ->ArgName("jobs")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

std::vector<bar> bars_of(const measurements& seen) {
    const auto thousands = [&](const std::string& name) {
        const auto rate = seen.median(name);
        return rate ? std::optional(*rate / 1'000) : std::nullopt;
    };
    return {
        {"2PC dynamic: schedules a second and core", thousands("two_phase_dynamic"), 50, false,
         "k/s"},
        {"2PC static: schedules a second and core", thousands("two_phase_static"), 50, false,
         "k/s"},
        {"3PC dynamic: schedules a second and core", thousands("three_phase_dynamic"), 50, false,
         "k/s"},
        {"3PC static, two jobs: the whole search",
         seen.median("three_phase_static/jobs:2", "seconds"), 10, true, "s"},
        {"3PC static: rate of two jobs / of one",
         seen.ratio("three_phase_static/jobs:2", "three_phase_static/jobs:1"), 1.8, false, "x"},
    };
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    return partita::bench::run_suite(count, words, partita::bench::bars_of);
}
