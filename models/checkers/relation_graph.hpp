#pragma once

#include <cstdint>
#include <vector>

#include "relation_report.hpp"

namespace partita::detail {

/// A set of edge kinds, a bit each.
using edge_kinds = std::uint32_t;

/// `from` comes before `to`. What `kind` and `reason` mean is the builder's.
struct graph_edge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    edge_kinds kind = 0;  ///< one bit
    std::uint32_t reason = 0;
};

/// A directed graph with labelled edges, laid out by source node.
class relation_graph {
   public:
    relation_graph(std::size_t nodes, const std::vector<graph_edge>& edges);

    [[nodiscard]] std::uint32_t nodes() const {
        return static_cast<std::uint32_t>(first_.size()) - 1;
    }
    [[nodiscard]] const std::vector<graph_edge>& edges() const { return edges_; }
    [[nodiscard]] std::uint32_t first(std::uint32_t node) const { return first_[node]; }
    [[nodiscard]] std::uint32_t end(std::uint32_t node) const { return first_[node + 1]; }

   private:
    std::vector<std::uint32_t> first_;
    std::vector<graph_edge> edges_;  // by source, otherwise as they were given
};

/// The strongly connected components over edges of the given kinds (Tarjan 1972): for each node
/// the number of its component, and for each component how many nodes it has.
struct strong_components {
    std::vector<std::uint32_t> of;
    std::vector<std::uint32_t> size;

    [[nodiscard]] bool acyclic() const { return size.size() == of.size(); }
    [[nodiscard]] bool cyclic(const graph_edge& edge) const {
        return of[edge.from] == of[edge.to] && size[of[edge.from]] > 1;
    }
};
/// Means nothing once the meter is spent.
[[nodiscard]] strong_components components_of(const relation_graph&, edge_kinds, step_meter&);

/// A shortest path over edges of the given kinds; empty where there is none, or `from` is `to`.
[[nodiscard]] std::vector<graph_edge> shortest_path(const relation_graph&, std::uint32_t from,
                                                    std::uint32_t to, edge_kinds, step_meter&);

/// A short cycle; empty where there is none. One that has an edge of a preferred kind if any does.
[[nodiscard]] std::vector<graph_edge> short_cycle(const relation_graph&, edge_kinds preferred,
                                                  step_meter&);

}  // namespace partita::detail
