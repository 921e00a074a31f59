#include <algorithm>

#include <partita/runtime/membership.hpp>
#include <partita/runtime/node.hpp>

#include "actor_cell.hpp"
#include "delivery_layer.hpp"
#include "membership_actor.hpp"
#include "send_plain.hpp"

namespace partita {
namespace detail {

void peer_table::add(node_id id, std::uint64_t incarnation) { up_[id] = {incarnation, {}}; }

std::optional<std::uint64_t> peer_table::life_of(node_id id) const {
    const auto found = up_.find(id);
    if (found == up_.end()) return std::nullopt;
    return found->second.incarnation;
}

bool peer_table::remove(node_id id) { return up_.erase(id) != 0; }

bool peer_table::add_channel(node_id id, std::uint64_t channel) {
    const auto found = up_.find(id);
    if (found == up_.end()) return false;
    auto& channels = found->second.channels;
    if (std::find(channels.begin(), channels.end(), channel) != channels.end()) return false;
    channels.push_back(channel);
    return true;
}

bool peer_table::remove_channel(node_id id, std::uint64_t channel) {
    const auto found = up_.find(id);
    return found != up_.end() && std::erase(found->second.channels, channel) != 0;
}

std::vector<std::uint64_t> peer_table::channels_of(node_id id) const {
    const auto found = up_.find(id);
    return found == up_.end() ? std::vector<std::uint64_t>{} : found->second.channels;
}

std::vector<std::pair<node_id, std::uint64_t>> peer_table::lives() const {
    std::vector<std::pair<node_id, std::uint64_t>> all;
    for (const auto& [id, each] : up_) all.emplace_back(id, each.incarnation);
    return all;
}

event_handle peer_table::on_up(up_callback call, const event_filter& filter) {
    callbacks_[++last_handle_] =
        std::make_shared<const callback>(callback{filter, std::move(call), {}});
    return {last_handle_};
}

event_handle peer_table::on_down(down_callback call, const event_filter& filter) {
    callbacks_[++last_handle_] =
        std::make_shared<const callback>(callback{filter, {}, std::move(call)});
    return {last_handle_};
}

bool peer_table::callback::wants(node_id id, std::optional<std::uint64_t> channel) const {
    if (filter.node && *filter.node != id) return false;
    return filter.channel ? channel == filter.channel->hash : !channel;
}

template <typename Call>
void peer_table::each_callback(const Call& call) {
    const std::uint64_t last = last_handle_;
    for (auto at = callbacks_.begin(); at != callbacks_.end() && at->first <= last;) {
        const std::uint64_t handle = at->first;
        const std::shared_ptr<const callback> kept = at->second;  // it may cancel itself
        call(*kept);
        at = callbacks_.upper_bound(handle);
    }
}

void peer_table::tell_up(node_id id, std::optional<std::uint64_t> channel) {
    each_callback([&](const callback& each) {
        if (each.up && each.wants(id, channel)) each.up(id);
    });
}

void peer_table::tell_down(node_id id, std::optional<std::uint64_t> channel,
                           std::string_view reason) {
    each_callback([&](const callback& each) {
        if (each.down && each.wants(id, channel)) each.down(id, reason);
    });
}

}  // namespace detail

// ---- from the transport ------------------------------------------------------------------------

void node::peer_up(const peer_spec& peer, std::uint64_t incarnation) {
    if (stopping_) return;
    if (const auto life = peers_.life_of(peer.id)) {
        if (*life == incarnation) return;
        peer_down(peer.id, "restarted");
    }
    peers_.add(peer.id, incarnation);
    if (delivery_) delivery_->reconnected(peer.id, incarnation);
    tell_watchers(node_up{peer.id, incarnation});
    tell_membership(membership_peer_up{peer, incarnation});
    peers_.tell_up(peer.id, {});
}

void node::peer_down(node_id peer, std::string_view reason) {
    if (stopping_) return;
    tell_monitors_of(peer);
    if (!peers_.contains(peer)) return;
    forget_peer(peer, reason);
    tell_membership(membership_peer_down{peer});
}

void node::channel_up(node_id peer, std::uint64_t channel) {
    if (!stopping_ && peers_.add_channel(peer, channel)) peers_.tell_up(peer, channel);
}

void node::channel_down(node_id peer, std::uint64_t channel) {
    if (stopping_ || !peers_.remove_channel(peer, channel)) return;
    peers_.tell_down(peer, channel, "connection lost");
    if (peers_.contains(peer) && peers_.channels_of(peer).empty()) {
        peer_down(peer, "connection lost");
    }
}

/// All but telling the overlay, which may be the one that wants it.
void node::forget_peer(node_id peer, std::string_view reason) {
    const std::vector<std::uint64_t> channels = peers_.channels_of(peer);
    if (!peers_.remove(peer)) return;
    tell_watchers(node_down{peer, std::string(reason)});
    for (const std::uint64_t channel : channels) peers_.tell_down(peer, channel, reason);
    peers_.tell_down(peer, {}, reason);
}

template <typename T>
void node::tell_watchers(const T& event) {
    std::erase_if(peers_.watchers, [&](actor_id who) { return find(who) == nullptr; });
    const std::vector<actor_id> told = peers_.watchers;
    for (const actor_id watcher : told) {
        send_plain(actor_id::named(id_, membership_name), watcher, event);
    }
}
template void node::tell_watchers(const member_joined&);
template void node::tell_watchers(const member_left&);

template <typename T>
void node::tell_membership(const T& event) {
    const actor_id manager = actor_id::named(id_, membership_name);
    if (overlay_->dynamic()) send_plain(manager, manager, event);
}

// ---- membership --------------------------------------------------------------------------------

void node::start_membership() {
    if (overlay_->dynamic()) {
        spawn_behaviour(membership_name, std::make_unique<detail::membership_actor>(*this));
    }
}

void node::join(const peer_spec& contact) {
    if (overlay_->dynamic()) return tell_membership(membership_join{contact, duration{0}});
    const overlay_actions wanted = overlay_->handle(join_asked{contact});
    for (const peer_spec& each : wanted.connect) ports_.transport->connect(id_, each);
    for (const node_id each : wanted.joined) tell_watchers(member_joined{each});
}

void node::leave(node_id who) {
    if (overlay_->dynamic()) return tell_membership(membership_leave{who});
    const overlay_actions wanted = overlay_->handle(leave_asked{who});
    for (const node_id each : wanted.disconnect) {
        ports_.transport->disconnect(id_, each);
        forget_peer(each, "disconnected");
    }
    for (const node_id each : wanted.left) tell_watchers(member_left{each});
}

void node::sync_join(const peer_spec& contact, duration timeout,
                     std::function<void(tl::expected<void, join_error>)> done) {
    spawn_fiber("", [contact, timeout, done = std::move(done)](fiber_context& self) {
        done(self.sync_join(contact, timeout));
    });
}

std::vector<node_id> node::connected() const {
    std::vector<node_id> all;
    for (const auto& [id, incarnation] : peers_.lives()) all.push_back(id);
    return all;
}

// ---- who wants to know -------------------------------------------------------------------------

/// Where everybody is a member from the start, nobody asked for connections yet.
void node::watch_peers() {
    if (overlay_->dynamic() || std::exchange(peers_.asked, true)) return;
    const std::vector<node_id> members = overlay_->members();
    for (const node_id each : members) {
        if (each != id_) ports_.transport->connect(id_, peer_spec{each, each.name(), {}, {}});
    }
}

void node::watch_nodes(actor_id watcher) {
    auto& watchers = peers_.watchers;
    if (std::find(watchers.begin(), watchers.end(), watcher) != watchers.end()) return;
    watchers.push_back(watcher);
    for (const auto& [id, incarnation] : peers_.lives()) {
        send_plain(actor_id::named(id_, membership_name), watcher, node_up{id, incarnation});
    }
    watch_peers();
}

event_handle node::on_up(up_callback call, const event_filter& filter) {
    const event_handle handle = peers_.on_up(std::move(call), filter);
    watch_peers();
    return handle;
}

event_handle node::on_down(down_callback call, const event_filter& filter) {
    const event_handle handle = peers_.on_down(std::move(call), filter);
    watch_peers();
    return handle;
}

// ---- as an actor asks for it -------------------------------------------------------------------

void context::join(const peer_spec& contact) { node_->join(contact); }
void context::leave() { node_->leave(node_->id_); }
void context::leave(node_id who) { node_->leave(who); }
std::vector<node_id> context::connected() const { return node_->connected(); }
void context::monitor_nodes() { node_->watch_nodes(cell_->id); }
void context::demonitor_nodes() { std::erase(node_->peers_.watchers, cell_->id); }

tl::expected<void, join_error> fiber_context::sync_join(const peer_spec& contact,
                                                        duration timeout) {
    if (!node_->overlay_->dynamic()) {
        node_->join(contact);
        return {};
    }
    const auto answer =
        call<membership_joined>(local(membership_name), membership_join{contact, timeout}, timeout);
    if (!answer) return tl::unexpected(join_error::timeout);
    if (answer->refused) return tl::unexpected(join_error::refused);
    return {};
}

}  // namespace partita
