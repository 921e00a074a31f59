#include <partita/runtime/node.hpp>

#include <algorithm>

#include <partita/runtime/prefetch.hpp>

#include "actor_cell.hpp"

namespace partita {
namespace {

/// Asks a node to tell when an actor of it is gone, and takes that back.
struct monitor_request {
    actor_id watched;
};
PARTITA_MESSAGE(monitor_request, watched)
struct demonitor_request {
    actor_id watched;
};
PARTITA_MESSAGE(demonitor_request, watched)

constexpr std::uint64_t spawn_ordinal_mask = (1ULL << 40) - 1;

bool remove_one(std::map<actor_id, std::vector<actor_id>>& table, actor_id key, actor_id value) {
    const auto row = table.find(key);
    if (row == table.end()) return false;
    const auto place = std::find(row->second.begin(), row->second.end(), value);
    if (place == row->second.end()) return false;
    row->second.erase(place);
    if (row->second.empty()) table.erase(row);
    return true;
}

}  // namespace

node::node(node_id id, const node_options& options, const ports& outside,
           std::unique_ptr<partita::overlay> mesh, stack_pool& stacks)
    : id_(id), options_(options), ports_(outside), overlay_(std::move(mesh)), stacks_(&stacks) {}

node::~node() {
    stopping_ = true;
    cells_.clear();
}

event_id node::record(event_kind kind, const envelope* message, actor_id actor, event_id cause,
                      std::string_view text) {
    if (stopping_) return {};
    return ports_.events->record({kind, ports_.clock->now(), id_, actor, message, cause, text});
}

void node::drop(const envelope& message, std::string_view why) {
    record(event_kind::drop, &message, message.destination, message.cause, why);
}

/// The node crashed in the middle of passing this message: what became of it is still told.
void node::lose(const envelope& message) {
    ports_.events->record({event_kind::drop, ports_.clock->now(), id_, message.destination,
                           &message, message.cause, "node crashed"});
}

// ---- spawning and ending -----------------------------------------------------------------------

actor_id node::add(std::unique_ptr<actor_cell> cell, std::string_view name) {
    actor_cell& added = *cell;
    const std::uint64_t ordinal = cells_.size() + 1;
    added.id = actor_id{id_, options_.incarnation << 40 | ordinal};
    added.name = name;
    if (!name.empty()) {
        added.name_digest = actor_id::named(id_, name).local;
        names_.put(added.name_digest, &added);
    }
    cells_.push_back(std::move(cell));
    ++alive_;
    const actor_id id = added.id;
    const event_id before = current_event_;
    current_event_ = record(event_kind::spawn, nullptr, id, before, name);
    ++depth_;
    added.start(*this);
    --depth_;
    current_event_ = before;
    collect_dead();
    return id;
}

actor_id node::spawn_behaviour(std::string_view name, std::unique_ptr<behaviour> body) {
    return add(std::make_unique<handler_cell>(std::move(body)), name);
}

actor_id node::spawn_fiber(std::string_view name, fiber_function body) {
    return add(std::make_unique<fiber_cell>(std::move(body)), name);
}

template <typename T>
void node::send_plain(actor_id from, actor_id to, const T& message) {
    envelope_ptr fresh = ports_.envelopes->make();
    fresh->type = &message_type_of<T>;
    encode(fresh->payload, message);
    send(from, to, std::move(fresh), {});
}

void node::ended(actor_cell& cell, std::string_view reason) {
    if (!cell.alive || stopping_) return;
    cell.alive = false;
    --alive_;
    record(event_kind::exit, nullptr, cell.id, current_event_, reason);
    const bool bears_name = cell.name_digest != 0 && names_.find(cell.name_digest) == &cell;
    if (bears_name) names_.erase(cell.name_digest, &cell);
    dead_.push_back(&cell);
    for (const actor_id address :
         {cell.id, bears_name ? actor_id{id_, cell.name_digest} : actor_id{}}) {
        const auto row = watchers_.find(address);
        if (row == watchers_.end()) continue;
        const std::vector<actor_id> told = std::move(row->second);
        watchers_.erase(row);
        for (const actor_id watcher : told) tell_down(watcher, address, reason);
    }
}

void node::failed(actor_cell& cell, event_kind kind, std::string_view what) {
    if (stopping_) return;
    record(kind, nullptr, cell.id, current_event_, what);
    try {
        ended(cell, what);
    } catch (const bound_reached&) {
        // There was no room left to tell who watches. Nothing may leave a fiber, and it was
        // recorded already why the trial ends.
    }
}

void node::collect_dead() {
    // A cell must not go while code of any actor of this node is still on some stack above us.
    if (depth_ != 0 || dead_.empty()) return;
    const std::vector<actor_cell*> gone = std::move(dead_);
    dead_.clear();
    for (const actor_cell* cell : gone) cells_[(cell->id.local & spawn_ordinal_mask) - 1].reset();
}

actor_cell* node::find(actor_id who) const {
    if (who.is_named()) return names_.find(who.local);
    const std::uint64_t ordinal = who.local & spawn_ordinal_mask;
    if (ordinal == 0 || ordinal > cells_.size() || who.local >> 40 != options_.incarnation)
        return nullptr;
    actor_cell* const cell = cells_[ordinal - 1].get();
    return cell != nullptr && cell->alive ? cell : nullptr;
}

void node::expect(const envelope& coming, bool near) const {
    constexpr std::size_t cell_bytes = 320;
    const actor_cell* const cell = find(coming.destination);
    if (cell == nullptr) return;
    near ? cell->expect() : detail::prefetch(cell, cell_bytes);
}

// ---- sending -----------------------------------------------------------------------------------

void node::send(actor_id from, actor_id to, envelope_ptr&& message, const send_options& options) {
    if (stopping_) return;
    message->source = from;
    message->destination = to;
    message->channel = options.channel;
    if (to.node == id_) {
        message->cause = record(event_kind::local, message.get(), from, current_event_);
        return ports_.tasks->post(std::move(message));
    }
    if (!overlay_->next_hop(to.node)) {
        message->cause = current_event_;
        return drop(*message, "no route");
    }
    send_remote(std::move(message));
}

void node::send_remote(envelope_ptr&& message) {
    message->ordinal = ports_.transport->next_ordinal(*message);
    message->cause = record(event_kind::send, message.get(), message->source, current_event_);
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
    if (stopping_ || runtime_message(*message)) return;
    actor_cell* const cell = find(message->destination);
    if (cell == nullptr) {
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
    const lane key{message->source.node, message->channel.hash};
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

// ---- monitors ----------------------------------------------------------------------------------

bool node::runtime_message(const envelope& message) {
    if (message.type == nullptr) return false;
    if (message.type->hash == message_type_of<monitor_request>.hash) {
        monitor_request request;
        if (!decode(message.payload.bytes(), request)) return true;
        if (find(request.watched) == nullptr) {
            tell_down(message.source, request.watched, "no such actor");
        } else {
            watchers_[request.watched].push_back(message.source);
        }
        return true;
    }
    if (message.type->hash == message_type_of<demonitor_request>.hash) {
        demonitor_request request;
        if (decode(message.payload.bytes(), request)) {
            remove_one(watchers_, request.watched, message.source);
        }
        return true;
    }
    if (message.type->hash == message_type_of<down>.hash && !message.is_reply) {
        down told;
        // Not (any longer) asked for: a repetition, or one that crossed a demonitor.
        return decode(message.payload.bytes(), told) &&
               !remove_one(watching_, told.actor, message.destination);
    }
    return false;
}

void node::tell_down(actor_id watcher, actor_id watched, std::string_view reason) {
    send_plain(watched, watcher, down{watched, std::string(reason)});
}

void node::peer_down(node_id peer) {
    if (stopping_) return;
    std::vector<std::pair<actor_id, actor_id>> told;
    for (const auto& [watched, watchers] : watching_) {
        if (watched.node != peer) continue;
        for (const actor_id watcher : watchers) told.emplace_back(watcher, watched);
    }
    for (const auto& [watcher, watched] : told) tell_down(watcher, watched, "node down");
}

// ---- what contexts ask for ---------------------------------------------------------------------

void node::watch(actor_id watcher, actor_id watched) {
    watching_[watched].push_back(watcher);
    if (watched.node != id_) ports_.transport->watch(id_, watched.node);
    send_plain(watcher, watched, monitor_request{watched});
}

void node::unwatch(actor_id watcher, actor_id watched) {
    if (remove_one(watching_, watched, watcher)) {
        send_plain(watcher, watched, demonitor_request{watched});
    }
}

}  // namespace partita
