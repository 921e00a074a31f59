#include "relation_causal.hpp"

#include <algorithm>

#include <partita/models/causal.hpp>

namespace partita::detail {

namespace {

constexpr std::uint32_t none = register_event::none;

/// Events with all they depend on before them (Kahn); fewer than all if there is a cycle.
std::vector<std::uint32_t> causal_sequence(const relation_graph& graph, step_meter& meter) {
    std::vector<std::uint32_t> missing(graph.nodes(), 0);
    for (const graph_edge& edge : graph.edges()) ++missing[edge.to];
    std::vector<std::uint32_t> sequence;
    for (std::uint32_t event = 0; event < graph.nodes(); ++event) {
        if (missing[event] == 0) sequence.push_back(event);
    }
    for (std::size_t next = 0; next < sequence.size() && meter.spend(); ++next) {
        for (auto at = graph.first(sequence[next]); at < graph.end(sequence[next]); ++at) {
            const std::uint32_t to = graph.edges()[at].to;
            if (--missing[to] == 0) sequence.push_back(to);
        }
    }
    return sequence;
}

check_outcome overwritten_read(const register_view& view, std::uint32_t read, std::uint32_t newer,
                               step_meter& meter) {
    const relation_graph graph(view.events.size(), causal_edges(view));
    const std::uint32_t source = view.events[read].source;
    quotation quote(*view.history);
    const auto operation = [&](std::uint32_t event) { return view.events[event].operation; };
    std::string text = quote(operation(read)) + " returned the value of " +
                       quote(operation(source)) + ", although it knew of the later " +
                       quote(operation(newer)) + ". ";
    text += explained_path(view, shortest_path(graph, source, newer, ~edge_kinds{0}, meter), quote);
    text += ". " +
            explained_path(view, shortest_path(graph, newer, read, ~edge_kinds{0}, meter), quote);
    return violated("read of an overwritten value", text,
                    {operation(read), operation(newer), operation(source)}, meter);
}

/// The first thing wrong with a read: a write of its causal past that it should have returned.
check_outcome check_read(const register_view& view, const causal_clocks& clocks, std::uint32_t read,
                         step_meter& meter) {
    const register_event& event = view.events[read];
    for (const register_view::writer& writer : view.writers[event.key]) {
        meter.spend();
        const std::uint32_t known = last_write(view, writer, clocks.of(read)[writer.chain]);
        if (known == none || known == event.source) continue;
        if (event.source == none) return initial_read(view, read, known, causal_edges(view), meter);
        if (clocks.before(view, event.source, known)) {
            return overwritten_read(view, read, known, meter);
        }
    }
    return holds(meter);
}

check_outcome check_level(const register_view& view, causal_level level, step_meter& meter) {
    const causal_clocks clocks(view, meter);
    if (meter.spent()) return gave_up(meter);
    if (!clocks.complete()) {
        const relation_graph graph(view.events.size(), causal_edges(view));
        const auto cycle = short_cycle(graph, reads_from, meter);
        if (meter.spent()) return gave_up(meter);
        quotation quote(*view.history);
        return violated("causal cycle", explained_cycle(view, cycle, quote),
                        cycle_evidence(view, cycle), meter);
    }
    check_outcome found = check_weak(view, clocks, meter);
    if (found.verdict != verdict::holds || level == causal_level::weak) return found;
    if (level == causal_level::memory) return check_memory(view, clocks, meter);
    return check_convergence(view, clocks, meter);
}

}  // namespace

std::vector<graph_edge> causal_edges(const register_view& view) {
    std::vector<graph_edge> edges;
    for (std::uint32_t at = 0; at < view.events.size(); ++at) {
        const register_event& event = view.events[at];
        if (event.before != none) edges.push_back({event.before, at, same_process, none});
        if (event.source != none) edges.push_back({event.source, at, reads_from, none});
    }
    return edges;
}

causal_clocks::causal_clocks(const register_view& view, step_meter& meter)
    : chains_(view.chains.size()) {
    const std::size_t events = view.events.size();
    if (!meter.reserve(std::uint64_t{sizeof(std::uint32_t)} * events * chains_)) return;
    clocks_.resize(events * chains_);
    const relation_graph graph(events, causal_edges(view));
    const auto sequence = causal_sequence(graph, meter);
    if (sequence.size() < events) return;
    for (const std::uint32_t at : sequence) {
        const register_event& event = view.events[at];
        std::uint32_t* clock = clocks_.data() + std::size_t{at} * chains_;
        for (const std::uint32_t past : {event.before, event.source}) {
            for (std::size_t chain = 0; past != none && chain < chains_; ++chain) {
                clock[chain] = std::max(clock[chain], of(past)[chain]);
            }
        }
        clock[event.chain] = event.position + 1;
        meter.spend(clock_steps(chains_));
    }
    complete_ = !meter.spent();
}

check_outcome check_weak(const register_view& view, const causal_clocks& clocks,
                         step_meter& meter) {
    for (std::uint32_t at = 0; at < view.events.size(); ++at) {
        if (view.events[at].write) continue;
        check_outcome found = check_read(view, clocks, at, meter);
        if (found.verdict == verdict::violated) return found;
        if (meter.spent()) return gave_up(meter);
    }
    return holds(meter);
}

check_outcome check_convergence(const register_view& view, const causal_clocks& clocks,
                                step_meter& meter) {
    std::vector<graph_edge> edges = causal_edges(view);
    for (std::uint32_t at = 0; at < view.events.size() && !meter.spent(); ++at) {
        const register_event& event = view.events[at];
        if (event.source == none) continue;
        for (const register_view::writer& writer : view.writers[event.key]) {
            meter.spend();
            const std::uint32_t known = last_write(view, writer, clocks.of(at)[writer.chain]);
            if (known == none || known == event.source) continue;
            edges.push_back({known, event.source, overwritten, at});
        }
    }
    if (!meter.reserve(edges.size() * 2 * sizeof(graph_edge))) return gave_up(meter);
    const relation_graph graph(view.events.size(), edges);
    const auto cycle = short_cycle(graph, overwritten, meter);
    if (meter.spent()) return gave_up(meter);
    if (cycle.empty()) return holds(meter);
    quotation quote(*view.history);
    return violated(
        "no order of writes",
        "No one order of the writes explains what was read. " + explained_cycle(view, cycle, quote),
        cycle_evidence(view, cycle), meter);
}

}  // namespace partita::detail

namespace partita {

result<check_outcome> check_causal(const client_history& operations, causal_level level,
                                   const check_bounds& bounds) {
    detail::step_meter meter(bounds);
    const auto view = detail::view_registers(operations, meter);
    if (!view) return tl::unexpected(view.error());
    if (view->impossible_read) return *view->impossible_read;
    return detail::check_level(*view, level, meter);
}

}  // namespace partita
