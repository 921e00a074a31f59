#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/ids.hpp>
#include <partita/runtime/membership.hpp>
#include <partita/runtime/message.hpp>
#include <partita/runtime/ports.hpp>
#include <partita/runtime/random_source.hpp>

namespace partita {

class node;
class actor_cell;
class fiber_context;

/// How to send one message.
struct send_options {
    partita::channel channel{};  ///< the default channel when empty
    /// Messages of one sender with equal keys keep their order; by default all of an actor's do.
    std::optional<std::uint64_t> partition_key{};
    /// Sent again until acknowledged, and given to the actor once; by default as the channel says.
    std::optional<bool> reliable{};
    /// Not given to the actor before what causally precedes it on causal channels; by default as
    /// the channel says. Implies reliable, since one lost message would hold up all that follow.
    /// A node of several threads has no such order; asking for it throws std::logic_error.
    std::optional<bool> causal{};
};

/// Who waits for an answer: a plain value that may be kept, sent on and answered later, once.
struct caller {
    actor_id actor;
    std::uint64_t correlation = 0;
    auto operator<=>(const caller&) const = default;
};
PARTITA_MESSAGE(caller, actor, correlation)

/// Why an actor ended. Besides these: "exit: WHY" (context::exit), "exception: WHAT" and
/// "linked: REASON", the reason of the first that ended in a chain of links.
namespace end_reason {
inline constexpr std::string_view normal = "exit";  ///< exit(), or the function returned
inline constexpr std::string_view shutdown = "shutdown";
inline constexpr std::string_view kill = "kill";  ///< asks for "killed"; cannot be trapped
inline constexpr std::string_view killed = "killed";
inline constexpr std::string_view no_actor = "no such actor";  ///< there was none to ask
inline constexpr std::string_view node_down = "node down";
}  // namespace end_reason

/// Sent once to whoever monitors an actor when it is gone; the reasons are those of end_reason. One
/// that travels between nodes may be lost unless the monitor is reliable; the loss of the node is
/// always told.
struct down {
    actor_id actor;
    std::string reason;
};
PARTITA_MESSAGE(down, actor, reason)

/// One monitor, to take it back. The default names none.
struct monitor_handle {
    actor_id watched;
    std::uint64_t number = 0;
    auto operator<=>(const monitor_handle&) const = default;
};

/// What an actor that traps exits gets in place of being ended.
struct exited {
    actor_id actor;
    std::string reason;
    /// True: that actor asked me to stop (stop_actor). False: it was linked with me, and ended.
    bool asked = false;
};
PARTITA_MESSAGE(exited, actor, reason, asked)

/// Why a call or a request has no reply.
enum class call_error : std::uint8_t {
    timeout,
    no_actor,    ///< there is none, or it ended before it answered
    node_down,   ///< its node is not connected (any longer)
    unanswered,  ///< enough others had answered by then (multicall)
};

/// Names a request until its answer. The default names none.
struct request_id {
    std::uint64_t value = 0;
    auto operator<=>(const request_id&) const = default;
};
PARTITA_MESSAGE(request_id, value)

/// Comes to who made a request, in place of its reply.
struct request_failed {
    request_id id;
    call_error why = call_error::timeout;
};
PARTITA_MESSAGE(request_failed, id, why)

struct request_options {
    send_options send{};
    bool monitored = true;  ///< fails early when the actor or its node is known to be gone
};

struct multicall_options {
    send_options send{};
    std::size_t quorum = SIZE_MAX;  ///< replies that are enough
    bool monitored = true;          ///< as of request_options
};

namespace detail {
enum class monitor_use : std::uint8_t { tell, call, request };
struct context_access;
}  // namespace detail

/// What an actor may do. Handed to every handler; good only during the call it was handed to.
class context {
   public:
    context(partita::node& node, actor_cell& cell) : node_(&node), cell_(&cell) {}

    [[nodiscard]] node_id node() const;
    [[nodiscard]] actor_id self() const;
    /// Who sent the message being handled.
    [[nodiscard]] actor_id sender() const;
    /// Whom to answer: the one whose call or message is being handled.
    [[nodiscard]] partita::caller caller() const;
    [[nodiscard]] time_point now() const;
    /// The nodes that belong, this one included, as this node believes, in order. Members are not
    /// always connected. A list that may change: copy it to go through it over waits.
    [[nodiscard]] const std::vector<node_id>& members() const;
    /// Whoever bears my registered name on that node.
    [[nodiscard]] actor_id peer(node_id) const;
    /// Whoever bears that name on this node.
    [[nodiscard]] actor_id local(std::string_view name) const {
        return actor_id::named(node(), name);
    }

