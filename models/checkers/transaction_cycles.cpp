#include "transaction_cycles.hpp"

#include <algorithm>

namespace partita::detail {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr edge_kinds all_kinds = ~edge_kinds{0};

/// How many starts are tried until a cycle is found, and from then on for a shorter one.
constexpr std::size_t starts_max = 256;
constexpr std::size_t more_starts_max = 64;

using spacing = cycle_class::spacing;

/// A walk may only go on in states: where it is, whether it came there by a read-write edge, and
/// whether it has had an edge of the extra kind.
struct walk_state {
    std::uint32_t node = 0;
    bool after_read_write = false;
    bool had_extra = false;

    [[nodiscard]] std::uint32_t number() const {
        return node * 4 + (after_read_write ? 1 : 0) + (had_extra ? 2 : 0);
    }
};

bool may_follow(const cycle_class& of, const walk_state& at, const graph_edge& edge) {
    if ((edge.kind & of.allowed) == 0) return false;
    if (edge.kind != read_write || of.read_writes == spacing::any) return true;
    return of.read_writes == spacing::apart && !at.after_read_write;
}
walk_state after(const cycle_class& of, const walk_state& at, const graph_edge& edge) {
    const bool counts = of.read_writes == spacing::apart && edge.kind == read_write;
    return {edge.to, counts, at.had_extra || (edge.kind & of.extra) != 0};
}

/// The graph in which a closed walk is one of the class: each node twice if read-write edges must
/// be apart, the second time for walks that came by one.
relation_graph unfolded(const cycle_class& of, std::uint32_t nodes,
                        const std::vector<graph_edge>& edges) {
    std::vector<graph_edge> kept;
    const bool twice = of.read_writes != spacing::any;
    for (const graph_edge& edge : edges) {
        if ((edge.kind & of.allowed) == 0) continue;
        if (!twice) {
            kept.push_back(edge);
        } else if (edge.kind == read_write) {
            kept.push_back({edge.from, edge.to + nodes, edge.kind, edge.reason});
        } else {
            kept.push_back(edge);
            kept.push_back({edge.from + nodes, edge.to, edge.kind, edge.reason});
        }
    }
    return {twice ? nodes * 2 : nodes, kept};
}

/// The components that have an edge of the kind.
std::vector<bool> with_edge(const relation_graph& graph, const strong_components& parts,
                            edge_kinds kind) {
    std::vector<bool> has(parts.size.size(), kind == 0);
    for (const graph_edge& edge : graph.edges()) {
        if ((edge.kind & kind) != 0 && parts.cyclic(edge)) has[parts.of[edge.from]] = true;
    }
    return has;
}

/// From which state, by which edge, each state was reached first.
struct arrivals {
    explicit arrivals(std::uint32_t nodes)
        : by(std::size_t{nodes} * 4, none), from(std::size_t{nodes} * 4) {}
    std::vector<std::uint32_t> by;
    std::vector<walk_state> from;
};

std::vector<graph_edge> walked(const relation_graph& graph, const arrivals& reached,
                               const walk_state& begin, walk_state at) {
    std::vector<graph_edge> walk;
    while (at.number() != begin.number()) {
        walk.push_back(graph.edges()[reached.by[at.number()]]);
        at = reached.from[at.number()];
    }
    std::reverse(walk.begin(), walk.end());
    return walk;
}

}  // namespace

cycle_finder::cycle_finder(std::size_t transactions, const std::vector<graph_edge>& edges,
                           step_meter& meter)
    : meter_(meter) {
    const relation_graph graph(transactions, edges);
    const strong_components parts = components_of(graph, all_kinds, meter);
    if (meter.spent() || parts.acyclic()) return;
    std::vector<std::uint32_t> node_of(transactions, none);
    for (std::uint32_t at = 0; at < transactions; ++at) {
        if (parts.size[parts.of[at]] < 2) continue;
        node_of[at] = nodes_++;
        transaction_of_.push_back(at);
    }
    for (const graph_edge& edge : graph.edges()) {
        if (!parts.cyclic(edge)) continue;
        edges_.push_back({node_of[edge.from], node_of[edge.to], edge.kind, edge.reason});
    }
}

std::vector<graph_edge> cycle_finder::find(const cycle_class& of) {
    const relation_graph graph(nodes_, edges_);
    std::vector<graph_edge> best;
    std::size_t tried = 0;
    for (const graph_edge& start : starts(of, graph)) {
        if (tried++ == (best.empty() ? starts_max : more_starts_max) || meter_.spent()) break;
        std::vector<graph_edge> cycle = close(of, graph, start);
        if (cycle.empty()) continue;
        if (best.empty()) tried = 0;
        if (best.empty() || cycle.size() < best.size()) best = std::move(cycle);
    }
    for (graph_edge& edge : best) {
        edge.from = transaction_of_[edge.from];
        edge.to = transaction_of_[edge.to];
    }
    return best;
}

/// Edges that some closed walk of the class starts with, or nearly: with one read-write edge, those
/// that a walk with more of them starts with.
std::vector<graph_edge> cycle_finder::starts(const cycle_class& of, const relation_graph& graph) {
    const relation_graph walks = unfolded(of, nodes_, edges_);
    const strong_components parts = components_of(walks, all_kinds, meter_);
    if (meter_.spent()) return {};
    const std::vector<bool> extra = with_edge(walks, parts, of.extra);
    std::vector<graph_edge> found;
    for (const graph_edge& edge : graph.edges()) {
        if ((edge.kind & of.start) == 0) continue;
        const bool doubled = of.read_writes != spacing::any && edge.kind == read_write;
        const graph_edge walk{edge.from, edge.to + (doubled ? nodes_ : 0), edge.kind, 0};
        if (parts.cyclic(walk) && extra[parts.of[walk.from]]) found.push_back(edge);
    }
    return found;
}

/// The start and a shortest way back; breadth first.
std::vector<graph_edge> cycle_finder::close(const cycle_class& of, const relation_graph& graph,
                                            const graph_edge& start) {
    const walk_state begin = after(of, {}, start);
    arrivals reached(nodes_);
    std::vector<walk_state> open{begin};
    for (std::size_t next = 0; next < open.size() && meter_.spend(); ++next) {
        const walk_state at = open[next];
        const bool whole = (at.had_extra || of.extra == 0) && !at.after_read_write;
        if (at.node == start.from && whole) {
            std::vector<graph_edge> cycle = walked(graph, reached, begin, at);
            cycle.insert(cycle.begin(), start);
            return cycle;
        }
        for (std::uint32_t edge = graph.first(at.node); edge < graph.end(at.node); ++edge) {
            if (!may_follow(of, at, graph.edges()[edge])) continue;
            const walk_state to = after(of, at, graph.edges()[edge]);
            if (to.number() == begin.number() || reached.by[to.number()] != none) continue;
            reached.by[to.number()] = edge;
            reached.from[to.number()] = at;
            open.push_back(to);
        }
    }
    return {};
}

}  // namespace partita::detail
