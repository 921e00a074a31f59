#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/interposition.hpp>
#include <partita/runtime/name_table.hpp>
#include <partita/runtime/overlay.hpp>
#include <partita/runtime/ports.hpp>

namespace partita {

class stack_pool;

/// What an actor made of an envelope.
enum class handling : std::uint8_t { handled, not_accepted, undecodable };

/// A handler actor as its node sees it.
class behaviour {
   public:
    virtual ~behaviour() = default;
    virtual void on_start(context&) = 0;
    virtual handling on_envelope(context&, const envelope&) = 0;
};

/// The body of a fiber actor; it ends when the function returns.
using fiber_function = std::function<void(fiber_context&)>;

struct node_options {
    std::uint64_t incarnation = 1;        ///< 1 at the first start, one more at each restart
    std::size_t mailbox_max = 1'000'000;  ///< envelopes that may wait in one mailbox
};

namespace detail {

template <typename Handler, typename Message>
[[nodiscard]] handling handle(Handler& handler, context& self, const envelope& message) {
    Message value{};
    if (!decode(message.payload.bytes(), value)) return handling::undecodable;
    handler.on_message(self, std::as_const(value));
    return handling::handled;
}

template <typename Handler, typename... Types>
[[nodiscard]] handling dispatch(messages<Types...>, Handler& handler, context& self,
                                const envelope& message) {
    handling answer = handling::not_accepted;
    (void)((message.type->hash == message_type_of<Types>.hash &&
            (answer = handle<Handler, Types>(handler, self, message), true)) ||
           ...);
    return answer;
}

/// A class with `accepts` and on_message overloads, as a behaviour.
template <typename Handler>
class handler_behaviour final : public behaviour {
   public:
    template <typename... Arguments>
    explicit handler_behaviour(Arguments&&... arguments)
        : handler_{std::forward<Arguments>(arguments)...} {}
    void on_start(context& self) override {
        if constexpr (requires { handler_.on_start(self); }) handler_.on_start(self);
    }
    handling on_envelope(context& self, const envelope& message) override {
        return dispatch(typename Handler::accepts{}, handler_, self, message);
    }

   private:
    Handler handler_;
};

}  // namespace detail

/// One node: its actors, their names and mailboxes, the interposition pipeline and the overlay.
/// Lives on one thread and touches the world only through its ports. Destroying it is what a crash
/// does: everything but storage is gone.
class node {
   public:
    node(node_id, const node_options&, const ports&, std::unique_ptr<overlay>, stack_pool&);
    ~node();
    node(const node&) = delete;
    node& operator=(const node&) = delete;

    [[nodiscard]] node_id id() const { return id_; }
    [[nodiscard]] interposition& hooks() { return hooks_; }
    [[nodiscard]] partita::overlay& overlay() { return *overlay_; }

    /// Starts a handler actor: a class with `using accepts = messages<...>`, an
    /// `on_message(context&, const M&)` for each, and optionally `on_start(context&)`. An empty
    /// name registers none; a name that is taken passes to the new actor.
    template <typename Handler, typename... Arguments>
    actor_id spawn(std::string_view name, Arguments&&... arguments) {
        return spawn_behaviour(name, std::make_unique<detail::handler_behaviour<Handler>>(
                                         std::forward<Arguments>(arguments)...));
    }
    /// Starts a fiber actor: a function that may wait in the middle. It begins to run at once, up
    /// to its first wait.
    actor_id spawn_fiber(std::string_view name, fiber_function);
    actor_id spawn_behaviour(std::string_view name, std::unique_ptr<behaviour>);

    /// From the transport: passes the receive hooks, then reaches its actor.
    void deliver(envelope_ptr);
    /// From the task port: reaches its actor.
    void deliver_local(envelope_ptr);
    /// From the clock: a timer of an actor, or a message that a receive hook held back.
    void deliver_timer(envelope_ptr);
    /// From the transport: the connection to a watched node is lost.
    void peer_down(node_id);

    /// Hints that a message comes soon, from the same thread: its actor's memory is asked for,
    /// first (`near` false) where the actor is kept, some messages later what it will run on.
    void expect(const envelope&, bool near) const;

    /// The node is about to be destroyed: whatever its actors still do, until they return, has no
    /// effect. For a crash in the middle of a handler.
    void stop() { stopping_ = true; }
    [[nodiscard]] bool stopped() const { return stopping_; }

    [[nodiscard]] std::size_t actors() const { return alive_; }

   private:
    friend class context;
    friend class fiber_context;
    friend class fiber_cell;
    friend class handler_cell;
    struct lane {
        node_id source;
        std::uint64_t channel = 0;
        auto operator<=>(const lane&) const = default;
    };

    void send(actor_id from, actor_id to, envelope_ptr&&, const send_options&);
    void send_remote(envelope_ptr&&);
    void note_disposition(const envelope&, const disposition&);
    void hold(envelope_ptr, const disposition&);
    void receive(envelope_ptr&&, event_kind);
    void reached(const actor_cell&, const envelope&, event_kind);
    [[nodiscard]] bool runtime_message(const envelope&);
    void watch(actor_id watcher, actor_id watched);
    void unwatch(actor_id watcher, actor_id watched);
    template <typename T>
    void send_plain(actor_id from, actor_id to, const T&);
    void tell_down(actor_id watcher, actor_id watched, std::string_view reason);
    void ended(actor_cell&, std::string_view reason);
    void failed(actor_cell&, event_kind, std::string_view what);
    [[nodiscard]] actor_cell* find(actor_id) const;
    actor_id add(std::unique_ptr<actor_cell>, std::string_view name);
    event_id record(event_kind, const envelope*, actor_id, event_id cause,
                    std::string_view text = {});
    void drop(const envelope&, std::string_view why);
    void lose(const envelope&);
    void pass_on(envelope_ptr, const disposition&);
    void collect_dead();

    node_id id_;
    node_options options_;
    ports ports_;
    std::unique_ptr<partita::overlay> overlay_;
    stack_pool* stacks_;
    interposition hooks_;
    std::vector<std::unique_ptr<actor_cell>> cells_;  // by spawn ordinal - 1
    detail::name_table names_;                        // who bears them
    std::map<lane, time_point> held_until_;
    std::map<actor_id, std::vector<actor_id>> watchers_;  // watched here -> who watches
    std::map<actor_id, std::vector<actor_id>> watching_;  // watched anywhere -> who here watches
    std::vector<actor_cell*> dead_;
    std::uint64_t correlation_ = 0;
    std::size_t alive_ = 0;
    event_id current_event_;
    std::uint32_t depth_ = 0;
    bool stopping_ = false;
};

template <typename Handler, typename... Arguments>
actor_id context::spawn(std::string_view name, Arguments&&... arguments) {
    return node_->spawn<Handler>(name, std::forward<Arguments>(arguments)...);
}

/// Thrown by a port when a stated bound is hit, through user code up to the node, which records it.
/// Not a std::exception, so that user code does not catch it by accident.
struct bound_reached {
    std::string_view which;
};

}  // namespace partita
