#pragma once

#include <optional>
#include <string>

#include <partita/faults/fault.hpp>
#include <partita/models/application.hpp>
#include <partita/models/history.hpp>
#include <partita/runtime/trace_event.hpp>
#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>
#include <partita/schedules/trial.hpp>
#include <partita/sim/trace.hpp>

/// Where a trial takes place, and what drives it there: a simulated world, or real nodes.
namespace partita {

/// How one command went.
struct performance {
    time_point invoked;
    time_point responded;
    /// None: it has none, and will have none within its bound.
    std::optional<partita::response> response{};
    std::uint64_t invoked_position = 0;  ///< see operation
    std::uint64_t responded_position = 0;
};

/// A verdict that needs no property: user code failed, or a bound was hit.
struct trial_end {
    partita::verdict verdict = partita::verdict::holds;
    partita::violation violation;
};
/// What an event of kind failure or bound comes to.
[[nodiscard]] trial_end end_by(event_kind, node_id, std::string_view text);

/// What a driver needs of the place where a trial happens.
class venue {
   public:
    virtual ~venue() = default;
    /// Lets that time pass.
    virtual void wait(duration) = 0;
    /// Begins or ends a fault. An error: the fault makes no sense here.
    virtual result<void> inject(const fault&) = 0;
    /// Starts a command on its node, and returns a number for it. The command must live until it is
    /// finished. Both ends of it are events of the trace.
    virtual std::size_t begin(const command_definition&, const command&, node_id where) = 0;
    /// Waits until that command responds or its bound of time is over. A node that is down or goes
    /// down meanwhile gives `unknown`. To be called once for each.
    virtual performance finish(std::size_t begun) = 0;
    /// Whether finish() would not wait.
    [[nodiscard]] virtual bool is_finished(std::size_t begun) = 0;
    /// Lifts the faults and waits until nothing is left to happen, within the application's bound.
    virtual void settle() = 0;
    /// Nothing is left to happen.
    [[nodiscard]] virtual bool quiescent() = 0;
    /// Set once the trial cannot go on.
    [[nodiscard]] virtual std::optional<trial_end> end() = 0;
    /// All that happened. Asked last.
    [[nodiscard]] virtual const partita::trace& trace() = 0;
};

/// What a trial came to so far.
struct driven {
    partita::verdict verdict = partita::verdict::holds;
    std::optional<partita::violation> violation{};
    partita::history history{};
    std::size_t steps_taken = 0;                ///< that the trial came to
    std::optional<std::size_t> failed_check{};  ///< the step that decided it, if it is a check
    std::uint64_t occurred = 0;                 ///< see trial_summary
};

/// Takes the steps of a schedule at a venue, one after the other, lets it settle and checks the
/// properties. What the application throws is a violation. A schedule that check_schedule refuses
/// is inconclusive, as in run().
[[nodiscard]] driven drive(const application&, const schedule&, venue&);

}  // namespace partita
