#include "options.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

namespace partita::gossip {
namespace {

// In the order of the enumerations.
const std::vector<std::string> protocols{"direct-mail", "direct-mail-acked", "anti-entropy",
                                         "rumor-mongering"};
const std::vector<std::string> bug_names{
    "none",       "no-certificate", "early-collection", "renewed-certificate", "same-message-id",
    "no-back-up", "no-tie-break",   "mailed-twice-only"};

template <typename Choice>
Choice chosen(const std::vector<std::string>& from, const std::string& word) {
    const auto found = std::find(from.begin(), from.end(), word);
    return static_cast<Choice>(found - from.begin());
}

}  // namespace

gossip_options options_of(const settings& with) {
    return {chosen<protocol_kind>(protocols, with.value("protocol")),
            *parse_duration(with.value("certificates")), chosen<bug>(bug_names, with.value("bug")),
            nodes_of(with)};
}

std::vector<parameter> gossip_parameters() {
    return {
        {"protocol", "rumor-mongering", "how an update gets to the other nodes", protocols},
        {"certificates", "500ms", "how long all keep a death certificate", {"500ms", "2s", "10s"}},
        {"bug", "none", "a mistake on purpose", bug_names}};
}

}  // namespace partita::gossip
