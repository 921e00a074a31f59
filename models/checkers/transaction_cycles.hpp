#pragma once

#include <string>
#include <vector>

#include "transaction_graph.hpp"

namespace partita::detail {

/// A class of cycles. An edge of kind `start` begins it, and it has an edge of kind `extra` if that
/// is not 0.
struct cycle_class {
    /// How many read-write edges there may be: any, one, or more with another edge between any two.
    enum class spacing { any, one, apart };

    std::string kind;
    edge_kinds allowed = 0;
    edge_kinds start = 0;
    edge_kinds extra = 0;
    spacing read_writes = spacing::any;
};

/// Looks for short cycles in one graph of transactions, class by class.
class cycle_finder {
   public:
    /// Forgets at once all that is on no cycle.
    cycle_finder(std::size_t transactions, const std::vector<graph_edge>&, step_meter&);

    [[nodiscard]] bool acyclic() const { return edges_.empty(); }
    /// A short cycle of the class, starting with an edge of its kind; empty where there is none, or
    /// the meter is spent.
    [[nodiscard]] std::vector<graph_edge> find(const cycle_class&);

   private:
    [[nodiscard]] std::vector<graph_edge> starts(const cycle_class&, const relation_graph&);
    [[nodiscard]] std::vector<graph_edge> close(const cycle_class&, const relation_graph&,
                                                const graph_edge& start);

    step_meter& meter_;
    std::uint32_t nodes_ = 0;
    std::vector<std::uint32_t> transaction_of_;  // by node
    std::vector<graph_edge> edges_;              // between nodes
};

}  // namespace partita::detail
