#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include <partita/runtime/membership.hpp>
#include <partita/runtime/overlay.hpp>

namespace partita::detail {

/// Links are made by joining, by either side, and by nothing else; members are the nodes linked
/// with this one. Nobody hears of third nodes. A link ends when either side leaves it: link_request
/// and link_end bear the number of a join, so that neither an old request nor an old end, repeated
/// or found again after a reconnect, undoes what was asked later.
class static_overlay final : public overlay {
   public:
    static_overlay(peer_spec self, std::uint64_t incarnation, const overlay_options&);

    [[nodiscard]] const std::vector<node_id>& members() const override { return members_; }
    [[nodiscard]] std::optional<node_id> next_hop(node_id destination) const override;
    [[nodiscard]] std::vector<node_id> neighbours() const override;
    [[nodiscard]] overlay_actions handle(const overlay_event&) override;
    [[nodiscard]] peer_spec self() const override { return self_; }

   private:
    /// Life and ordinal of a join; all 0: none.
    using join_number = std::pair<std::uint64_t, std::uint64_t>;
    struct link {
        join_number ours;    // the join of ours that it rests on
        join_number theirs;  // and the one of theirs
    };

    void on(const overlay_started&, overlay_actions&);
    void on(const join_asked&, overlay_actions&);
    void on(const leave_asked&, overlay_actions&);
    void on(const peer_found&, overlay_actions&);
    void on(const peer_lost&, overlay_actions&);
    void on(const peer_said&, overlay_actions&);
    void on(const overlay_tick&, overlay_actions&) {}

    void end_link(node_id peer, overlay_actions&);
    void forget_link(node_id peer, overlay_actions&);

    peer_spec self_;
    overlay_options options_;
    join_number last_join_;
    std::map<node_id, link> links_;
    std::map<node_id, join_number> ended_;          // requests of others that count no longer
    std::map<node_id, join_number> contacts_;       // joins under way
    std::map<std::string, join_number> addresses_;  // of contacts whose name is not known yet
    std::set<node_id> connected_;
    std::vector<node_id> members_;
};

}  // namespace partita::detail
