#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include <partita/runtime/membership.hpp>
#include <partita/runtime/overlay.hpp>

namespace partita::detail {

/// The role a node says it has; nothing for one we do not know.
[[nodiscard]] std::optional<overlay_role> role_of(const peer_spec&);
/// Whether two nodes of these roles may be connected: two clients may not, and nodes without a role
/// keep to themselves.
[[nodiscard]] bool may_connect(overlay_role, overlay_role);

/// Whether the first record counts, and not the second, of two about one node.
[[nodiscard]] bool newer(const membership_record&, const membership_record&);

/// The overlays whose membership is gossiped: full mesh, and client and server.
///
/// What is known is a map of last-writer-wins records, one a node ever heard of; two nodes that
/// exchange theirs know the same. When something changes it is sent to all connected peers that do
/// not have it yet, and again every exchange period until they say they have: any message may be
/// lost, repeated or late. Peers that agree say nothing, so that a world comes to rest.
///
/// Who left (or was removed) keeps but the record of that, tells it to all it is connected to until
/// they disconnect, and takes in nothing before it is asked to join again.
///
/// A client connects to every server it knows: a server that is down costs it nothing but that
/// connection, and two clients are never more than two servers apart. Servers tell in their record
/// which clients they are connected to.
class gossip_overlay final : public overlay {
   public:
    gossip_overlay(peer_spec self, std::uint64_t incarnation, const overlay_options&);

    [[nodiscard]] const std::vector<node_id>& members() const override { return members_; }
    [[nodiscard]] std::optional<node_id> next_hop(node_id destination) const override;
    [[nodiscard]] std::vector<node_id> neighbours() const override;
    [[nodiscard]] overlay_actions handle(const overlay_event&) override;
    [[nodiscard]] peer_spec self() const override { return self_; }
    /// All that it knows.
    [[nodiscard]] membership_state state() const;

   private:
    struct peer {
        overlay_role role = overlay_role::none;
        std::uint64_t known = 0;  // digest of the state it last told; 0 = none yet
        std::uint64_t sent = 0;   // digest of the state it was last sent
    };

    void on(const overlay_started&, overlay_actions&);
    void on(const join_asked&, overlay_actions&);
    void on(const leave_asked&, overlay_actions&);
    void on(const peer_found&, overlay_actions&);
    void on(const peer_lost&, overlay_actions&);
    void on(const peer_said&, overlay_actions&);
    void on(const overlay_tick&, overlay_actions&);

    [[nodiscard]] membership_record& own() { return records_[self_.id]; }
    [[nodiscard]] bool gone() const { return records_.at(self_.id).left; }
    [[nodiscard]] const membership_record* member(node_id) const;
    [[nodiscard]] bool asks_for(const membership_record&) const;
    [[nodiscard]] std::optional<node_id> server_for(node_id client_or_server) const;
    void be_gone();
    void hear(node_id from, const membership_state&, overlay_actions&);
    void hear_when_gone(node_id from, const membership_state&, overlay_actions&);
    void merge(const membership_record&);
    void hear_of_myself(const membership_record&);
    void attach(node_id client, bool connected);
    void drop(node_id peer, overlay_actions&);
    void say_state(node_id to, overlay_actions&);
    void refresh(overlay_actions&);
    void gossip(overlay_actions&);
    void keep_connections(overlay_actions&);

    peer_spec self_;
    overlay_role role_;
    overlay_options options_;
    std::map<node_id, membership_record> records_;  // own record included
    std::map<node_id, peer> peers_;                 // connected
    std::set<node_id> asked_;                       // kept connected at our request
    std::set<node_id> contacts_;                    // of those, joined but not heard of yet
    std::vector<node_id> members_;
    std::uint64_t digest_ = 0;  // of state()
    bool changed_ = true;       // since digest_ and members_ were computed
    node_id heard_from_;        // of the state that is being handled
};

}  // namespace partita::detail
