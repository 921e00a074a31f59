#include <algorithm>

#include "relation_causal.hpp"

namespace partita::detail {

namespace {

std::string reason(const register_view& view, const graph_edge& edge, quotation& quote) {
    const client_history& history = *view.history;
    const auto operation = [&](std::uint32_t event) { return view.events[event].operation; };
    if (edge.kind == reads_from) return "it returned the value written there";
    if (edge.kind == same_process) {
        const std::int64_t process = history[operation(edge.to)].process;
        return "process " + std::to_string(process) + " did them in this order";
    }
    const std::int64_t reader = history[operation(edge.reason)].process;
    return quote(operation(edge.reason)) + " returned the value of the second when process " +
           std::to_string(reader) + " knew of both";
}

std::string sentence(const register_view& view, const graph_edge& edge, quotation& quote) {
    const std::string first = quote(view.events[edge.from].operation);
    const std::string second = quote(view.events[edge.to].operation);
    return first + " comes before " + second + ", because " + reason(view, edge, quote);
}

}  // namespace

std::string explained_path(const register_view& view, const std::vector<graph_edge>& path,
                           quotation& quote) {
    std::string text;
    for (const graph_edge& edge : path) {
        text += (text.empty() ? "" : ". ") + sentence(view, edge, quote);
    }
    return text;
}

std::string explained_cycle(const register_view& view, const std::vector<graph_edge>& cycle,
                            quotation& quote) {
    if (cycle.empty()) return {};
    const std::vector<graph_edge> all_but_last(cycle.begin(), cycle.end() - 1);
    std::string text = explained_path(view, all_but_last, quote);
    text += text.empty() ? "" : ". However, ";
    return text + sentence(view, cycle.back(), quote) + ": a contradiction";
}

std::vector<std::size_t> cycle_evidence(const register_view& view,
                                        const std::vector<graph_edge>& cycle) {
    std::vector<std::size_t> reasons;
    std::vector<std::size_t> rest;
    for (const graph_edge& edge : cycle) {
        if (edge.reason != register_event::none) {
            reasons.push_back(view.events[edge.reason].operation);
        } else if (edge.kind == reads_from) {
            reasons.push_back(view.events[edge.to].operation);
        }
        rest.push_back(view.events[edge.from].operation);
    }
    std::sort(reasons.rbegin(), reasons.rend());
    reasons.insert(reasons.end(), rest.begin(), rest.end());
    return reasons;
}

check_outcome initial_read(const register_view& view, std::uint32_t read, std::uint32_t known,
                           const std::vector<graph_edge>& edges, step_meter& meter) {
    const relation_graph graph(view.events.size(), edges);
    const auto path = shortest_path(graph, known, read, ~edge_kinds{0}, meter);
    quotation quote(*view.history);
    const std::size_t reading = view.events[read].operation;
    std::string text = quote(reading) + " returned the initial value, although it knew of ";
    text += quote(view.events[known].operation) + ". ";
    text += explained_path(view, path, quote);
    return violated("read of the initial value after a write", text,
                    {reading, view.events[known].operation}, meter);
}

}  // namespace partita::detail
