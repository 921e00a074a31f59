#include "properties.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <partita/models/clients.hpp>
#include <partita/models/linearizability.hpp>
#include <partita/schedules/codec.hpp>

#include "messages.hpp"
#include "options.hpp"

namespace partita::replication {
namespace {

/// The replicas as they are in the end: what each has on disk, and which are up.
struct replicas {
    std::map<node_id, replica_state> known;
    std::map<node_id, replica_state> up;

    explicit replicas(const evidence& seen) {
        for (const traced_event& each : seen.trace.events()) {
            if (each.kind == event_kind::crash) up.erase(each.node);
            if (each.kind != event_kind::note ||
                each.type->hash != message_type_of<replica_is>.hash)
                continue;
            replica_is said;
            if (decode(seen.trace.payload(each), said))
                known[each.node] = up[each.node] = said.known;
        }
    }
    /// Of those that are up, the one whose log a change of view would choose. Requires: any is up.
    [[nodiscard]] const std::pair<const node_id, replica_state>& newest() const {
        const auto rank = [](const replica_state& of) {
            return std::pair(of.now.epoch, of.log.empty() ? 0 : of.log.back().place);
        };
        return *std::max_element(up.begin(), up.end(), [&](const auto& one, const auto& other) {
            return rank(one.second) < rank(other.second);
        });
    }
};

/// Values of unknown reads say nothing.
std::optional<finding> linearizable(const evidence& seen) {
    history told;
    for (const operation& each : seen.history) {
        if (each.command.name == "write" || each.response.kind == response_kind::ok)
            told.push_back(each);
    }
    client_history all = clients_of(told);
    for (client_operation& each : all) {
        const std::string* const text = each.result.text();
        if (each.function == "write" || (text != nullptr && *text == not_found)) each.result = {};
    }
    return finding_of(check_stock_model("register", kept_order::real_time, all));
}

/// How many writes of one value to one key there were.
std::ptrdiff_t equal_writes(const history& all, const command& to) {
    return std::count_if(all.begin(), all.end(), [&](const operation& each) {
        return each.command.name == to.name && each.command.arguments == to.arguments;
    });
}

/// The acknowledged write that this log has not, or has more often than it was asked for.
std::optional<finding> wrong_in(const evidence& seen, node_id at, const std::vector<entry>& log) {
    for (const operation& each : seen.history) {
        if (each.command.name != "write") continue;
        const auto times = std::count_if(log.begin(), log.end(), [&](const entry& kept) {
            return kept.key == each.command.arguments[0] && kept.value == each.command.arguments[1];
        });
        command plain = each.command;
        plain.background = false;
        const std::string text = "'" + to_text(step{plain}) + "'";
        if (times == 0 && each.response.kind == response_kind::ok)
            return finding{"acknowledged write lost", at.name() + " has no " + text};
        if (times > equal_writes(seen.history, each.command))
            return finding{"write done twice", at.name() + " did " + text + " twice"};
    }
    return std::nullopt;
}

std::optional<finding> kept(const evidence& seen) {
    const replicas now(seen);
    if (!options_of(seen.settings).changes_views()) {
        for (const auto& [at, state] : now.known) {
            if (auto wrong = wrong_in(seen, at, state.log)) return wrong;
        }
        return std::nullopt;
    }
    if (now.up.size() <= seen.nodes.size() / 2) return std::nullopt;
    return wrong_in(seen, now.newest().first, now.newest().second.log);
}

/// Liveness, so only for what is up in the end.
std::optional<finding> converged(const evidence& seen) {
    const replica_options options = options_of(seen.settings);
    const replicas now(seen);
    const bool all_up = now.up.size() == seen.nodes.size();
    const bool enough = options.changes_views() ? now.up.size() > seen.nodes.size() / 2 : all_up;
    if (!options.retries() || !enough) return std::nullopt;
    const replica_state& newest = now.newest().second;
    const auto primary = now.up.find(newest.now.primary);
    if (primary != now.up.end() && !newest.log.empty() &&
        primary->second.committed < newest.log.back().place) {
        return finding{"stuck write", "place " + std::to_string(newest.log.back().place) + " of " +
                                          newest.now.primary.name() + " is still not committed"};
    }
    for (const auto& [at, state] : now.up) {
        if (all_up && state.log != newest.log)
            return finding{"replicas differ", at.name() + " and " + now.newest().first.name()};
    }
    return std::nullopt;
}

std::optional<finding> quiet(const evidence& seen) {
    if (seen.quiescent || replicas(seen).up.size() != seen.nodes.size()) return std::nullopt;
    return finding{"retries for ever", "all nodes are up, and yet timers go on"};
}

}  // namespace

std::vector<property> replica_properties() {
    return {{"linearizable", "each operation took effect at one moment while it ran", linearizable},
            {"kept", "an acknowledged write is kept, and no write is done twice", kept},
            {"converged", "what is up ends with one log, all of it committed", converged},
            {"quiet", "when all are up, there is an end to it", quiet}};
}

}  // namespace partita::replication