    /// Sends, and forgets. May be lost, late, or (under faults) repeated or corrupted; order holds
    /// between two nodes on one channel.
    template <described T>
    void send(actor_id to, const T& message, const send_options& options = {}) {
        send_envelope(to, encoded(message), options);
    }
    /// Sends to my namesakes on all of these nodes, in their order.
    template <described T, typename Nodes>
    void send_peers(const Nodes& nodes, const T& message, const send_options& options = {}) {
        for (const node_id each : nodes) send(peer(each), message, options);
    }
    /// Answers a call (or a plain message: then it arrives as one).
    template <described T>
    void reply(const partita::caller& to, const T& message, const send_options& options = {}) {
        envelope_ptr answer = encoded(message);
        answer->correlation = to.correlation;
        answer->is_reply = to.correlation != 0;
        send_envelope(to.actor, std::move(answer), options);
    }
    /// Sends to myself after `delay`; the node's clock decides.
    template <described T>
    timer_id send_after(duration delay, const T& message) {
        return start_timer(delay, encoded(message));
    }
    void cancel(timer_id);

    /// Says something the trace keeps and a property can read: `self.note(delivered{value})`.
    template <described T>
    void note(const T& observation) {
        envelope_ptr said = encoded(observation);
        record_note(*said);
    }

    /// A stream of this actor's own, named after node and actor, so that one more draw here shifts
    /// nobody else's.
    [[nodiscard]] random_source& random();
    /// What survives a crash of this node. Shared by its actors: prefix your keys.
    [[nodiscard]] storage_port& storage();

    /// Starts a handler actor on this node; see node::spawn.
    template <typename Handler, typename... Arguments>
    actor_id spawn(std::string_view name, Arguments&&... arguments);

    /// Starts a fiber actor on this node; see node::spawn_fiber.
    actor_id spawn_fiber(std::string_view name, std::function<void(fiber_context&)> body);

    /// Asks for one `down` when that actor, or its node, is gone. By name: when whoever bears it
    /// then ends, or gives it up; monitor again for the next. Several monitors of one actor tell
    /// each. With {.reliable = true} neither the request nor the answer is lost while both nodes
    /// live.
    monitor_handle monitor(actor_id, const send_options& = {});
    /// No `down` of it reaches me after this. By actor: of none of my monitors of that address.
    void demonitor(const monitor_handle&);
    void demonitor(actor_id);

    /// From now on, when that actor ends abnormally (for any reason but "exit"), or its node does,
    /// I end too, with "linked: REASON"; and the other way round. There is one link between two
    /// actors at most. It is lost like a monitor, unless reliable. By name: with its bearer of now,
    /// for as long as it bears the name.
    void link(actor_id, const send_options& = {});
    void unlink(actor_id);
    /// Whether to get `exited` in place of being ended by others: of links, for whatever reason,
    /// and of stop_actor, for all reasons but `kill`.
    void trap_exits(bool trap);
    /// Ends that actor for that reason; one that traps exits decides itself, except about
    /// end_reason::kill. May be lost like any message.
    void stop_actor(actor_id, std::string_view reason = end_reason::shutdown,
                    const send_options& = {});

    /// I bear this name on my node from now on, and no other; whoever bore it has none any more.
    void register_name(std::string_view name);
    /// I bear no name any more. Whoever monitors it is told "no such actor".
    void unregister_name();
    /// Who bears that name on this node (of a node of several threads: on this thread); invalid if
    /// nobody does.
    [[nodiscard]] actor_id whereis(std::string_view name) const;

    /// Sends a request, and goes on. What comes later, as a message of its own: the reply, for
    /// which answered() is this id, or request_failed. Never both, and nothing after that.
    template <described T>
    request_id request(actor_id to, const T& message, duration timeout,
                       const request_options& options = {}) {
        return send_request(to, encoded(message), timeout, options);
    }
    /// Which request the message being handled answers; none for other messages.
    [[nodiscard]] request_id answered() const;

    /// Makes this node and the contact members of one overlay, sooner or later: the connection is
    /// tried until it comes to be. A node that left, or was removed, comes back by its own join.
    void join(const peer_spec& contact);
    /// This node, or another, belongs no longer. It stays away until it joins again, or restarts.
    void leave();
    void leave(node_id);
    /// The nodes that are connected now, in order. Where all are members from the start this is
    /// known only of a node that asked for node events.
    [[nodiscard]] std::vector<node_id> connected() const;
    /// From now on this actor gets node_up, node_down, member_joined and member_left (see
    /// node_events.hpp); first a node_up for each node that is connected.
    void monitor_nodes();
    void demonitor_nodes();
    /// Ends this actor once the handler returns; a fiber, when it next waits.
    void exit();
    /// The same, for the reason "exit: WHY", which is abnormal.
    void exit(std::string_view why);

   protected:
    friend struct detail::context_access;
    template <described T>
    [[nodiscard]] envelope_ptr encoded(const T& message) {
        (void)detail::registered_type<T>::done;
        envelope_ptr fresh = make_envelope(&message_type_of<T>);
        encode(fresh->payload, message);
        return fresh;
    }
    [[nodiscard]] envelope_ptr make_envelope(const message_type*);
    void send_envelope(actor_id to, envelope_ptr&&, const send_options&);
    request_id send_request(actor_id to, envelope_ptr&&, duration timeout, const request_options&);
    timer_id start_timer(duration, envelope_ptr);
    void record_note(const envelope&);

