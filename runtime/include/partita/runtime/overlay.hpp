#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <partita/runtime/ids.hpp>

namespace partita {

/// Who belongs, who connects to whom, and how a message is routed: chosen when a node starts, with
/// no change to the application. Owned by its node.
class overlay {
   public:
    virtual ~overlay() = default;
    /// Who belongs, in order of node_id, this node included.
    [[nodiscard]] virtual const std::vector<node_id>& members() const = 0;
    /// The neighbour a message for that node goes to next; nothing when there is no way.
    [[nodiscard]] virtual std::optional<node_id> next_hop(node_id destination) const = 0;
    virtual void join(node_id) = 0;
    virtual void leave(node_id) = 0;
};

/// Every node is connected to every other: next_hop is the destination itself.
class full_mesh final : public overlay {
   public:
    using member_list = std::shared_ptr<const std::vector<node_id>>;

    /// Members need not be sorted; `self` is added when missing.
    full_mesh(node_id self, std::vector<node_id> members);
    /// Shares a sorted list that holds `self`, until this node's view departs from it: a thousand
    /// nodes need not keep a thousand copies.
    explicit full_mesh(member_list sorted) : members_(std::move(sorted)) {}
    [[nodiscard]] const std::vector<node_id>& members() const override { return *members_; }
    [[nodiscard]] std::optional<node_id> next_hop(node_id destination) const override;
    void join(node_id) override;
    void leave(node_id) override;

   private:
    member_list members_;
    mutable node_id last_;  // of the members; most messages go where the one before went
};

}  // namespace partita
