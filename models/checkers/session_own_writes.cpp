#include <map>

#include "session_order.hpp"

namespace partita::detail {

namespace {

constexpr std::uint32_t none = register_event::none;

/// The own writes of one process to one key, up to where it is now.
struct own_writes {
    std::vector<std::uint32_t> writes;
    /// The own write that an own read returned last: of all before that read it is the newest.
    std::uint32_t newest = none;
    std::size_t before_newest = 0;
    /// How many of the writes are known to come before another's write.
    std::map<std::uint32_t, std::size_t> before_other;
};

/// Edges to what the read returned from the own writes that need one still.
void order(own_writes& own, std::uint32_t read, std::uint32_t source,
           std::vector<graph_edge>& edges, step_meter& meter) {
    std::size_t& done = own.before_other[source];
    std::size_t from = done;
    if (own.newest != none && own.before_newest > from) {
        from = own.before_newest;
        if (own.newest != source) edges.push_back({own.newest, source, overwritten, read});
    }
    for (; from < own.writes.size() && meter.spend(); ++from) {
        if (own.writes[from] == source) continue;
        edges.push_back({own.writes[from], source, overwritten, read});
    }
    done = own.writes.size();
}

}  // namespace

check_outcome check_own_writes(const register_view& view, step_meter& meter) {
    std::vector<graph_edge> edges;
    for (const std::vector<std::uint32_t>& chain : view.chains) {
        std::map<std::uint32_t, own_writes> by_key;
        for (const std::uint32_t at : chain) {
            const register_event& event = view.events[at];
            own_writes& own = by_key[event.key];
            if (!meter.spend()) return gave_up(meter);
            if (event.write) {
                own.writes.push_back(at);
            } else if (event.source != none) {
                order(own, at, event.source, edges, meter);
                const register_event& source = view.events[event.source];
                if (source.chain != event.chain || source.position > event.position) continue;
                own.newest = event.source;
                own.before_newest = own.writes.size();
            } else if (!own.writes.empty()) {
                return initial_read(view, at, own.writes.back(), causal_edges(view), meter);
            }
        }
    }
    return check_acyclic(view, edges, meter);
}

}  // namespace partita::detail
