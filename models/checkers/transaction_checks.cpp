#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "transaction_cycles.hpp"

namespace partita {

namespace {

using detail::cycle_class;
using detail::edge_kinds;
using detail::graph_edge;
using detail::step_meter;

/// What orders transactions besides what they read and wrote.
enum class sessions : std::uint8_t { none, process, real_time };

/// What an isolation level forbids: what its rank does, also in the order of its sessions.
struct level_rules {
    isolation_level level;
    std::string_view name;
    int rank;  ///< 0 read uncommitted, 1 read committed, 2 snapshot isolation, 3 serializable
    sessions order;
};
constexpr std::array levels{
    level_rules{isolation_level::read_uncommitted, "read-uncommitted", 0, sessions::none},
    level_rules{isolation_level::read_committed, "read-committed", 1, sessions::none},
    level_rules{isolation_level::snapshot_isolation, "snapshot-isolation", 2, sessions::none},
    level_rules{isolation_level::serializable, "serializable", 3, sessions::none},
    level_rules{isolation_level::strong_session_snapshot_isolation,
                "strong-session-snapshot-isolation", 2, sessions::process},
    level_rules{isolation_level::strong_session_serializable, "strong-session-serializable", 3,
                sessions::process},
    level_rules{isolation_level::strong_snapshot_isolation, "strong-snapshot-isolation", 2,
                sessions::real_time},
    level_rules{isolation_level::strict_serializable, "strict-serializable", 3,
                sessions::real_time},
};

const level_rules& rules_of(isolation_level level) {
    return *std::find_if(levels.begin(), levels.end(),
                         [&](const level_rules& each) { return each.level == level; });
}

/// From which rank on an anomaly that is no cycle is forbidden; worst first.
struct ranked_kind {
    std::string_view kind;
    int rank;
};
constexpr std::array ranked_kinds{
    ranked_kind{"element never appended", 0},
    ranked_kind{"duplicate elements", 0},
    ranked_kind{"incompatible orders", 1},
    ranked_kind{"dirty update", 1},
    ranked_kind{"G1a", 1},
    ranked_kind{"G1b", 1},
    ranked_kind{"internal", 2},
    ranked_kind{"future read", 2},
    ranked_kind{"lost update", 2},
};

constexpr edge_kinds writes = detail::write_write;
constexpr edge_kinds reads = detail::write_write | detail::write_read;
constexpr edge_kinds all = reads | detail::read_write;

/// The cycles that a rank forbids, the worst first, with edges of the order in each.
std::vector<cycle_class> classes_of(int rank, sessions order) {
    using spacing = cycle_class::spacing;
    const edge_kinds extra = order == sessions::process     ? detail::process_order
                             : order == sessions::real_time ? detail::real_time
                                                            : 0;
    const edge_kinds more = order == sessions::real_time ? extra | detail::process_order : extra;
    const std::string suffix = order == sessions::process     ? "-process"
                               : order == sessions::real_time ? "-realtime"
                                                              : "";
    std::vector<cycle_class> classes{
        {"G0" + suffix, writes | more, detail::write_write, extra, spacing::any},
        {"G1c" + suffix, reads | more, detail::write_read, extra, spacing::any},
        {"G-single" + suffix, all | more, detail::read_write, extra, spacing::one},
        {"G-nonadjacent" + suffix, all | more, detail::read_write, extra, spacing::apart},
        {"G2-item" + suffix, all | more, detail::read_write, extra, spacing::any},
    };
    constexpr std::array<std::size_t, 4> forbidden{1, 2, 4, 5};
    classes.resize(forbidden[static_cast<std::size_t>(rank)]);
    return classes;
}

edge_kinds edges_of(const level_rules& rules) {
    edge_kinds kinds = rules.rank == 0 ? writes : rules.rank == 1 ? reads : all;
    if (rules.order != sessions::none) kinds |= detail::process_order;
    if (rules.order == sessions::real_time) kinds |= detail::real_time;
    return kinds;
}

class anomaly_finder {
   public:
    anomaly_finder(const level_rules& rules, step_meter& meter) : rules_(rules), meter_(meter) {}

    result<transaction_anomalies> run(const client_history& operations) {
        auto view = detail::view_transactions(operations, meter_);
        if (!view) return tl::unexpected(view.error());
        const detail::version_orders orders = detail::find_orders(*view, meter_);
        std::vector<transaction_anomaly> seen = detail::find_read_anomalies(*view, orders, meter_);
        seen.insert(seen.end(), orders.findings.begin(), orders.findings.end());
        for (const ranked_kind& ranked : ranked_kinds) {
            for (transaction_anomaly& each : seen) {
                if (each.kind == ranked.kind && ranked.rank <= rules_.rank) keep(std::move(each));
            }
        }
        find_cycles(*view, orders);
        found_.complete = !meter_.spent();
        found_.no_memory = meter_.no_memory();
        found_.steps = meter_.steps();
        return std::move(found_);
    }

   private:
    void keep(transaction_anomaly anomaly) {
        detail::report_once(found_.found, std::move(anomaly));
    }

    void find_cycles(const detail::transaction_view& view, const detail::version_orders& orders) {
        const auto edges = detail::transaction_edges(view, orders, edges_of(rules_), meter_);
        if (!meter_.reserve(edges.size() * 3 * sizeof(graph_edge))) return;
        detail::cycle_finder finder(view.committed.size(), edges, meter_);
        if (finder.acyclic()) return;
        for (const sessions order : {sessions::none, sessions::process, sessions::real_time}) {
            bool any = false;
            bool any_read_write = false;
            for (const cycle_class& of : classes_of(rules_.rank, order)) {
                if (any_read_write) break;  // more such edges in a cycle tell nothing new
                const std::vector<graph_edge> cycle = finder.find(of);
                if (cycle.empty()) continue;
                any = true;
                any_read_write = of.start == detail::read_write;
                std::vector<std::size_t> evidence;
                for (const graph_edge& edge : cycle) evidence.push_back(edge.from);
                keep({of.kind, detail::explained_transactions(view, orders, cycle),
                      detail::without_repeats(evidence)});
            }
            // What is wrong without the order of sessions need not be found again with it.
            if (any || order == rules_.order) return;
        }
    }

    const level_rules& rules_;
    step_meter& meter_;
    transaction_anomalies found_;
};

std::string also_found(const std::vector<transaction_anomaly>& anomalies) {
    std::string text;
    for (std::size_t at = 1; at < anomalies.size(); ++at) {
        text += (at == 1 ? ". Also found: " : ", ") + anomalies[at].kind;
    }
    return text;
}

}  // namespace

std::string_view to_text(isolation_level level) { return rules_of(level).name; }

result<transaction_anomalies> find_anomalies(const client_history& operations,
                                             isolation_level level, const check_bounds& bounds) {
    step_meter meter(bounds);
    return anomaly_finder(rules_of(level), meter).run(operations);
}

result<check_outcome> check_isolation(const client_history& operations, isolation_level level,
                                      const check_bounds& bounds) {
    step_meter meter(bounds);
    const auto anomalies = anomaly_finder(rules_of(level), meter).run(operations);
    if (!anomalies) return tl::unexpected(anomalies.error());
    if (anomalies->found.empty()) {
        return anomalies->complete ? detail::holds(meter) : detail::gave_up(meter);
    }
    const transaction_anomaly& worst = anomalies->found.front();
    return detail::violated(worst.kind, worst.explanation + also_found(anomalies->found),
                            worst.evidence, meter);
}

}  // namespace partita
