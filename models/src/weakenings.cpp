#include <partita/faults/weaken.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>

namespace partita {
namespace {

/// The messages that never arrived, as labels, in the order in which they were lost.
std::vector<std::string> lost_messages(const trace& of) {
    std::vector<std::string> labels;
    for (const traced_event& each : of.events()) {
        if (each.kind != event_kind::drop || each.ordinal == 0 || each.type == nullptr) continue;
        std::string label = each.source.node.name() + " -> " + each.destination.node.name();
        if (each.channel.hash != 0) label += " on " + std::string(each.channel.name);
        labels.push_back(label + " " + std::string(each.type->name) + " #" +
                         std::to_string(each.ordinal));
    }
    return labels;
}

}  // namespace

reduction_function weakenings(const application& of) {
    return [&of](const schedule& from) {
        const outcome seen = run(of, from, {.detail = trace_detail::events, .record_sites = false});
        return weaker(from, lost_messages(seen.trace));
    };
}

}  // namespace partita
