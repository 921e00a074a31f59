#include <partita/models/reliable_broadcast.hpp>

#include <algorithm>

namespace partita {
namespace {

std::string joined(const std::vector<node_id>& ids) {
    std::string all;
    for (const node_id id : ids) all += (all.empty() ? "" : ", ") + id.name();
    return all;
}

bool contains(const std::vector<node_id>& ids, node_id id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

std::optional<finding> reliable_broadcast(const evidence& seen) {
    const auto deliveries = seen.trace.notes<delivered>();
    for (const operation& each : seen.history) {
        if (each.command.name != "broadcast" || each.command.arguments.empty()) continue;
        const std::string& value = each.command.arguments.front();
        std::vector<node_id> have;
        std::vector<node_id> lack;
        for (const node_id id : seen.nodes) {
            const bool has = std::any_of(
                deliveries.begin(), deliveries.end(),
                [&](const auto& note) { return note.node == id && note.value.value == value; });
            if (has) have.push_back(id);
            if (!has && !contains(seen.crashed, id)) lack.push_back(id);
        }
        const response& told = each.response;
        if (told.kind == response_kind::ok && !lack.empty()) {
            return finding{
                "ok but not delivered by all",
                "the caller was told ok, but " + joined(lack) + " never delivered " + value};
        }
        if (told.kind == response_kind::fail && !have.empty()) {
            return finding{"failed but delivered", "the caller was told that it failed, but " +
                                                       joined(have) + " delivered " + value};
        }
        if (told.kind == response_kind::unknown && told.value == "timeout") {
            return finding{"no answer in time",
                           "the caller of 'broadcast " + value + "' got no answer"};
        }
    }
    return std::nullopt;
}

}  // namespace partita
