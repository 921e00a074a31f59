#include "relation_graph.hpp"

#include <algorithm>
#include <limits>

namespace partita::detail {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr edge_kinds all_kinds = ~edge_kinds{0};

/// How many cycles are made to choose the shortest of.
constexpr std::size_t cycles_max = 256;

/// Tarjan's algorithm with a stack of its own: histories are longer than call stacks are deep.
class tarjan {
   public:
    tarjan(const relation_graph& graph, edge_kinds kinds, step_meter& meter)
        : graph_(graph),
          kinds_(kinds),
          meter_(meter),
          number_(graph.nodes(), none),
          low_(graph.nodes(), 0),
          next_edge_(graph.nodes(), 0) {
        found_.of.assign(graph.nodes(), none);
    }

    strong_components run() {
        for (std::uint32_t node = 0; node < graph_.nodes() && !meter_.spent(); ++node) {
            if (number_[node] == none) visit(node);
        }
        return std::move(found_);
    }

   private:
    void visit(std::uint32_t root) {
        enter(root);
        while (!calls_.empty()) {
            const std::uint32_t node = calls_.back();
            if (!meter_.spend()) return;
            if (next_edge_[node] == graph_.end(node)) {
                leave(node);
            } else {
                follow(graph_.edges()[next_edge_[node]++]);
            }
        }
    }
    void enter(std::uint32_t node) {
        number_[node] = low_[node] = next_number_++;
        next_edge_[node] = graph_.first(node);
        calls_.push_back(node);
        open_.push_back(node);
    }
    void follow(const graph_edge& edge) {
        if ((edge.kind & kinds_) == 0) return;
        if (number_[edge.to] == none) {
            enter(edge.to);
        } else if (found_.of[edge.to] == none) {
            low_[edge.from] = std::min(low_[edge.from], number_[edge.to]);
        }
    }
    void leave(std::uint32_t node) {
        calls_.pop_back();
        if (!calls_.empty()) low_[calls_.back()] = std::min(low_[calls_.back()], low_[node]);
        if (low_[node] == number_[node]) close(node);
    }
    void close(std::uint32_t root) {
        const auto component = static_cast<std::uint32_t>(found_.size.size());
        found_.size.push_back(0);
        for (std::uint32_t node = none; node != root; ++found_.size.back()) {
            node = open_.back();
            open_.pop_back();
            found_.of[node] = component;
        }
    }

    const relation_graph& graph_;
    edge_kinds kinds_;
    step_meter& meter_;
    std::vector<std::uint32_t> number_;
    std::vector<std::uint32_t> low_;
    std::vector<std::uint32_t> next_edge_;
    std::vector<std::uint32_t> calls_;
    std::vector<std::uint32_t> open_;
    std::uint32_t next_number_ = 0;
    strong_components found_;
};

std::vector<graph_edge> backtrack(const relation_graph& graph,
                                  const std::vector<std::uint32_t>& reached_by, std::uint32_t from,
                                  std::uint32_t to) {
    std::vector<graph_edge> path;
    for (std::uint32_t node = to; node != from; node = path.back().from) {
        path.push_back(graph.edges()[reached_by[node]]);
    }
    std::reverse(path.begin(), path.end());
    return path;
}

}  // namespace

relation_graph::relation_graph(std::size_t nodes, const std::vector<graph_edge>& edges)
    : first_(nodes + 1, 0), edges_(edges.size()) {
    for (const graph_edge& edge : edges) ++first_[edge.from + 1];
    for (std::size_t node = 0; node < nodes; ++node) first_[node + 1] += first_[node];
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for (const graph_edge& edge : edges) edges_[next[edge.from]++] = edge;
}

strong_components components_of(const relation_graph& graph, edge_kinds kinds, step_meter& meter) {
    return tarjan(graph, kinds, meter).run();
}

std::vector<graph_edge> shortest_path(const relation_graph& graph, std::uint32_t from,
                                      std::uint32_t to, edge_kinds kinds, step_meter& meter) {
    std::vector<std::uint32_t> reached_by(graph.nodes(), none);
    std::vector<std::uint32_t> open{from};
    for (std::size_t next = 0; next < open.size() && from != to && meter.spend(); ++next) {
        for (std::uint32_t at = graph.first(open[next]); at < graph.end(open[next]); ++at) {
            const graph_edge& edge = graph.edges()[at];
            if ((edge.kind & kinds) == 0 || edge.to == from || reached_by[edge.to] != none) {
                continue;
            }
            reached_by[edge.to] = at;
            if (edge.to == to) return backtrack(graph, reached_by, from, to);
            open.push_back(edge.to);
        }
    }
    return {};
}

std::vector<graph_edge> short_cycle(const relation_graph& graph, edge_kinds preferred,
                                    step_meter& meter) {
    const strong_components parts = components_of(graph, all_kinds, meter);
    if (meter.spent() || parts.acyclic()) return {};
    std::vector<graph_edge> best;
    std::size_t tried = 0;
    for (const edge_kinds wanted : {preferred, ~preferred}) {
        for (const graph_edge& edge : graph.edges()) {
            if ((edge.kind & wanted) == 0 || !parts.cyclic(edge)) continue;
            if (tried++ == cycles_max || (!best.empty() && !meter.spend())) return best;
            std::vector<graph_edge> cycle =
                shortest_path(graph, edge.to, edge.from, all_kinds, meter);
            cycle.insert(cycle.begin(), edge);
            if (cycle.size() > 1 && (best.empty() || cycle.size() < best.size())) best = cycle;
        }
        if (!best.empty()) return best;
    }
    return best;
}

}  // namespace partita::detail
