#include "overlay_gossip.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace partita::detail {
namespace {

bool same_life(const membership_record& one, const membership_record& other) {
    return one.incarnation == other.incarnation && one.joining == other.joining;
}

bool says_left(const membership_state& told, node_id who) {
    return std::any_of(told.records.begin(), told.records.end(),
                       [&](const auto& each) { return each.node.id == who && each.left; });
}

}  // namespace

std::optional<overlay_role> role_of(const peer_spec& node) {
    if (node.role.empty()) return overlay_role::none;
    if (node.role == "server") return overlay_role::server;
    if (node.role == "client") return overlay_role::client;
    return std::nullopt;
}

bool may_connect(overlay_role one, overlay_role other) {
    if (one == overlay_role::none || other == overlay_role::none) return one == other;
    return one == overlay_role::server || other == overlay_role::server;
}

bool newer(const membership_record& one, const membership_record& other) {
    // After the first four the order is arbitrary, but the same for all: only a corrupted record
    // differs from another in nothing else.
    const auto rank = [](const membership_record& it) {
        return std::tie(it.incarnation, it.joining, it.left, it.version, it.clients, it.node.name,
                        it.node.address, it.node.role);
    };
    return rank(other) < rank(one);
}

gossip_overlay::gossip_overlay(peer_spec self, std::uint64_t incarnation,
                               const overlay_options& options)
    : self_(std::move(self)), role_(options.role), options_(options), members_{self_.id} {
    membership_record& record = own();
    record.node = self_;
    record.incarnation = incarnation;
}

// ---- routing -----------------------------------------------------------------------------------

const membership_record* gossip_overlay::member(node_id id) const {
    const auto found = records_.find(id);
    return found == records_.end() || found->second.left ? nullptr : &found->second;
}

std::optional<node_id> gossip_overlay::next_hop(node_id destination) const {
    if (peers_.contains(destination)) return destination;
    const membership_record* const known = member(destination);
    if (known == nullptr) return std::nullopt;
    if (asks_for(*known) && role_ != overlay_role::client) return destination;
    return server_for(destination);
}

/// A connected server that has it; a client takes any other if none has. Each destination has an
/// order of servers of its own (rendezvous hashing: Thaler, Ravishankar, 1998), which spreads them
/// and keeps a route while its server lasts.
std::optional<node_id> gossip_overlay::server_for(node_id destination) const {
    std::tuple<bool, std::uint64_t, node_id> best{false, 0, {}};
    for (const auto& [id, each] : peers_) {
        const membership_record* const known = member(id);
        if (each.role != overlay_role::server || known == nullptr) continue;
        const auto& clients = known->clients;
        const bool has_it = std::binary_search(clients.begin(), clients.end(), destination);
        if (!has_it && role_ == overlay_role::server) continue;
        best = std::max(best, {has_it, mix_bits(id.bits() ^ mix_bits(destination.bits())), id});
    }
    if (std::get<node_id>(best) == node_id{}) return std::nullopt;
    return std::get<node_id>(best);
}

bool gossip_overlay::asks_for(const membership_record& other) const {
    if (other.left || other.node.id == self_.id) return false;
    const auto role = role_of(other.node);
    return role && may_connect(role_, *role) &&
           (role_ != overlay_role::server || *role == overlay_role::server);
}

std::vector<node_id> gossip_overlay::neighbours() const {
    std::vector<node_id> wanted;
    for (const auto& [id, record] : records_) {
        if (!gone() && asks_for(record)) wanted.push_back(id);
    }
    return wanted;
}

// ---- events ------------------------------------------------------------------------------------

overlay_actions gossip_overlay::handle(const overlay_event& event) {
    overlay_actions out;
    heard_from_ = {};
    std::visit([&](const auto& each) { on(each, out); }, event);
    const bool news = changed_;
    refresh(out);
    if (news || heard_from_ != node_id{}) gossip(out);
    keep_connections(out);
    return out;
}

