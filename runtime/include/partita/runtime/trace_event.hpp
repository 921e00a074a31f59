#pragma once

#include <cstdint>
#include <string_view>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/ids.hpp>

namespace partita {

/// What can happen on a node, as a trace tells it. The same on sockets and in simulation.
enum class event_kind : std::uint8_t {
    send,       ///< a message left an actor for another node
    local,      ///< a message, or a timer set, that stays on its node
    deliver,    ///< a message reached its actor
    fire,       ///< a timer reached its actor
    drop,       ///< a message will never reach its actor; `text` says why
    delay,      ///< interposition held a message back
    duplicate,  ///< interposition added copies of a message
    rewrite,    ///< interposition altered a message
    spawn,      ///< an actor began
    exit,       ///< an actor ended
    crash,      ///< the node stopped and lost its memory
    restart,    ///< the node came back with its storage
    pause,      ///< the node stalled
    resume,     ///< the node went on
    note,       ///< the application said something (context::note)
    invoke,     ///< a command of the workload began
    respond,    ///< a command of the workload ended
    fault,      ///< a fault began or ended
    failure,    ///< user code threw, or broke a rule of the runtime; `text` says what
    bound,      ///< a stated bound was hit; `text` says which
};
[[nodiscard]] std::string_view to_text(event_kind);

/// One event as it happens. `message` and `text` are only good while the event is being recorded.
struct trace_event {
    event_kind kind = event_kind::note;
    time_point at;
    node_id node;                       ///< where
    actor_id actor;                     ///< whose; no actor for events of the node
    const envelope* message = nullptr;  ///< for events of a message
    event_id cause;                     ///< what led to it besides the node's previous event
    std::string_view text;
};

/// Takes down what happens. One method, so that anything can listen.
class observer {
   public:
    virtual ~observer() = default;
    virtual event_id record(const trace_event&) = 0;
};

}  // namespace partita
