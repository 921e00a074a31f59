#include "worklist_trials.hpp"

#include <algorithm>

#include <partita/faults/nemesis.hpp>

namespace partita::cli {
namespace {

/// As much of a message as its site is made of.
envelope envelope_of(const traced_event& sent) {
    envelope message;
    message.source = sent.source;
    message.destination = sent.destination;
    message.type = sent.type;
    message.channel = sent.channel;
    message.ordinal = sent.ordinal;
    return message;
}

bool is_line(const traced_event& event) {
    return event.kind == event_kind::send && event.type != nullptr &&
           event.source.node != event.destination.node;
}

}  // namespace

worklist_trials::worklist_trials(const application& of, schedule base,
                                 const isolation_options& isolation)
    : of_(of), base_(std::move(base)), isolation_(isolation) {}

worklist_trial worklist_trials::run(const decision_set& omissions) {
    const outcome done = run_isolated(of_, describe(omissions), isolation_);
    const auto& background = of_.annotations->background;
    worklist_trial seen{done.verdict, done.trace_hash, {}};
    for (const traced_event& event : done.trace.events()) {
        if (!is_line(event)) continue;
        const envelope message = envelope_of(event);
        const site_id site = message_site(message);
        labels_.emplace(site.value, message_label(message));
        const std::string type(event.type->name);
        const bool known =
            std::find(background.begin(), background.end(), type) != background.end();
        seen.lines.push_back({type, event.source.node.name(), event.destination.node.name(),
                              decision{site, 1}, known});
    }
    return seen;
}

schedule worklist_trials::describe(const decision_set& omissions) const {
    schedule made = base_;
    for (const decision& each : omissions) {
        made.deviations.push_back({"omit", site_label(labels_.at(each.site.value)), {}});
    }
    return made;
}

}  // namespace partita::cli
