#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/node.hpp>

/// Supervision: actors that start others and start them again when they fail, as in Erlang/OTP.
///
///     here.spawn<supervisor>("root", supervision{
///         .strategy = restart_strategy::rest_for_one,
///         .children = {child<store>("store"), child_fiber("poller", poll).transient()},
///     });
namespace partita {

/// Whether a child that ended is started again.
enum class restart_rule : std::uint8_t {
    permanent,  ///< always
    transient,  ///< if it ended for another reason than "exit" and "shutdown"
    temporary,  ///< never; it is forgotten
};

/// Which children are started again with one that failed; the others of them are stopped first, the
/// youngest first.
enum class restart_strategy : std::uint8_t {
    one_for_one,   ///< itself
    one_for_all,   ///< all that ran
    rest_for_one,  ///< itself and those that were started after it
};

/// How to start one child, and what to do when it ends.
struct child_spec {
    std::string id;  ///< unique among its siblings
    /// Spawns it. What it throws counts as the child's end.
    std::function<actor_id(context&)> start;
    restart_rule restart = restart_rule::permanent;
    /// It is killed if it has not ended that long after it was asked to; the greatest: never.
    duration shutdown = std::chrono::seconds(5);

    [[nodiscard]] child_spec transient() const { return with(restart_rule::transient); }
    [[nodiscard]] child_spec temporary() const { return with(restart_rule::temporary); }
    [[nodiscard]] child_spec with(restart_rule rule) const {
        child_spec changed = *this;
        changed.restart = rule;
        return changed;
    }
    [[nodiscard]] child_spec shut_down_within(duration time) const {
        child_spec changed = *this;
        changed.shutdown = time;
        return changed;
    }
};

/// A handler actor of that name, constructed anew from these arguments at each start.
template <typename Handler, typename... Arguments>
[[nodiscard]] child_spec child(std::string name, Arguments... arguments) {
    auto start = [name, arguments...](context& self) {
        return self.spawn<Handler>(name, arguments...);
    };
    return {std::move(name), std::move(start)};
}

/// A fiber actor of that name.
[[nodiscard]] child_spec child_fiber(std::string name, fiber_function body);

// What a supervisor answers, from whatever node it is asked. A function cannot be sent, so a new
// child is named by its kind, which supervision::make_child knows.

struct which_children {};
PARTITA_MESSAGE(which_children)
struct child_state {
    std::string id;
    actor_id actor;  ///< invalid while it does not run
    std::uint64_t starts = 0;
};
PARTITA_MESSAGE(child_state, id, actor, starts)
/// Those of a supervisor, in the order of their start.
struct child_list {
    std::vector<child_state> all;
};
PARTITA_MESSAGE(child_list, all)

/// Answered by child_started, or child_refused.
struct start_child {
    std::string id;
    std::string kind;
    std::string argument;
};
PARTITA_MESSAGE(start_child, id, kind, argument)
/// Starts one that was terminated, or ended and was not started again. Answered likewise.
struct restart_child {
    std::string id;
};
PARTITA_MESSAGE(restart_child, id)
/// Stops one, and keeps what it was unless it is temporary. Answered by child_stopped once it has
/// ended, or child_refused.
struct terminate_child {
    std::string id;
};
PARTITA_MESSAGE(terminate_child, id)
/// Forgets one that does not run. Answered likewise.
struct delete_child {
    std::string id;
};
PARTITA_MESSAGE(delete_child, id)
struct child_started {
    std::string id;
    actor_id actor;
};
PARTITA_MESSAGE(child_started, id, actor)
struct child_stopped {
    std::string id;
};
PARTITA_MESSAGE(child_stopped, id)
struct child_refused {
    std::string id;
    std::string why;
};
PARTITA_MESSAGE(child_refused, id, why)

namespace detail {
// A supervisor to itself: the child it waits for has had its time; the start of a child threw.

struct shutdown_late {
    actor_id child;
};
PARTITA_MESSAGE(shutdown_late, child)
struct start_failed {
    std::string id;
    std::string reason;
};
PARTITA_MESSAGE(start_failed, id, reason)
}  // namespace detail

/// What a supervisor looks after, and how.
struct supervision {
    restart_strategy strategy = restart_strategy::one_for_one;
    /// More restarts than that within `period`, and the supervisor gives up: it stops its children
    /// and ends with "restart intensity reached", which is for its own supervisor to deal with. The
    /// defaults are those of Partisan's peer service (OTP's own are 1 in 5 s, too few for a world
    /// with faults in it).
    std::size_t restarts_max = 10;
    duration period = std::chrono::seconds(10);
    /// What an actor throws ends a simulated trial as violated. With this, what a child throws only
    /// ends the child: a trace tells of it as the child's exit, and properties may judge it.
    bool tolerates_exceptions = false;
    std::vector<child_spec> children{};  ///< started in this order, stopped in the reverse
    std::size_t children_max = 100'000;
    /// Makes what start_child asks for; nothing: there is no such kind.
    std::function<std::optional<child_spec>(const start_child&)> make_child{};
};

/// The handler actor that does it. Linked with its children, so that none outlives it; traps exits.
/// It does one thing at a time: while it waits for a child to end, other ends and requests wait.
/// stop_actor(supervisor), or the end of an actor linked with it (its own supervisor), makes it
/// stop its children and end for that reason.
class supervisor {
   public:
    using accepts = messages<exited, detail::shutdown_late, detail::start_failed, which_children,
                             start_child, restart_child, terminate_child, delete_child>;
    static constexpr std::string_view gave_up = "restart intensity reached";

    explicit supervisor(supervision);
    void on_start(context&);
    void on_message(context&, const exited&);
    void on_message(context&, const detail::shutdown_late&);
    void on_message(context&, const detail::start_failed&);
    void on_message(context&, const which_children&);
    void on_message(context&, const start_child&);
    void on_message(context&, const restart_child&);
    void on_message(context&, const terminate_child&);
    void on_message(context&, const delete_child&);

   private:
    struct kept_child {
        child_spec spec;
        actor_id actor;  // invalid: does not run
        std::uint64_t starts = 0;
        bool start_again = false;  // once those that have to stop have
    };
    using place = std::vector<kept_child>::iterator;

    using task = std::function<void(context&)>;

    [[nodiscard]] place find(std::string_view id);
    [[nodiscard]] place find(actor_id);
    /// Why it could not be started.
    std::optional<std::string> start(context&, kept_child&);
    void start_or_report(context&, kept_child&);
    void start_for(context&, const caller&, std::string_view id);
    void failed(context&, std::string_view id, std::string_view reason);
    [[nodiscard]] bool too_often(time_point now);
    void restart_with(context&, place);
    void start_again(context&);
    void end(context&, std::string reason);
    /// Stops these in this order; then does what is left to do.
    void stop(context&, std::vector<std::string> ids, task then);
    void stop_next(context&);
    /// Now, or when it no longer waits for a child to end.
    void when_free(context&, task);
    void run_waiting(context&);

    supervision what_;
    std::vector<kept_child> children_;  // in the order of their start
    std::deque<time_point> restarts_;
    std::deque<std::string> stopping_;
    actor_id stopping_child_;  // valid while it waits
    timer_id stopping_timer_;
    task then_;
    std::deque<task> waiting_;
    bool at_work_ = false;                // on those
    std::optional<std::string> end_for_;  // set: it ends, whatever else was to do
};

/// A supervisor under a supervisor; it is given all the time it needs to stop.
[[nodiscard]] child_spec child_supervisor(std::string name, supervision);

}  // namespace partita
