#include <algorithm>
#include <iterator>

#include <partita/runtime/node.hpp>

#include "actor_cell.hpp"
#include "node_links.hpp"
#include "send_plain.hpp"

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

/// Takes out the row with that number, or with none given all rows of the watcher.
template <typename Table, typename Key, typename Row>
std::vector<Row> remove_rows(Table& table, const Key& key, actor_id watcher,
                             std::optional<std::uint64_t> number) {
    std::vector<Row> removed;
    const auto found = table.find(key);
    if (found == table.end()) return removed;
    std::erase_if(found->second, [&](const Row& each) {
        const bool gone = each.watcher == watcher && (!number || each.number == *number);
        if (gone) removed.push_back(each);
        return gone;
    });
    if (found->second.empty()) table.erase(found);
    return removed;
}

/// A bit of the hash: all but one in ten messages are known by it not to be the runtime's own.
constexpr std::uint64_t bit_of(const message_type& type) { return 1ULL << (type.hash & 63); }
constexpr std::uint64_t runtime_bits =
    bit_of(message_type_of<monitor_request>) | bit_of(message_type_of<demonitor_request>) |
    bit_of(message_type_of<down>) | bit_of(message_type_of<request_failed>);

}  // namespace

bool node::runtime_message(envelope& message) {
    if (message.type == nullptr) return false;
    if (message.is_reply) [[unlikely]] {
        if ((message.correlation & detail::request_bit) == 0) return false;
        if (links().settle(message)) return false;
        drop(message, "late reply");
        return true;
    }
    if ((bit_of(*message.type) & (runtime_bits | detail::link_message_bits)) == 0) [[likely]]
        return false;
    if (*message.type == message_type_of<monitor_request>) {
        monitor_request request;
        if (!decode(message.payload, request)) return true;
        const monitor_row row{message.source, message.correlation, detail::monitor_use::tell,
                              message.delivery != nullptr};
        if (find(request.watched) == nullptr) {
            tell_down(row, request.watched, end_reason::no_actor);
        } else {
            watchers_[request.watched].push_back(row);
        }
        return true;
    }
    if (*message.type == message_type_of<demonitor_request>) {
        demonitor_request request;
        if (decode(message.payload, request)) {
            (void)remove_rows<decltype(watchers_), actor_id, monitor_row>(
                watchers_, request.watched, message.source, message.correlation);
        }
        return true;
    }
    if (*message.type == message_type_of<down>) return take_down(message);
    if (message.is_timer && *message.type == message_type_of<request_failed>) {
        return !links().settle(message);
    }
    if (!detail::is_link_message(*message.type)) return false;
    const event_id before = std::exchange(current_event_, message.cause);
    (void)links().take(message);
    current_event_ = before;
    collect_dead();
    return true;
}

/// True: it is not for the actor.
bool node::take_down(envelope& message) {
    down told;
    if (!decode(message.payload, told)) return false;
    const auto rows = remove_rows<decltype(watching_), watched_by, monitor_row>(
        watching_, {message.destination, told.actor}, message.destination, message.correlation);
    // Not (any longer) asked for: a repetition, or one that crossed a demonitor.
    if (rows.empty()) return true;
    if (rows.front().use == detail::monitor_use::tell) return false;
    const call_error why =
        told.reason == end_reason::node_down ? call_error::node_down : call_error::no_actor;
    if (rows.front().use == detail::monitor_use::request) {
        links().fail(message.correlation, why);
    } else {
        envelope_ptr failed = ports_.envelopes->make();
        failed->type = &message_type_of<request_failed>;
        encode(failed->payload, request_failed{{message.correlation}, why});
        failed->correlation = message.correlation;
        failed->is_reply = true;
        send(told.actor, message.destination, std::move(failed), {});
    }
    return true;
}

void node::tell_down(const monitor_row& to, actor_id watched, std::string_view reason,
                     std::optional<std::uint64_t> partition_key) {
    send_options options;
    options.partition_key = partition_key;  // not before what the actor sent
    if (to.reliable) options.reliable = true;
    send_plain(watched, to.watcher, down{watched, std::string(reason)}, options, to.number);
}

void node::tell_watchers_of(actor_id address, std::string_view reason,
                            std::uint64_t partition_key) {
    const auto row = watchers_.find(address);
    if (row == watchers_.end()) return;
    const std::vector<monitor_row> told = std::move(row->second);
    watchers_.erase(row);
    for (const monitor_row& each : told) tell_down(each, address, reason, partition_key);
}

void node::tell_monitors_of(node_id gone) {
    std::vector<std::pair<actor_id, monitor_row>> told;
    // Only this connection may be gone, and the other node not told: then what it watches here says
    // so on whatever way there is.
    for (auto at = watchers_.begin(); at != watchers_.end();) {
        std::erase_if(at->second, [&](const monitor_row& row) {
            if (row.watcher.node == gone) told.emplace_back(at->first, row);
            return row.watcher.node == gone;
        });
        at = at->second.empty() ? watchers_.erase(at) : std::next(at);
    }
    for (const auto& [who, rows] : watching_) {
        if (who.second.node != gone) continue;
        for (const monitor_row& row : rows) told.emplace_back(who.second, row);
    }
    for (const auto& [watched, row] : told) {
        send_plain(watched, row.watcher, down{watched, std::string(end_reason::node_down)}, {},
                   row.number);
    }
    if (links_) links_->node_lost(gone);
}

void node::watch(const monitor_row& row, actor_id watched, const send_options& options) {
    watching_[{row.watcher, watched}].push_back(row);
    if (watched.node != id_) ports_.transport->watch(id_, watched.node);
    send_plain(row.watcher, watched, monitor_request{watched}, options, row.number);
}

void node::unwatch(actor_id watcher, actor_id watched, std::optional<std::uint64_t> number) {
    const auto rows = remove_rows<decltype(watching_), watched_by, monitor_row>(
        watching_, {watcher, watched}, watcher, number);
    for (const monitor_row& row : rows) {
        send_options options;
        if (row.reliable) options.reliable = true;
        send_plain(watcher, watched, demonitor_request{watched}, options, row.number);
    }
}

void node::unwatch_all(actor_id watcher) {
    std::vector<actor_id> watched;
    for (auto at = watching_.lower_bound({watcher, actor_id{}});
         at != watching_.end() && at->first.first == watcher; ++at) {
        watched.push_back(at->first.second);
    }
    for (const actor_id each : watched) unwatch(watcher, each, {});
}

// ---- as an actor asks for it -------------------------------------------------------------------

monitor_handle context::monitor(actor_id watched, const send_options& options) {
    const std::uint64_t number = node_->address_prefix_ + ++node_->correlation_;
    node_->watch({cell_->id, number, detail::monitor_use::tell, options.reliable.value_or(false)},
                 watched, options);
    return {watched, number};
}
void context::demonitor(const monitor_handle& handle) {
    node_->unwatch(cell_->id, handle.watched, handle.number);
}
void context::demonitor(actor_id watched) { node_->unwatch(cell_->id, watched, {}); }

void fiber_context::watch_call(actor_id watched, std::uint64_t correlation) {
    node_->watch({cell_->id, correlation, detail::monitor_use::call, false}, watched, {});
}
void fiber_context::unwatch_call(actor_id watched, std::uint64_t correlation) {
    node_->unwatch(cell_->id, watched, correlation);
}

}  // namespace partita
