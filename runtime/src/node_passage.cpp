#include <algorithm>
#include <stdexcept>

#include <partita/runtime/node.hpp>

#include "actor_cell.hpp"
#include "delivery_layer.hpp"

namespace partita {

// ---- sending -----------------------------------------------------------------------------------

void node::send(actor_id from, actor_id to, envelope_ptr&& message, const send_options& options) {
    if (stopping_) return;
    message->source = from;
    message->destination = to;
    message->channel = options.channel;
    message->partition_key = options.partition_key.value_or(from.local);
    if (to.node == id_) {
        message->cause = record(event_kind::local, message.get(), from, current_event_);
        return ports_.tasks->post(std::move(message));
    }
    if (!options_.channels->plain() || options.reliable || options.causal) [[unlikely]] {
        const channel_options& usual = options_.channels->of(message->channel);
        const bool causal = options.causal.value_or(usual.causal);
        if (causal && threads() != 1) {
            throw std::logic_error("causal order needs a node of one thread");
        }
        if (causal || options.reliable.value_or(usual.reliable)) {
            return delivery().send(std::move(message), causal);
        }
    }
    send_remote(std::move(message));
}

void node::send_remote(envelope_ptr&& message) {
    if (leave(*message)) put_on_link(std::move(message));
}

/// Chooses the link and numbers the message. False: there is no way to its destination.
bool node::leave(envelope& message) {
    const auto hop = overlay_->next_hop(message.destination.node);
    if (!hop) {
        message.cause = current_event_;
        drop(message, "no route");
        return false;
    }
    message.link_from = id_;
    message.link_to = *hop;
    message.ordinal = ports_.transport->next_ordinal(message);
    message.cause = record(event_kind::send, &message, message.source, current_event_);
    return true;
}

/// Passes the send hooks, and goes.
void node::put_on_link(envelope_ptr&& message) {
    if (hooks_.empty()) return ports_.transport->send(std::move(message), {});
    const disposition answer = hooks_.apply(direction::send, *message);
    if (stopping_) return lose(*message);
    if (answer.dropped) return drop(*message, answer.reason);
    note_disposition(*message, answer);
    const passage_options passage{answer.delay, answer.overtakable};
    std::vector<envelope_ptr> copies;
    for (std::uint32_t copy = 0; copy < answer.copies; ++copy) {
        copies.push_back(ports_.envelopes->copy(*message));
    }
    ports_.transport->send(std::move(message), passage);
    for (envelope_ptr& copy : copies) ports_.transport->send(std::move(copy), passage);
}

/// A message of others, on its way through this node.
void node::relay(envelope_ptr&& message) {
    const auto hop = overlay_->next_hop(message->destination.node);
    if (!hop) return drop(*message, "no route");
    if (message->relays >= options_.relays_max) return drop(*message, "relayed too often");
    ++message->relays;
    message->link_from = id_;
    message->link_to = *hop;
    put_on_link(std::move(message));
}

void node::note_disposition(const envelope& message, const disposition& answer) {
    const auto tell = [&](event_kind kind) {
        record(kind, &message, message.source, message.cause, answer.reason);
    };
    if (answer.rewritten) tell(event_kind::rewrite);
    if (answer.delay > duration{0}) tell(event_kind::delay);
    if (answer.copies != 0) tell(event_kind::duplicate);
}

// ---- receiving ---------------------------------------------------------------------------------

// Inlined by force for the sake of fibers: see fiber::resume.
[[gnu::always_inline]] inline void node::receive(envelope_ptr&& message, event_kind how) {
    if (stopping_) return;
    if (message->destination.node != id_) [[unlikely]]
        return relay(std::move(message));
    if (message->delivery) [[unlikely]]
        return delivery().receive(std::move(message));
    reach(std::move(message), how);
}

[[gnu::always_inline]] inline void node::reach(envelope_ptr&& message, event_kind how) {
    if (runtime_message(*message)) return;
    actor_cell* const cell = find(message->destination);
    if (cell == nullptr) {
        if (detail::delivery_layer::is_own(*message) && delivery().take(*message)) return;
        if (!message->is_timer) drop(*message, "no such actor");
        return;
    }
    const event_id before = current_event_;
    ++depth_;
    cell->take(*this, std::move(message), how);
    --depth_;
    current_event_ = before;
    collect_dead();
}

/// What reliable or causal delivery lets through.
void node::hand_over(envelope_ptr&& message) { reach(std::move(message), event_kind::deliver); }

void node::deliver(envelope_ptr message) {
    if (hooks_.empty() && held_until_.empty()) {
        return receive(std::move(message), event_kind::deliver);
    }
    if (!hooks_.empty()) {
        const disposition answer = hooks_.apply(direction::receive, *message);
        if (stopping_) return lose(*message);
        if (answer.dropped) return drop(*message, answer.reason);
        note_disposition(*message, answer);
        for (std::uint32_t copy = 0; copy < answer.copies; ++copy) {
            pass_on(ports_.envelopes->copy(*message), answer);
        }
        return pass_on(std::move(message), answer);
    }
    pass_on(std::move(message), {});
}

void node::pass_on(envelope_ptr message, const disposition& answer) {
    if (answer.delay > duration{0} || !held_until_.empty()) return hold(std::move(message), answer);
    receive(std::move(message), event_kind::deliver);
}

/// Keeps a message back for the delay a receive hook asked for, or until those of its lane that
/// were kept back before it are through.
void node::hold(envelope_ptr message, const disposition& answer) {
    const time_point now = ports_.clock->now();
    const lane key{
        message->source.node, message->channel.hash,
        lane_of(message->partition_key, options_.channels->of(message->channel).parallelism)};
    const auto held = held_until_.find(key);
    time_point until = later(now, answer.delay);
    // Those kept back until this very instant may still be on their way.
    const bool behind = held != held_until_.end() && held->second >= now && !answer.overtakable;
    if (behind) until = std::max(until, held->second);
    if (until == now && !behind) {
        if (held != held_until_.end() && held->second < now) held_until_.erase(held);
        return receive(std::move(message), event_kind::deliver);
    }
    if (!answer.overtakable) held_until_[key] = until;
    ports_.clock->start_timer(until - now, std::move(message));
}

void node::deliver_local(envelope_ptr message) { receive(std::move(message), event_kind::deliver); }

void node::deliver_timer(envelope_ptr message) {
    const event_kind how = message->is_timer ? event_kind::fire : event_kind::deliver;
    receive(std::move(message), how);
}

void node::reached(const actor_cell& cell, const envelope& message, event_kind how) {
    current_event_ = record(how, &message, cell.id, message.cause);
}

}  // namespace partita
