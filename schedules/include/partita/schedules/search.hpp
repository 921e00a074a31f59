#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita {

/// Bounds of an exhaustive search. Every one that cuts something off is told in the certificate.
struct exhaust_options {
    /// The most decisions in one schedule (`--omissions K` and the like, summed).
    std::uint32_t decisions_max = UINT32_MAX;
    /// The most trials; reaching it leaves the certificate incomplete.
    std::uint64_t trials_max = UINT64_MAX;
    /// Stop at the first failing trial, which is one with the fewest decisions.
    bool stop_at_first = false;
    /// `static` only: do not run a subset that equals one already run because the sites in which
    /// they differ are never met. Counts stay those of the full powerset.
    bool reduce = false;
    /// The failing decision sets that are kept, fewest decisions first.
    std::size_t failing_kept_max = 1'000'000;
};

/// Where a search stands; handed to the progress function now and then.
struct progress {
    std::uint64_t trials = 0;
    std::optional<std::uint64_t> trials_total;  ///< when the search knows it
    std::uint64_t failing = 0;
    std::uint32_t decisions = 0;                ///< in the schedules being tried now
};
using progress_function = std::function<void(const progress&)>;

/// A failing trial as a search found it.
struct failing_trial {
    decision_set decisions;
    trial_report report;
};
using failing_function = std::function<void(const failing_trial&)>;

/// What an exhaustive search can vouch for. The four numbers stand side by side, never one alone:
/// `schedules` asked about, distinct `executions` (trials with distinct traces), `failing` schedules
/// (static) or executions (dynamic), and `minimal` failing (no proper subset of their decisions
/// fails; failure is not upward closed, so supersets are never pruned for it).
struct certificate {
    std::uint64_t schedules = 0;
    std::uint64_t trials = 0;
    std::uint64_t executions = 0;
    std::uint64_t failing = 0;
    std::uint64_t minimal = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t pruned = 0;
    std::vector<std::uint64_t> by_decisions;          ///< executions (dynamic) or schedules (static)
    std::vector<std::uint64_t> failing_by_decisions;
    std::vector<std::uint64_t> minimal_by_decisions;
    bool complete = true;                             ///< false: a bound cut something off
    std::string bound;                                ///< which one, in words
    std::vector<failing_trial> minimal_failing;       ///< fewest decisions first, then search order
};

/// Every subset of the decisions offered by the undisturbed run (Partisan's powerset), fewest first.
[[nodiscard]] certificate exhaust_static(evaluator&, const exhaust_options&, const progress_function& = {},
                                         const failing_function& = {});

/// Branches on each decision actually offered: every distinct execution once, fewest decisions first.
[[nodiscard]] certificate exhaust_dynamic(evaluator&, const exhaust_options&, const progress_function& = {},
                                          const failing_function& = {});

}  // namespace partita
