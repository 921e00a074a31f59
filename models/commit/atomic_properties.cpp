#include "atomic_properties.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "atomic_messages.hpp"
#include "atomic_node.hpp"

namespace partita::commit::atomic {
namespace {

/// What one node said about one transaction.
struct said_by_node {
    std::optional<bool> vote;
    time_point voted_at;
    std::vector<std::pair<time_point, bool>> decisions;

    [[nodiscard]] bool doubts() const { return vote == true && decisions.empty(); }
};
/// Two transactions with one id differ in their value.
using name = std::pair<transaction, std::string>;
using said = std::map<name, std::map<node_id, said_by_node>>;

said said_in(const evidence& seen) {
    said all;
    for (const auto& each : seen.trace.notes<voted>()) {
        said_by_node& one = all[{each.value.id, each.value.value}][each.node];
        one.vote = each.value.yes;
        one.voted_at = each.at;
    }
    for (const auto& each : seen.trace.notes<decided>()) {
        all[{each.value.id, each.value.value}][each.node].decisions.emplace_back(
            each.at, each.value.committed);
    }
    return all;
}

std::set<node_id> up_in(const evidence& seen) {
    std::set<node_id> up(seen.nodes.begin(), seen.nodes.end());
    for (const traced_event& each : seen.trace.events()) {
        if (each.kind == event_kind::crash) up.erase(each.node);
        if (each.kind == event_kind::restart) up.insert(each.node);
    }
    return up;
}

std::string word(bool committed) { return committed ? "committed" : "aborted"; }

/// The caller of a transaction is one of those that decide.
std::optional<finding> agreement(const evidence& seen) {
    for (const auto& [of, by_node] : said_in(seen)) {
        std::optional<std::pair<std::string, bool>> first;
        for (const operation& each : seen.history) {
            if (each.command.arguments[0] == of.second &&
                each.response.kind != response_kind::unknown)
                first.emplace("the caller", each.response.kind == response_kind::ok);
        }
        for (const auto& [node, one] : by_node) {
            if (one.decisions.empty()) continue;
            const bool now = one.decisions.back().second;
            if (!first) first.emplace(node.name(), now);
            if (first->second != now)
                return finding{"mixed decisions", first->first + " has " + of.second + " " +
                                                      word(first->second) + ", and " + node.name() +
                                                      " " + word(now)};
        }
    }
    return std::nullopt;
}

std::optional<finding> no_reversal(const evidence& seen) {
    std::map<std::pair<node_id, transaction>, bool> decisions;
    for (const auto& each : seen.trace.notes<decided>()) {
        const auto [first, is_new] =
            decisions.try_emplace({each.node, each.value.id}, each.value.committed);
        if (!is_new && first->second != each.value.committed)
            return finding{"decision reversed", each.node.name() + " had " + word(first->second) +
                                                    " " + each.value.value + ", then " +
                                                    word(each.value.committed) + " it"};
    }
    return std::nullopt;
}

std::optional<finding> unanimity(const evidence& seen) {
    for (const auto& [of, by_node] : said_in(seen)) {
        const auto commits = std::find_if(by_node.begin(), by_node.end(), [](const auto& each) {
            const auto& decisions = each.second.decisions;
            return std::any_of(decisions.begin(), decisions.end(),
                               [](const auto& one) { return one.second; });
        });
        if (commits == by_node.end()) continue;
        for (const node_id node : seen.nodes) {
            const auto found = by_node.find(node);
            if (found == by_node.end() || found->second.vote != true)
                return finding{"committed without everybody's yes",
                               commits->first.name() + " committed " + of.second + ", but " +
                                   node.name() + " did not vote yes"};
        }
    }
    return std::nullopt;
}

/// A coordinator may give up for want of votes, but not before their time is over.
std::optional<finding> no_idle_abort(const evidence& seen) {
    for (const auto& [of, by_node] : said_in(seen)) {
        const node_id at = of.first.coordinator;
        const auto mine = by_node.find(at);
        const bool crashed =
            std::find(seen.crashed.begin(), seen.crashed.end(), at) != seen.crashed.end();
        const bool all = by_node.size() == seen.nodes.size() &&
                         std::all_of(by_node.begin(), by_node.end(),
                                     [](const auto& each) { return each.second.vote == true; });
        if (crashed || !all || mine == by_node.end() || mine->second.decisions.empty()) continue;
        const auto& [when, committed] = mine->second.decisions.front();
        if (!committed && when < later(mine->second.voted_at, votes_time))
            return finding{"aborted for no reason", "all voted yes, and " + at.name() +
                                                        " aborted " + of.second +
                                                        " before the votes were due"};
    }
    return std::nullopt;
}

/// Blocking is no violation of this: in doubt may stay who is up while all others that are up are.
std::optional<finding> termination(const evidence& seen) {
    const std::set<node_id> up = up_in(seen);
    for (const auto& [of, by_node] : said_in(seen)) {
        for (const auto& [node, one] : by_node) {
            if (!one.doubts() || !up.contains(node)) continue;
            if (up.size() == seen.nodes.size())
                return finding{"in doubt though all are up",
                               node.name() + " voted on " + of.second + " and never decided"};
            for (const node_id other : up) {
                const auto found = by_node.find(other);
                if (found == by_node.end() || !found->second.doubts())
                    return finding{"in doubt though another could tell",
                                   node.name() + " never decided on " + of.second + ", and " +
                                       other.name() + " is up and not in doubt"};
            }
        }
    }
    return std::nullopt;
}

std::optional<finding> nonblocking(const evidence& seen) {
    const std::set<node_id> up = up_in(seen);
    for (const auto& [of, by_node] : said_in(seen)) {
        for (const auto& [node, one] : by_node) {
            if (one.doubts() && up.contains(node))
                return finding{"blocked", node.name() + " is in doubt about " + of.second +
                                              " for as long as " + of.first.coordinator.name() +
                                              " is down"};
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<property> commitment_properties() {
    // A reversal comes first: it makes decisions differ, too.
    return {{"AC2", "nobody reverses a decision", no_reversal, {}},
            {"AC1", "all that decide decide the same", agreement, {}},
            {"AC3", "what is committed had everybody's yes", unanimity, {}},
            {"AC4", "without failures, what had everybody's yes is committed", no_idle_abort, {}},
            {"AC5", "who can be told a decision is", termination, {}},
            {"nonblocking", "nobody that is up ends in doubt; this protocol does block",
             nonblocking, [](const settings& with) { return with.is("require", "nonblocking"); }}};
}

}  // namespace partita::commit::atomic
