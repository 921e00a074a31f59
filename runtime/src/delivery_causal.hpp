#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include <partita/runtime/delivery.hpp>

namespace partita::detail {

/// What one node knows of causal messages that were sent and may not have arrived: the matrix SENT
/// of Raynal, Schiper and Toueg, without what is known to have arrived. Each node's row is its own
/// to change; others take over the version that knows more.
///
/// Entries of which nobody tells any more stay: at most one a pair of nodes.
class causal_order {
   public:
    causal_order(node_id self, std::uint64_t incarnation) : self_(self) {
        rows_[self].incarnation = incarnation;
        rows_[self].version = 1;
    }

    /// What a message sent now must not overtake.
    [[nodiscard]] std::vector<causal_row> past() const;
    /// This node's last causal message to `to`, in that life of it, that is outstanding; 0 = none.
    void outstanding(node_id to, std::uint64_t life, std::uint64_t sequence);
    /// A message with that past was delivered here.
    void learn(const std::vector<causal_row>& past);
    /// A message with that past was delivered to that node, so what it waited for was too.
    void reached(node_id to, std::uint64_t life, const std::vector<causal_row>& past);
    void node_lives(node_id, std::uint64_t incarnation);

   private:
    struct sent {
        std::uint64_t incarnation = 0;
        std::uint64_t sequence = 0;
        bool operator==(const sent&) const = default;
    };
    struct row {
        std::uint64_t incarnation = 0;
        std::uint64_t version = 0;
        bool announced = false;
        std::map<node_id, sent> entries;
    };
    void take_over(const causal_row&);
    [[nodiscard]] bool matters(const causal_entry&) const;

    node_id self_;
    std::map<node_id, row> rows_;
    std::map<node_id, std::uint64_t> lives_;  // the latest known
};

}  // namespace partita::detail
