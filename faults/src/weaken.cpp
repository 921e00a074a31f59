#include <partita/faults/weaken.hpp>

#include <algorithm>
#include <optional>

#include <partita/faults/fault.hpp>
#include <partita/faults/site_action.hpp>

namespace partita {
namespace {

constexpr duration weak_delay = std::chrono::seconds(3);
constexpr duration short_outage = std::chrono::seconds(5);

/// The message of a node's site: `n1 -> n2 commit #1` of `n2 at receive n1 -> n2 commit #1`.
std::optional<site_label> message_of(const site_label& site) {
    for (const std::string_view before : {" at receive ", " at send "}) {
        const std::size_t at = site.text().find(before);
        if (at != std::string::npos) return site_label(site.text().substr(at + before.size()));
    }
    return std::nullopt;
}

/// The deviations that are one step weaker than this one.
std::vector<deviation> weaker_than(const deviation& from) {
    const auto action = parse_action(from);
    if (!action) return {};
    std::vector<deviation> all;
    const auto add = [&](site_action weak, const site_label& site) {
        all.push_back(to_deviation(weak, site));
    };
    const auto message = message_of(from.site);
    switch (action->verb) {
        case site_verb::crash:
            if (action->time == duration{0})
                add({site_verb::crash, short_outage, {}, {}}, from.site);
            add({site_verb::isolate, action->time, {}, {}}, from.site);
            break;
        case site_verb::isolate:
            if (action->time == duration{0})
                add({site_verb::isolate, short_outage, {}, {}}, from.site);
            if (message) add({site_verb::omit, {}, {}, {}}, *message);
            break;
        case site_verb::pause:
            if (message) add({site_verb::delay, action->time, {}, {}}, *message);
            break;
        case site_verb::omit:
            add({site_verb::delay, weak_delay, {}, {}}, from.site);
            break;
        default:
            break;
    }
    return all;
}

/// The partition that cuts a crashed node off instead.
fault isolation_of(node_id node, const schedule& in) {
    partition_fault cut{{{node}, {}}, false};
    const auto count = in.application.parameters.find("nodes");
    const std::size_t nodes =
        count == in.application.parameters.end() ? 0 : std::stoul(count->second);
    for (std::size_t number = 1; number <= nodes; ++number) {
        const node_id other("n" + std::to_string(number));
        if (other != node) cut.groups[1].push_back(other);
    }
    return {cut};
}

/// The fault steps that are one step weaker than this one, keeping the number of steps.
std::vector<fault> weaker_than(const fault& from, const schedule& in) {
    std::vector<fault> all;
    if (from.ends) return all;
    if (const auto* crashed = std::get_if<crash_fault>(&from.what)) {
        fault cut = isolation_of(crashed->node, in);
        if (!std::get<partition_fault>(cut.what).groups[1].empty()) all.push_back(std::move(cut));
    }
    if (const auto* cut = std::get_if<partition_fault>(&from.what)) {
        if (!cut->one_way && cut->groups.size() == 2) {
            all.push_back({partition_fault{{cut->groups[0], cut->groups[1]}, true}});
            all.push_back({partition_fault{{cut->groups[1], cut->groups[0]}, true}});
        }
        for (std::size_t group = 0; group < cut->groups.size(); ++group) {
            if (cut->groups[group].size() < 2) continue;
            for (std::size_t member = 0; member < cut->groups[group].size(); ++member) {
                partition_fault smaller = *cut;
                auto& members = smaller.groups[group];
                members.erase(members.begin() + static_cast<std::ptrdiff_t>(member));
                all.push_back({std::move(smaller)});
            }
        }
    }
    if (const auto* omitting = std::get_if<omission_fault>(&from.what);
        omitting && omitting->way == flow::both) {
        all.push_back({omission_fault{flow::send, omitting->node, omitting->peer}});
        all.push_back({omission_fault{flow::receive, omitting->node, omitting->peer}});
    }
    return all;
}

bool loses_messages(const fault& it) {
    return !it.ends && (std::holds_alternative<partition_fault>(it.what) ||
                        std::holds_alternative<omission_fault>(it.what) ||
                        std::holds_alternative<crash_fault>(it.what));
}

bool has_deviation_at(const schedule& in, const std::string& label) {
    return std::any_of(in.deviations.begin(), in.deviations.end(),
                       [&](const deviation& each) { return each.site.text() == label; });
}

}  // namespace

std::vector<schedule> weaker(const schedule& from, const std::vector<std::string>& lost) {
    std::vector<schedule> all;
    for (std::size_t at = 0; at < from.steps.size(); ++at) {
        const auto* injected = std::get_if<fault_step>(&from.steps[at]);
        const auto read = injected == nullptr ? result<fault>{} : parse_fault(*injected);
        if (injected == nullptr || !read) continue;
        if (loses_messages(*read)) {
            for (const std::string& label : lost) {
                if (has_deviation_at(from, label)) continue;
                schedule weak = from;
                weak.steps.erase(weak.steps.begin() + static_cast<std::ptrdiff_t>(at));
                weak.deviations.push_back({"omit", site_label(label), {}});
                all.push_back(std::move(weak));
            }
        }
        for (const fault& weak_fault : weaker_than(*read, from)) {
            schedule weak = from;
            weak.steps[at] = to_step(weak_fault);
            all.push_back(std::move(weak));
        }
    }
    for (std::size_t at = 0; at < from.deviations.size(); ++at) {
        for (deviation& weak_deviation : weaker_than(from.deviations[at])) {
            if (weak_deviation.site != from.deviations[at].site &&
                has_deviation_at(from, weak_deviation.site.text())) {
                continue;
            }
            schedule weak = from;
            weak.deviations[at] = std::move(weak_deviation);
            all.push_back(std::move(weak));
        }
    }
    return all;
}

}  // namespace partita
