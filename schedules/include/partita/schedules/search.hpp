#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
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
    /// Requires: a decision that the undisturbed run offers is offered whenever its site is met,
    /// whatever was decided before it (no bound of the fault plan that earlier decisions use up).
    bool reduce = false;
    /// The minimal failing sets that `minimal_failing` holds; the rest is counted all the same.
    std::size_t failing_kept_max = 1'000'000;
};

/// Where a search stands; handed to the progress function now and then.
struct progress {
    std::uint64_t trials = 0;
    std::optional<std::uint64_t> trials_total;  ///< when the search knows it
    std::uint64_t failing = 0;
    std::uint32_t decisions = 0;  ///< in the schedules being tried now
};
using progress_function = std::function<void(const progress&)>;

/// A failing trial as a search found it; the report comes without its offers.
struct failing_trial {
    decision_set decisions;
    trial_report report;
};
using failing_function = std::function<void(const failing_trial&)>;

/// What an exhaustive search can vouch for. The four numbers stand side by side, never one alone:
/// `schedules` asked about, distinct `executions` (trials with distinct traces), `failing`
/// schedules (static) or executions (dynamic), and `minimal` failing (no proper subset of their
/// decisions fails; failure is not upward closed, so supersets are never pruned for it).
///
/// `trials` were run; `passed` and `failed` of them held and were violated. A reduced static search
/// runs fewer trials than there are schedules: `failing`, `inconclusive` and the counts by
/// decisions are still those of the schedules, and `pruned` says how many needed no trial of their
/// own.
struct certificate {
    std::uint64_t schedules = 0;  ///< dynamic: those run; UINT64_MAX: that many or more
    std::uint64_t trials = 0;
    std::uint64_t executions = 0;
    std::uint64_t failing = 0;
    std::uint64_t minimal = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t pruned = 0;
    std::vector<std::uint64_t> by_decisions;  ///< executions (dynamic) or schedules (static)
    std::vector<std::uint64_t> failing_by_decisions;  ///< as long as by_decisions, as is the next
    std::vector<std::uint64_t> minimal_by_decisions;
    bool complete = true;                        ///< false: a bound cut something off
    std::string bound;                           ///< which one, in words
    std::vector<failing_trial> minimal_failing;  ///< fewest decisions first, then search order
};

/// Every subset of the decisions offered by the undisturbed run (Partisan's powerset), fewest
/// first, then in the order of the sites met. Of a site's alternatives a subset holds one or none.
/// Throws std::logic_error when `reduce` finds its requirement broken.
[[nodiscard]] certificate exhaust_static(evaluator&, const exhaust_options&,
                                         const progress_function& = {},
                                         const failing_function& = {});

/// Branches on each decision actually offered: every distinct execution once, fewest decisions
/// first.
/// Throws std::logic_error when a trial does not meet a decision that was offered to it: the
/// application is then not a function of its schedule.
[[nodiscard]] certificate exhaust_dynamic(evaluator&, const exhaust_options&,
                                          const progress_function& = {},
                                          const failing_function& = {});

}  // namespace partita