void gossip_overlay::on(const overlay_started&, overlay_actions& out) {
    for (const peer_spec& contact : options_.contacts) on(join_asked{contact}, out);
}

void gossip_overlay::on(const join_asked& asked, overlay_actions& out) {
    const node_id id = asked.contact.id;
    if (id == self_.id) return;
    if (id == node_id{} && asked.contact.address == self_.address) return;
    if (gone()) {
        own().left = false;
        ++own().joining;
        changed_ = true;
        for (const auto& [connected, each] : peers_) attach(connected, true);
    }
    if (id != node_id{}) {
        contacts_.insert(id);
        if (!asked_.insert(id).second) return;
    }
    out.connect.push_back(asked.contact);
}

void gossip_overlay::on(const leave_asked& asked, overlay_actions&) {
    if (asked.who == self_.id) return be_gone();
    const auto found = records_.find(asked.who);
    if (gone() || found == records_.end() || found->second.left) return;
    found->second.left = true;
    changed_ = true;
}

void gossip_overlay::on(const peer_found& found, overlay_actions& out) {
    const node_id id = found.peer.id;
    const auto role = role_of(found.peer);
    if (id == node_id{} || id == self_.id) return;
    if (!role || !may_connect(role_, *role)) return drop(id, out);
    peers_[id] = peer{*role, 0, 0};
    attach(id, true);
    // One of the two begins, the other answers.
    if (gone() || self_.id < id) heard_from_ = id;
}

void gossip_overlay::on(const peer_lost& lost, overlay_actions&) {
    if (peers_.erase(lost.peer) != 0) attach(lost.peer, false);
}

void gossip_overlay::on(const overlay_tick&, overlay_actions&) {
    // What was sent may be lost: all who have not confirmed it get it again.
    for (auto& [id, each] : peers_) each.sent = 0;
    changed_ = true;
}

void gossip_overlay::on(const peer_said& said, overlay_actions& out) {
    (void)registered_type<membership_state>::done;
    (void)registered_type<membership_equal>::done;
    if (said.type->hash == message_type_of<membership_state>.hash) {
        membership_state told;
        out.understood = decode(*said.content, told);
        if (out.understood) hear(said.from, told, out);
        return;
    }
    membership_equal agreed;
    out.understood =
        said.type->hash == message_type_of<membership_equal>.hash && decode(*said.content, agreed);
    const auto found = peers_.find(said.from);
    if (out.understood && found != peers_.end()) found->second.known = agreed.digest;
}

void gossip_overlay::hear(node_id from, const membership_state& told, overlay_actions& out) {
    if (gone()) return hear_when_gone(from, told, out);
    for (const membership_record& each : told.records) {
        if (each.node.id == self_.id) {
            hear_of_myself(each);
            if (gone()) return;
        } else if (each.node.id != node_id{}) {
            merge(each);
        }
    }
    contacts_.erase(from);
    const auto sender = peers_.find(from);
    if (sender == peers_.end()) return;
    payload encoded;
    encode(encoded, told);
    sender->second.known = digest_of(encoded.bytes());
    heard_from_ = from;
    // It knows itself that it left, and waits for this.
    if (says_left(told, from) && member(from) == nullptr) drop(from, out);
}

void gossip_overlay::hear_when_gone(node_id from, const membership_state& told,
                                    overlay_actions& out) {
    for (const membership_record& each : told.records) {
        if (each.node.id != self_.id || !newer(each, own())) continue;
        own().incarnation = each.incarnation;
        own().joining = each.joining;
        changed_ = true;
    }
    if (says_left(told, from)) return drop(from, out);
    const auto sender = peers_.find(from);
    if (sender == peers_.end() || says_left(told, self_.id)) return;
    sender->second.sent = 0;
    heard_from_ = from;
}

