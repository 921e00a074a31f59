#include "options.hpp"

#include <algorithm>
#include <cstddef>

namespace partita::crdt {
namespace {

// In the order of the enumerations.
const std::vector<std::string> types{"g-counter", "pn-counter", "g-set", "or-set", "lww-register"};
const std::vector<std::string> transports{"state", "op"};
const std::vector<std::string> bug_names{
    "none",        "applied-twice", "merge-by-sum", "remove-all-tags", "no-causal-order",
    "local-clock", "no-tie-break",  "one-map",      "dots-forgotten"};

template <typename Choice>
Choice chosen(const std::vector<std::string>& from, const std::string& word) {
    const auto found = std::find(from.begin(), from.end(), word);
    return static_cast<Choice>(found - from.begin());
}

}  // namespace

object_options options_of(const settings& with) {
    return {chosen<object_type>(types, with.value("type")),
            chosen<transport_kind>(transports, with.value("transport")),
            chosen<bug>(bug_names, with.value("bug"))};
}

std::vector<parameter> object_parameters() {
    return {{"type", "or-set", "what is replicated", types},
            {"transport", "state", "replicas send states to merge, or updates", transports},
            {"bug", "none", "a mistake on purpose", bug_names}};
}

}  // namespace partita::crdt
