#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <partita/models/client_history.hpp>
#include <partita/schedules/result.hpp>
#include <partita/schedules/trial.hpp>

namespace partita {

/// Where a check gives up with the verdict `inconclusive`. Counted, not timed: equal histories have
/// equal verdicts everywhere.
struct check_bounds {
    std::uint64_t steps_max = 20'000'000;  ///< of the model, or of whatever else is repeated
    std::size_t memory_bytes_max = std::size_t{1} << 30;
};

/// What a check found.
struct check_outcome {
    partita::verdict verdict = partita::verdict::holds;
    /// Not `holds`: a short fixed phrase that equal findings share (`no linearization`, `G-single`,
    /// `lost update`, `step bound`).
    std::string kind;
    /// Not `holds`: which operation does not fit and why, in sentences that quote operations.
    std::string explanation;
    /// Violated: the operations that show it, as indices into the history; the one that does not
    /// fit comes first.
    std::vector<std::size_t> evidence;
    /// Violated: the history up to and with the event at this position is the shortest prefix that
    /// is illegal (what was not answered by then is of unknown outcome). client_operation::never
    /// where a check has no such prefix.
    std::uint64_t prefix_end = client_operation::never;
    /// Holds: an order of operations that the model allows, where the check makes one.
    std::vector<std::size_t> witness;
    std::uint64_t steps = 0;
};

/// A check by its name, as `partita check --model MODEL --consistency CONSISTENCY` finds it.
struct history_checker {
    std::string model;        ///< `register`, `kv`, `queue`, `list-append`, ...
    std::string consistency;  ///< `linearizable`, `sequential`, `causal`, ...
    std::string about;        ///< one line, with the functions and the shapes of their values
    /// An operation that the model has no name for, or with a value of another shape, is an error
    /// that names its line.
    std::function<result<check_outcome>(const client_history&, const check_bounds&)> check;
};

/// All that there are, the usual consistency of each model first.
[[nodiscard]] const std::vector<history_checker>& history_checkers();

}  // namespace partita