void gossip_overlay::merge(const membership_record& told) {
    const auto [known, added] = records_.try_emplace(told.node.id, told);
    if (!added && !newer(told, known->second)) return;
    // One that came back elsewhere is asked for again.
    if (!(known->second.node == told.node)) asked_.erase(told.node.id);
    known->second = told;
    changed_ = true;
}

/// Others repeat what this node says of itself. What is newer than that comes from who removed it,
/// or is damaged.
void gossip_overlay::hear_of_myself(const membership_record& told) {
    if (!newer(told, own())) return;
    if (told.left && same_life(told, own())) return be_gone();
    own().incarnation = told.incarnation;
    own().joining = told.joining + 1;
    changed_ = true;
}

void gossip_overlay::be_gone() {
    if (gone()) return;
    membership_record record = own();
    record.left = true;
    record.clients.clear();
    records_.clear();
    records_.emplace(self_.id, std::move(record));
    changed_ = true;
}

/// A server says which clients it is connected to.
void gossip_overlay::attach(node_id client, bool connected) {
    if (role_ != overlay_role::server || gone()) return;
    std::vector<node_id>& clients = own().clients;
    const auto place = std::lower_bound(clients.begin(), clients.end(), client);
    const bool listed = place != clients.end() && *place == client;
    const bool is_client = connected && peers_.at(client).role == overlay_role::client;
    if (listed == is_client) return;
    is_client ? (void)clients.insert(place, client) : (void)clients.erase(place);
    ++own().version;
    changed_ = true;
}

void gossip_overlay::drop(node_id id, overlay_actions& out) {
    if (peers_.erase(id) != 0) attach(id, false);
    asked_.erase(id);
    contacts_.erase(id);
    out.disconnect.push_back(id);
}

// ---- what follows from them --------------------------------------------------------------------

membership_state gossip_overlay::state() const {
    membership_state all;
    for (const auto& [id, record] : records_) all.records.push_back(record);
    return all;
}

void gossip_overlay::say_state(node_id to, overlay_actions& out) {
    out.messages.push_back(overlay_message::of(to, state()));
    peers_.at(to).sent = digest_;
}

void gossip_overlay::refresh(overlay_actions& out) {
    if (!changed_) return;
    changed_ = false;
    payload encoded;
    encode(encoded, state());
    digest_ = digest_of(encoded.bytes());
    std::vector<node_id> before{self_.id};
    before.swap(members_);
    for (const auto& [id, record] : records_) {
        if (!record.left && id != self_.id) members_.push_back(id);
    }
    std::sort(members_.begin(), members_.end());
    std::set_difference(members_.begin(), members_.end(), before.begin(), before.end(),
                        std::back_inserter(out.joined));
    std::set_difference(before.begin(), before.end(), members_.begin(), members_.end(),
                        std::back_inserter(out.left));
}

void gossip_overlay::gossip(overlay_actions& out) {
    for (auto& [id, each] : peers_) {
        if (each.known == digest_) {
            if (id == heard_from_)
                out.messages.push_back(overlay_message::of(id, membership_equal{digest_}));
        } else if (each.sent != digest_) {
            say_state(id, out);
        }
    }
}

void gossip_overlay::keep_connections(overlay_actions& out) {
    for (const auto& [id, record] : records_) {
        if (!gone() && asks_for(record) && asked_.insert(id).second) {
            out.connect.push_back(record.node);
        }
    }
    for (auto each = asked_.begin(); each != asked_.end();) {
        const auto known = records_.find(*each);
        const bool unwanted =
            gone() || (known != records_.end() && known->second.left && !contacts_.contains(*each));
        // A peer that is still connected has to hear of it first.
        if (unwanted && !peers_.contains(*each)) {
            out.disconnect.push_back(*each);
            each = asked_.erase(each);
        } else {
            ++each;
        }
    }
    const bool agreed = std::all_of(peers_.begin(), peers_.end(),
                                    [&](const auto& each) { return each.second.known == digest_; });
    if (!agreed) out.tick = options_.exchange_every;
}

}  // namespace partita::detail
