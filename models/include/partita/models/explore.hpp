#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <partita/faults/plan.hpp>
#include <partita/models/application.hpp>
#include <partita/schedules/search.hpp>
#include <partita/schedules/shrink.hpp>
#include <partita/schedules/trial.hpp>

namespace partita {

/// Runs schedules as trials, as many at once as it likes, and returns their summaries in order.
using batch_function = std::function<std::vector<trial_summary>(std::span<const schedule>)>;
/// Batches in this process, one trial after the other. The application must outlive it.
[[nodiscard]] batch_function batches_of(const application&);

struct explore_options {
    std::uint64_t seed = 0;
    std::uint64_t trials_max = 10'000;
    /// Trials that RapidCheck's own shrinking may take; partita's shrink goes on from there.
    std::uint64_t shrink_trials_max = 2'000;
    /// Commands in one workload; 0 = as many as the application says.
    std::size_t commands_max = 0;
};

struct explore_outcome {
    std::uint64_t trials = 0;      ///< until the first failure, or all
    std::uint64_t executions = 0;  ///< distinct traces among them
    std::uint64_t inconclusive = 0;
    /// For each occurrence that the application declares, in how many of the trials it happened.
    std::vector<std::uint64_t> occurred;
    std::optional<schedule> generated;     ///< the failing schedule as it was generated
    std::optional<schedule> found;         ///< the same after RapidCheck's shrinking
    std::optional<trial_summary> summary;  ///< of `found`
    std::uint64_t shrink_trials = 0;
};

/// Random search: RapidCheck generates whole schedules, the workload by the application's model and
/// the faults by the plan (windows as fault steps, and deviations at sites that earlier trials
/// met), runs them, and shrinks the first that fails. Equal seeds, applications and plans give
/// equal outcomes, whatever the batches do in parallel. `reference` gives the parameters of every
/// trial; throws std::invalid_argument when the application does not know them.
[[nodiscard]] explore_outcome explore(const application&, const application_reference& reference,
                                      const fault_plan&, const explore_options&,
                                      const batch_function&, const progress_function& = {});

/// For shrink_options::weaken: the steps of faults/weaken.hpp, with the messages that faults made
/// disappear taken from a trial of the schedule in this process. The application must outlive it.
[[nodiscard]] reduction_function weakenings(const application&);

}  // namespace partita
