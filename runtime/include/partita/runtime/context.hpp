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
};

/// Who waits for an answer: a plain value that may be kept, sent on and answered later, once.
struct caller {
    actor_id actor;
    std::uint64_t correlation = 0;
    auto operator<=>(const caller&) const = default;
};
PARTITA_MESSAGE(caller, actor, correlation)

/// Sent to whoever monitors an actor when it is gone: "exit", "exception: ...", "no such actor" or
/// "node down". Lost like any other message when it travels between nodes.
struct down {
    actor_id actor;
    std::string reason;
};
PARTITA_MESSAGE(down, actor, reason)

/// Why a call has no reply.
enum class call_error : std::uint8_t { timeout };

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
    /// The nodes that belong, this one included, as this node believes, in order.
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

    /// Asks for one `down` when that actor, or its node, is gone.
    void monitor(actor_id);
    void demonitor(actor_id);
    /// Ends this actor once the handler returns.
    void exit();

   protected:
    template <described T>
    [[nodiscard]] envelope_ptr encoded(const T& message) {
        envelope_ptr fresh = make_envelope(&message_type_of<T>);
        encode(fresh->payload, message);
        return fresh;
    }
    [[nodiscard]] envelope_ptr make_envelope(const message_type*);
    void send_envelope(actor_id to, envelope_ptr&&, const send_options&);
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
    if (message.type->hash == message_type_of<First>.hash) {
        First value{};
        if (!decode(std::span<const std::byte>(message.payload.bytes()), value)) return false;
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
        if (!answer) return tl::unexpected(call_error::timeout);
        return std::move(*answer);
    }
    void sleep(duration);

   private:
    friend class fiber_cell;
    /// What ends a wait: a message of one of the types, or the reply that bears the correlation.
    struct wait_for {
        std::span<const std::uint64_t> types;
        std::uint64_t correlation = 0;
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
    [[nodiscard]] std::uint64_t next_correlation();
    void reject(const envelope&);
};

}  // namespace partita
