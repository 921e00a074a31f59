#include "site_check.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <partita/schedules/codec.hpp>

#include "session.hpp"

namespace partita::cli {
namespace {

/// One message omitted at a time, but not more often than this.
constexpr std::size_t probes_max = 256;

std::vector<std::string> words_of(const std::string& label) {
    std::istringstream in(label);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// The word before the ordinal.
std::string type_in(const std::string& label) {
    const auto words = words_of(label);
    return words.size() < 2 ? std::string{} : words[words.size() - 2];
}

/// The words of `[NODE at send|receive] NODE -> NODE ...` that are nodes.
std::vector<std::string> nodes_in(const std::string& label) {
    const auto words = words_of(label);
    std::vector<std::string> nodes;
    for (std::size_t at = 1; at + 1 < words.size(); ++at) {
        if (words[at] == "at" && at == 1) nodes.push_back(words[0]);
        if (words[at] != "->") continue;
        nodes.push_back(words[at - 1]);
        nodes.push_back(words[at + 1]);
        break;
    }
    return nodes;
}

std::set<std::string> types_sent(const application& of, const schedule& from,
                                 const trial_function& trial) {
    std::set<std::string> types;
    schedule probe = from;
    probe.deviations.clear();
    const auto undisturbed = trial(probe).sites;
    for (const std::string& label : undisturbed) types.insert(type_in(label));
    std::size_t probes = 0;
    for (const std::string& label : undisturbed) {
        if (label.find(" at ") != std::string::npos || probes++ == probes_max) continue;
        probe.deviations = {{"omit", site_label(label), {}}};
        for (const std::string& met : trial(probe).sites) types.insert(type_in(met));
    }
    if (!of.annotations) return types;
    for (const auto& each : of.annotations->protocol.causality) types.insert(each.received);
    return types;
}

}  // namespace

result<void> check_nodes(const application& of, const schedule& from) {
    const auto with = settings_of(of, from.application);
    if (!with) return tl::unexpected(with.error());
    std::vector<std::string> known;
    for (const node_id node : nodes_of(*with)) known.push_back(node.name());
    for (const deviation& each : from.deviations) {
        for (const std::string& node : nodes_in(each.site.text())) {
            if (std::find(known.begin(), known.end(), node) != known.end()) continue;
            return fail(error_code::unknown_name, "'" + to_text(each) + "': unknown node '" + node +
                                                      "': expected n1 to " + known.back());
        }
    }
    return {};
}

result<void> check_message_types(const application& of, const schedule& from,
                                 const trial_summary& summary, const trial_function& trial) {
    std::optional<std::set<std::string>> known;
    for (std::size_t at = 0; at < from.deviations.size(); ++at) {
        if (at < summary.met.size() && summary.met[at]) continue;
        if (!known) {
            known = types_sent(of, from, trial);
            for (const std::string& label : summary.sites) known->insert(type_in(label));
        }
        const std::string type = type_in(from.deviations[at].site.text());
        if (known->contains(type)) continue;
        return fail(error_code::unknown_name,
                    "'" + to_text(from.deviations[at]) + "': unknown message type '" + type +
                        "': expected one of " + joined({known->begin(), known->end()}));
    }
    return {};
}

}  // namespace partita::cli
