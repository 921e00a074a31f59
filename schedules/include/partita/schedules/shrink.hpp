#pragma once

#include <functional>
#include <string>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita {

/// Schedules one step weaker or shorter than the given one, most promising first. faults/ knows
/// which fault is weaker than which; schedules/ only tries them, and none that has more steps and
/// deviations than the given one. Requires: no chain of weaker ones is endless.
using reduction_function = std::function<std::vector<schedule>(const schedule&)>;

struct shrink_options {
    std::size_t trials_max = 100'000;
    reduction_function weaken = {};  ///< crash -> partition -> one omission -> delay; empty: none
};

struct shrink_outcome {
    schedule smallest;
    trial_summary summary;   ///< of `smallest`
    std::size_t trials = 0;  ///< that were run to get there
    bool minimal = true;     ///< no single step keeps the failure; false when trials_max was hit
};

/// Makes a failing schedule smaller while it fails in the same way (same_failure): removes
/// deviations and fault steps (ddmin, Zeller and Hildebrandt, TSE 2002), removes commands and
/// waits, brings commands out of the background, weakens faults, shortens waits and the durations
/// and integers in arguments, round after round until no single step keeps the failure: the
/// result is 1-minimal. Deviations whose site is not met go first. A single step removes one
/// element, takes one candidate of `weaken`, or halves a number or takes one from it (in its
/// unit: 3s, 1s, 500ms). No schedule is tried twice. Requires: `trial(failing)` is violated or
/// inconclusive with a violation; if it is not, the outcome is `failing` itself, not called
/// minimal.
[[nodiscard]] shrink_outcome shrink(const schedule& failing, const trial_function& trial,
                                    const shrink_options& = {});

}  // namespace partita
