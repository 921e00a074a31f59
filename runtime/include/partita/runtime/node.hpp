#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/runtime/cell_table.hpp>
#include <partita/runtime/channel_options.hpp>
#include <partita/runtime/context.hpp>
#include <partita/runtime/delivery.hpp>
#include <partita/runtime/interposition.hpp>
#include <partita/runtime/membership.hpp>
#include <partita/runtime/name_table.hpp>
#include <partita/runtime/node_events.hpp>
#include <partita/runtime/overlay.hpp>
#include <partita/runtime/ports.hpp>

namespace partita {

class stack_pool;
namespace detail {
class membership_actor;
class delivery_layer;
class node_links;
}

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
    /// Orders the lives of one node: greater at each restart, from 1.
    std::uint64_t incarnation = 1;
    std::size_t mailbox_max = 1'000'000;  ///< envelopes that may wait in one mailbox
    std::uint8_t relays_max = 5;          ///< how often a message to others may be relayed
    std::shared_ptr<const channel_table> channels;  ///< null: none declared
    /// A node may run on several threads, each with a node object of its own; 0 to 127.
    std::uint32_t thread = 0;
    delivery_options delivery;
};

namespace detail {

template <typename Handler, typename Message>
[[nodiscard]] handling handle(Handler& handler, context& self, const envelope& message) {
    (void)registered_type<Message>::done;
    Message value{};
    if (!partita::decode(message.payload, value)) return handling::undecodable;
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
    /// Which life of the node this is; each restart has a greater one.
    [[nodiscard]] std::uint64_t incarnation() const { return options_.incarnation; }
    [[nodiscard]] interposition& hooks() { return hooks_; }
    [[nodiscard]] partita::overlay& overlay() { return *overlay_; }
    [[nodiscard]] const channel_table& channels() const { return *options_.channels; }

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

    /// A node on sockets may run on several threads, each with a node object of its own that has
    /// part of the actors; actors stay where they were spawned, and reach each other all the same.
    [[nodiscard]] std::size_t threads() const { return ports_.tasks->threads(); }
    /// Runs `action` with the node object of that thread: at once when it is this one, else soon.
    /// Requires: thread < threads().
    void on_thread(std::size_t thread, std::function<void(node&)> action);

    /// From the transport: passes the receive hooks, then reaches its actor.
    void deliver(envelope_ptr);
    /// From the task port: reaches its actor.
    void deliver_local(envelope_ptr);
    /// From the clock: a timer of an actor, or a message that a receive hook held back.
    void deliver_timer(envelope_ptr);
    /// From the transport: that node, in the life given, is connected on all declared channels,
    /// whoever asked for it. `role` is what it says of itself; `address` what connect() was given,
    /// if it was dialled, and else what it says.
    void peer_up(const peer_spec&, std::uint64_t incarnation);
    /// From the transport: the last connection to that node is lost, or none came to be. Not told
    /// of what this node disconnected itself.
    void peer_down(node_id, std::string_view reason = "node down");
    /// From the transport, after peer_up: all connections of that channel are up, or not all any
    /// more. When the last channel goes down, so does the peer.
    void channel_up(node_id, std::uint64_t channel);
    void channel_down(node_id, std::uint64_t channel);

    /// Spawns the actor that runs a dynamic overlay; to be called once, on the first thread, before
    /// the application's own actors. Does nothing for an overlay without a protocol.
    void start_membership();
    /// See context::join, leave, members, connected and fiber_context::sync_join.
    void join(const peer_spec& contact);
    void leave(node_id);
    [[nodiscard]] const std::vector<node_id>& members() const { return overlay_->members(); }
    [[nodiscard]] std::vector<node_id> connected() const;
    void sync_join(const peer_spec& contact, duration timeout,
                   std::function<void(tl::expected<void, join_error>)> done);
    /// Calls back at each such event from now on, on the node's thread, until cancelled; says
    /// nothing of those connected already. cancel: false when there was none.
    event_handle on_up(up_callback, const event_filter& = {});
    event_handle on_down(down_callback, const event_filter& = {});
    bool cancel(event_handle handle) { return peers_.cancel(handle); }

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
    friend class detail::membership_actor;
    friend class detail::delivery_layer;
    friend class detail::node_links;
    friend struct detail::context_access;
    /// One monitor, as the node of the watcher and that of the watched keep it.
    struct monitor_row {
        actor_id watcher;
        std::uint64_t number = 0;
        detail::monitor_use use = detail::monitor_use::tell;
        bool reliable = false;
    };
    using watched_by = std::pair<actor_id, actor_id>;  // watcher, watched
    struct lane {
        node_id source;
        std::uint64_t channel = 0;
        std::uint32_t index = 0;
        auto operator<=>(const lane&) const = default;
    };

    void send(actor_id from, actor_id to, envelope_ptr&&, const send_options&);
    void send_remote(envelope_ptr&&);
    [[nodiscard]] bool leave(envelope&);
    void put_on_link(envelope_ptr&&);
    void relay(envelope_ptr&&);
    void note_disposition(const envelope&, const disposition&);
    void hold(envelope_ptr, const disposition&);
    void receive(envelope_ptr&&, event_kind);
    void reach(envelope_ptr&&, event_kind);
    void hand_over(envelope_ptr&&);
    [[nodiscard]] detail::delivery_layer& delivery();
    void reached(const actor_cell&, const envelope&, event_kind);
    [[nodiscard]] bool runtime_message(envelope&);
    [[nodiscard]] bool take_down(envelope&);
    void watch(const monitor_row&, actor_id watched, const send_options&);
    void unwatch(actor_id watcher, actor_id watched, std::optional<std::uint64_t> number);
    void unwatch_all(actor_id watcher);
    template <typename T>
    void send_plain(actor_id from, actor_id to, const T&, const send_options& = {},
                    std::uint64_t correlation = 0);
    void tell_down(const monitor_row&, actor_id watched, std::string_view reason,
                   std::optional<std::uint64_t> partition_key = {});
    void tell_monitors_of(node_id gone);
    void tell_watchers_of(actor_id address, std::string_view reason, std::uint64_t partition_key);
    [[nodiscard]] detail::node_links& links();
    void take_name(actor_cell&, std::string_view name);
    void give_up_name(actor_cell&);
    void forget_peer(node_id, std::string_view reason);
    template <typename T>
    void tell_watchers(const T&);
    template <typename T>
    void tell_membership(const T&);
    void watch_peers();
    void watch_nodes(actor_id watcher);
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
    std::uint64_t address_prefix_;  // of the addresses of its actors
    ports ports_;
    std::unique_ptr<partita::overlay> overlay_;
    stack_pool* stacks_;
    interposition hooks_;
    detail::cell_table cells_;                        // by spawn ordinal
    detail::name_table names_;                        // who bears them
    std::map<lane, time_point> held_until_;
    std::map<actor_id, std::vector<monitor_row>> watchers_;    // watched here -> who watches
    std::map<watched_by, std::vector<monitor_row>> watching_;  // who here watches, whom anywhere
    detail::peer_table peers_;
    std::unique_ptr<detail::delivery_layer> delivery_;  // null until something needs it
    std::unique_ptr<detail::node_links> links_;           // likewise
    std::vector<actor_cell*> dead_;
    std::vector<std::string> dead_reasons_;  // of dead_
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
