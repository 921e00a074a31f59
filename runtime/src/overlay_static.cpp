#include "overlay_static.hpp"

#include <algorithm>
#include <iterator>

namespace partita::detail {

static_overlay::static_overlay(peer_spec self, std::uint64_t incarnation,
                               const overlay_options& options)
    : self_(std::move(self)), options_(options), last_join_(incarnation, 0), members_{self_.id} {}

std::optional<node_id> static_overlay::next_hop(node_id destination) const {
    if (!connected_.contains(destination) && !links_.contains(destination)) return std::nullopt;
    return destination;
}

std::vector<node_id> static_overlay::neighbours() const {
    std::vector<node_id> wanted;
    for (const auto& [id, each] : links_) {
        if (each.ours != join_number{}) wanted.push_back(id);
    }
    return wanted;
}

overlay_actions static_overlay::handle(const overlay_event& event) {
    overlay_actions out;
    std::visit([&](const auto& each) { on(each, out); }, event);
    std::vector<node_id> now{self_.id};
    for (const auto& [id, each] : links_) now.push_back(id);
    std::sort(now.begin(), now.end());
    std::set_difference(now.begin(), now.end(), members_.begin(), members_.end(),
                        std::back_inserter(out.joined));
    std::set_difference(members_.begin(), members_.end(), now.begin(), now.end(),
                        std::back_inserter(out.left));
    members_ = std::move(now);
    return out;
}

void static_overlay::on(const overlay_started&, overlay_actions& out) {
    for (const peer_spec& contact : options_.contacts) on(join_asked{contact}, out);
}

void static_overlay::on(const join_asked& asked, overlay_actions& out) {
    const node_id id = asked.contact.id;
    if (id == self_.id) return;
    if (id == node_id{} && asked.contact.address == self_.address) return;
    ++last_join_.second;
    if (id == node_id{}) {
        addresses_[asked.contact.address] = last_join_;
    } else {
        contacts_[id] = last_join_;
    }
    out.connect.push_back(asked.contact);
    if (connected_.contains(id)) on(peer_found{asked.contact, 0}, out);
}

void static_overlay::on(const leave_asked& asked, overlay_actions& out) {
    if (asked.who != self_.id) return end_link(asked.who, out);
    addresses_.clear();
    while (!contacts_.empty()) end_link(contacts_.begin()->first, out);
    while (!links_.empty()) end_link(links_.begin()->first, out);
}

void static_overlay::on(const peer_found& found, overlay_actions& out) {
    const node_id id = found.peer.id;
    if (id == node_id{} || id == self_.id) return;
    connected_.insert(id);
    if (const auto dialled = addresses_.find(found.peer.address); dialled != addresses_.end()) {
        contacts_[id] = dialled->second;
        addresses_.erase(dialled);
    }
    if (const auto contact = contacts_.find(id); contact != contacts_.end()) {
        links_[id].ours = contact->second;
        contacts_.erase(contact);
    }
    // Also to one that was linked before: it may have forgotten in a crash.
    const auto known = links_.find(id);
    if (known == links_.end() || known->second.ours == join_number{}) return;
    const auto [incarnation, joining] = known->second.ours;
    out.messages.push_back(overlay_message::of(id, link_request{incarnation, joining}));
}

void static_overlay::on(const peer_lost& lost, overlay_actions&) { connected_.erase(lost.peer); }

void static_overlay::on(const peer_said& said, overlay_actions& out) {
    (void)registered_type<link_request>::done;
    (void)registered_type<link_end>::done;
    if (said.type->hash == message_type_of<link_request>.hash) {
        link_request request;
        out.understood = decode(*said.content, request);
        if (!out.understood) return;
        const join_number theirs{request.incarnation, request.joining};
        if (theirs > ended_[said.from]) {
            links_[said.from].theirs = theirs;
        } else {
            out.messages.push_back(
                overlay_message::of(said.from, link_end{theirs.first, theirs.second}));
        }
        return;
    }
    link_end end;
    out.understood =
        said.type->hash == message_type_of<link_end>.hash && decode(*said.content, end);
    const auto known = links_.find(said.from);
    if (!out.understood || known == links_.end()) return;
    if (known->second.ours <= join_number{end.incarnation, end.joining}) {
        forget_link(said.from, out);
    }
}

void static_overlay::end_link(node_id peer, overlay_actions& out) {
    const auto known = links_.find(peer);
    const join_number theirs = known == links_.end() ? join_number{} : known->second.theirs;
    if (known == links_.end() && !contacts_.contains(peer)) return;
    ended_[peer] = std::max(ended_[peer], theirs);
    if (connected_.contains(peer)) {
        out.messages.push_back(overlay_message::of(peer, link_end{theirs.first, theirs.second}));
    }
    forget_link(peer, out);
}

void static_overlay::forget_link(node_id peer, overlay_actions& out) {
    links_.erase(peer);
    contacts_.erase(peer);
    connected_.erase(peer);
    out.disconnect.push_back(peer);
}

}  // namespace partita::detail
