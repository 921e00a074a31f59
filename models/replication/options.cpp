#include "options.hpp"

#include <algorithm>
#include <string>

namespace partita::replication {
namespace {

/// In the order of `bug`.
const std::vector<std::string> bug_names{
    "none",        "early-commit",    "arrival-order",  "retry-overwrites",
    "one-retry",   "never-forgotten", "no-recheck",     "split-brain",
    "no-transfer", "acks-alone",      "duplicate-acks", "unconfirmed-read",
    "double-apply"};

}  // namespace

replica_options options_of(const settings& with) {
    replica_options made;
    if (with.is("variant", "plain")) made.variant = variant::plain;
    if (with.is("variant", "membership")) made.variant = variant::membership;
    const auto found = std::find(bug_names.begin(), bug_names.end(), with.value("bug"));
    made.planted = static_cast<bug>(found - bug_names.begin());
    return made;
}

std::vector<parameter> replica_parameters() {
    return {{"variant",
             "membership",
             "acked: sends again what is not acknowledged; membership: replaces dead nodes, too",
             {"plain", "acked", "membership"}},
            {"bug", "none", "a mistake on purpose", bug_names}};
}

}  // namespace partita::replication
