#include <partita/runtime/overlay.hpp>

#include <algorithm>

namespace partita {

full_mesh::full_mesh(node_id self, std::vector<node_id> members) {
    members.push_back(self);
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    members_ = std::make_shared<const std::vector<node_id>>(std::move(members));
}

std::optional<node_id> full_mesh::next_hop(node_id destination) const {
    if (destination != last_ || destination == node_id{}) {
        if (!std::binary_search(members_->begin(), members_->end(), destination))
            return std::nullopt;
        last_ = destination;
    }
    return destination;
}

overlay_actions full_mesh::handle(const overlay_event& event) {
    overlay_actions out;
    const member_list before = members_;
    if (const auto* asked = std::get_if<join_asked>(&event)) {
        if (asked->contact.id != node_id{}) join(asked->contact.id);
        if (members_ != before) out.joined.push_back(asked->contact.id);
        out.connect.push_back(asked->contact);
    } else if (const auto* gone = std::get_if<leave_asked>(&event)) {
        leave(gone->who);
        if (members_ != before) out.left.push_back(gone->who);
        out.disconnect.push_back(gone->who);
    }
    return out;
}

void full_mesh::join(node_id node) {
    std::vector<node_id> changed = *members_;
    const auto place = std::lower_bound(changed.begin(), changed.end(), node);
    if (place != changed.end() && *place == node) return;
    changed.insert(place, node);
    members_ = std::make_shared<const std::vector<node_id>>(std::move(changed));
}

void full_mesh::leave(node_id node) {
    std::vector<node_id> changed = *members_;
    if (std::erase(changed, node) == 0) return;
    last_ = {};
    members_ = std::make_shared<const std::vector<node_id>>(std::move(changed));
}

}  // namespace partita
