#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "relation_graph.hpp"
#include "relation_register.hpp"

namespace partita::detail {

// The kinds of edges between register events.
constexpr edge_kinds same_process = 1;
constexpr edge_kinds reads_from = 2;
/// Between writes of a key. Its reason is a read that returned the later one's value, by a client
/// that must have known of both.
constexpr edge_kinds overwritten = 4;

/// The edges of process order and reads-from.
[[nodiscard]] std::vector<graph_edge> causal_edges(const register_view&);

/// What it costs to join two clocks: they are joined many entries at a time.
constexpr std::uint64_t clock_steps(std::size_t entries) { return 1 + entries / 16; }

/// For each event, how many events of each chain are in its causal past, with itself.
class causal_clocks {
   public:
    /// Complete unless the causal order has a cycle, or the meter is spent.
    causal_clocks(const register_view&, step_meter&);

    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] const std::uint32_t* of(std::uint32_t event) const {
        return clocks_.data() + std::size_t{event} * chains_;
    }
    [[nodiscard]] bool before(const register_view& view, std::uint32_t first,
                              std::uint32_t second) const {
        const register_event& event = view.events[first];
        return of(second)[event.chain] > event.position;
    }

   private:
    std::size_t chains_;
    std::vector<std::uint32_t> clocks_;
    bool complete_ = false;
};

/// `A comes before B, because ...`, for each edge of a path, `. ` between.
[[nodiscard]] std::string explained_path(const register_view&, const std::vector<graph_edge>&,
                                         quotation&);
/// The same for a cycle, the last edge of which contradicts the others.
[[nodiscard]] std::string explained_cycle(const register_view&, const std::vector<graph_edge>&,
                                          quotation&);
/// The operations of a cycle; the latest read that is a reason, if any, comes first.
[[nodiscard]] std::vector<std::size_t> cycle_evidence(const register_view&,
                                                      const std::vector<graph_edge>&);

/// A read that contradicts the causal order alone; `holds` where there is none. Needs complete
/// clocks.
[[nodiscard]] check_outcome check_weak(const register_view&, const causal_clocks&, step_meter&);
[[nodiscard]] check_outcome check_memory(const register_view&, const causal_clocks&, step_meter&);
[[nodiscard]] check_outcome check_convergence(const register_view&, const causal_clocks&,
                                              step_meter&);

/// A read of the initial value by one who knew of the write `known`.
[[nodiscard]] check_outcome initial_read(const register_view&, std::uint32_t read,
                                         std::uint32_t known, const std::vector<graph_edge>& edges,
                                         step_meter&);

}  // namespace partita::detail
