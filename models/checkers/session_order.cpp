#include "session_order.hpp"

#include <algorithm>
#include <map>

namespace partita::detail {

namespace {

constexpr std::uint32_t none = register_event::none;

/// What each event must know of, as the least sets that the demands allow: each process has its
/// reads in order and, with monotonic writes, its writes in order; either part is known up to some
/// number. A write that is known without its predecessors is known through the reads of it.
class session_order {
   public:
    session_order(const register_view& view, const session_demands& demands, step_meter& meter)
        : view_(view), demands_(demands), meter_(meter), width_(2 * view.chains.size()) {}

    check_outcome check() {
        if (!meter_.reserve(std::uint64_t{sizeof(std::uint32_t)} * view_.events.size() * width_)) {
            return gave_up(meter_);
        }
        number_parts();
        join();
        const check_outcome circular = check_acyclic(view_, edges_, meter_);
        if (circular.verdict != verdict::holds) return circular;
        know();
        for (std::uint32_t at = 0; at < view_.events.size(); ++at) {
            if (view_.events[at].write) continue;
            order_writes(at);
            if (initial_after_write_ != none) {
                return initial_read(view_, at, initial_after_write_, edges_, meter_);
            }
            if (meter_.spent()) return gave_up(meter_);
        }
        return check_acyclic(view_, edges_, meter_);
    }

   private:
    /// Reads of one process of one key, by their number among its reads.
    using numbered = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

    /// The last read and write before each event in its process, and its number among its like.
    void number_parts() {
        const std::size_t events = view_.events.size();
        last_read_.assign(events, none);
        last_write_.assign(events, none);
        number_.assign(events, 0);
        reads_.resize(view_.writers.size());
        for (std::uint32_t at = 0; at < events; ++at) {
            const register_event& event = view_.events[at];
            if (event.before != none) {
                const bool after_write = view_.events[event.before].write;
                last_read_[at] = after_write ? last_read_[event.before] : event.before;
                last_write_[at] = after_write ? event.before : last_write_[event.before];
            }
            const std::uint32_t like = event.write ? last_write_[at] : last_read_[at];
            const bool same_chain = like != none && view_.events[like].chain == event.chain;
            number_[at] = same_chain ? number_[like] + 1 : 0;
            if (!event.write) reads_[event.key][event.chain].emplace_back(number_[at], at);
        }
    }

    /// The edges along which knowledge goes.
    void join() {
        for (std::uint32_t at = 0; at < view_.events.size(); ++at) {
            const register_event& event = view_.events[at];
            join(event.source, at, reads_from, true);
            const bool write = event.write;
            join(last_read_[at], at, same_process,
                 write ? demands_.writes_follow_reads : demands_.monotonic_reads);
            join(last_write_[at], at, same_process,
                 write ? demands_.monotonic_writes : demands_.read_your_writes);
        }
    }
    void join(std::uint32_t from, std::uint32_t to, edge_kinds kind, bool demanded) {
        if (demanded && from != none) edges_.push_back({from, to, kind, none});
    }

    void know() {
        const relation_graph graph(view_.events.size(), edges_);
        std::vector<std::uint32_t> missing(view_.events.size(), 0);
        for (const graph_edge& edge : edges_) ++missing[edge.to];
        known_.assign(view_.events.size() * width_, 0);
        std::vector<std::uint32_t> ready;
        for (std::uint32_t at = 0; at < missing.size(); ++at) {
            if (missing[at] == 0) ready.push_back(at);
        }
        for (std::size_t next = 0; next < ready.size() && meter_.spend(clock_steps(width_));
             ++next) {
            know_itself(ready[next]);
            for (auto at = graph.first(ready[next]); at < graph.end(ready[next]); ++at) {
                const std::uint32_t to = graph.edges()[at].to;
                for (std::size_t part = 0; part < width_; ++part) {
                    known(to)[part] = std::max(known(to)[part], known(ready[next])[part]);
                }
                if (--missing[to] == 0) ready.push_back(to);
            }
        }
    }
    void know_itself(std::uint32_t at) {
        const register_event& event = view_.events[at];
        if (event.write && !demands_.monotonic_writes) return;
        known(at)[event.chain + (event.write ? view_.chains.size() : 0)] = number_[at] + 1;
    }
    std::uint32_t* known(std::uint32_t event) {
        return known_.data() + std::size_t{event} * width_;
    }

    /// What the read knows of comes before what it returned.
    void order_writes(std::uint32_t read) {
        const register_event& event = view_.events[read];
        for (const auto& [chain, reads] : reads_[event.key]) {
            const bool own = chain == event.chain;
            const std::uint32_t seen = own ? number_[read] : known(read)[chain];
            const auto past = std::lower_bound(reads.begin(), reads.end(), std::pair{seen, 0U});
            meter_.spend();
            if (past == reads.begin()) continue;
            put_before(view_.events[(past - 1)->second].source, read);
        }
        for (const register_view::writer& writer : view_.writers[event.key]) {
            const auto past = std::partition_point(
                writer.writes.begin(), writer.writes.end(), [&](std::uint32_t write) {
                    return number_[write] < known(read)[view_.chains.size() + writer.chain];
                });
            meter_.spend();
            if (past != writer.writes.begin()) put_before(*(past - 1), read);
        }
    }
    void put_before(std::uint32_t write, std::uint32_t read) {
        const std::uint32_t source = view_.events[read].source;
        if (write == none || write == source) return;
        if (source == none) {
            initial_after_write_ = write;
        } else {
            edges_.push_back({write, source, overwritten, read});
        }
    }

    const register_view& view_;
    session_demands demands_;
    step_meter& meter_;
    std::size_t width_;
    std::vector<std::uint32_t> last_read_;
    std::vector<std::uint32_t> last_write_;
    std::vector<std::uint32_t> number_;
    std::vector<std::map<std::uint32_t, numbered>> reads_;  // by key, then chain
    std::vector<graph_edge> edges_;
    std::vector<std::uint32_t> known_;
    std::uint32_t initial_after_write_ = none;
};

}  // namespace

check_outcome check_acyclic(const register_view& view, const std::vector<graph_edge>& edges,
                            step_meter& meter) {
    if (!meter.reserve(edges.size() * sizeof(graph_edge))) return gave_up(meter);
    const relation_graph graph(view.events.size(), edges);
    const auto cycle = short_cycle(graph, overwritten | reads_from, meter);
    if (meter.spent()) return gave_up(meter);
    if (cycle.empty()) return holds(meter);
    quotation quote(*view.history);
    return violated("no order of writes", explained_cycle(view, cycle, quote),
                    cycle_evidence(view, cycle), meter);
}

check_outcome check_session_order(const register_view& view, const session_demands& demands,
                                  step_meter& meter) {
    return session_order(view, demands, meter).check();
}

}  // namespace partita::detail