    partita::node* node_;
    actor_cell* cell_;
};

namespace detail {

/// One type: itself. Several: a variant.
template <typename... Types>
struct one_of {
    using type = std::variant<Types...>;
};
template <typename Type>
struct one_of<Type> {
    using type = Type;
};
template <typename... Types>
using one_of_t = typename one_of<Types...>::type;

template <typename Result, typename First, typename... Rest>
[[nodiscard]] bool decode_as(const envelope& message, std::optional<Result>& result) {
    (void)detail::registered_type<First>::done;
    if (message.type->hash == message_type_of<First>.hash) {
        First value{};
        if (!partita::decode(message.payload, value)) return false;
        result.emplace(std::move(value));
        return true;
    }
    if constexpr (sizeof...(Rest) != 0) {
        return decode_as<Result, Rest...>(message, result);
    } else {
        return false;
    }
}

}  // namespace detail

/// What became of one of the requests of a multicall.
template <typename... Replies>
struct call_result {
    actor_id actor;
    tl::expected<detail::one_of_t<Replies...>, call_error> answer =
        tl::unexpected(call_error::timeout);
};

/// What a fiber actor may do besides: wait, in the middle of its code.
class fiber_context : public context {
   public:
    using context::context;

    /// The next message of one of these types; others stay in the mailbox, in order. Nothing when
    /// `timeout` passes first. Waits for ever without one: a deadlock then ends the trial as
    /// violated.
    template <described... Types>
    [[nodiscard]] std::optional<detail::one_of_t<Types...>> receive(
        std::optional<duration> timeout = {}) {
        constexpr std::array hashes{message_type_of<Types>.hash...};
        return take<Types...>(wait_for{hashes, 0}, timeout);
    }
    /// Sends a request and waits for the reply to it and no other: a late reply to an earlier call
    /// is dropped. call<ok, error>(to, request, 4s) gives a variant, call<ok>(...) an ok.
    template <described... Replies, described Request>
    [[nodiscard]] tl::expected<detail::one_of_t<Replies...>, call_error> call(
        actor_id to, const Request& request, duration timeout, const send_options& options = {}) {
        constexpr std::array hashes{message_type_of<Replies>.hash...};
        envelope_ptr question = encoded(request);
        const std::uint64_t correlation = next_correlation();
        question->correlation = correlation;
        send_envelope(to, std::move(question), options);
        auto answer = take<Replies...>(wait_for{hashes, correlation}, timeout);
        expect_no_reply();
        if (!answer) return tl::unexpected(call_error::timeout);
        return std::move(*answer);
    }
    /// The same, and monitors the actor meanwhile: fails early with no_actor or node_down. Costs a
    /// message before and one after.
    template <described... Replies, described Request>
    [[nodiscard]] tl::expected<detail::one_of_t<Replies...>, call_error> call_monitored(
        actor_id to, const Request& request, duration timeout, const send_options& options = {});
    /// One request to all of these, and what became of each, in their order. Waits until every
    /// actor answered or is known to be gone, until a quorum replied, or for `timeout`.
    template <described... Replies, typename Actors, described Request>
    [[nodiscard]] std::vector<call_result<Replies...>> multicall(
        const Actors& actors, const Request& request, duration timeout,
        const multicall_options& options = {});
    void sleep(duration);
    /// Joins, and waits until the contact is connected on all channels and both have become members
    /// of one overlay. After a timeout it is still tried.
    [[nodiscard]] tl::expected<void, join_error> sync_join(const peer_spec& contact,
                                                           duration timeout);

   private:
    friend class fiber_cell;
    /// What ends a wait: a message of one of the types, or the reply that bears the correlation.
    struct wait_for {
        std::span<const std::uint64_t> types;
        std::uint64_t correlation = 0;
        std::uint64_t correlations = 1;  // that many, from the one given
    };

    template <typename... Types>
    [[nodiscard]] std::optional<detail::one_of_t<Types...>> take(const wait_for& wanted,
                                                                 std::optional<duration> timeout) {
        const std::optional<time_point> deadline = deadline_after(timeout);
        for (;;) {
            const envelope_ptr message = wait(wanted, deadline);
            if (!message) return std::nullopt;
            std::optional<detail::one_of_t<Types...>> value;
            if (detail::decode_as<detail::one_of_t<Types...>, Types...>(*message, value))
                return value;
            reject(*message);
        }
    }
    [[nodiscard]] std::optional<time_point> deadline_after(std::optional<duration>) const;
    [[nodiscard]] envelope_ptr wait(const wait_for&, std::optional<time_point> deadline);
    /// The first of that many; replies that bear them are kept until expect_no_reply.
    [[nodiscard]] std::uint64_t next_correlation(std::uint64_t count = 1);
    void expect_no_reply();
    void watch_call(actor_id, std::uint64_t correlation);
    void unwatch_call(actor_id, std::uint64_t correlation);
    void reject(const envelope&);
};

}  // namespace partita

#include <partita/runtime/multicall.hpp>
