#include "properties.hpp"

#include <algorithm>
#include <sstream>

#include <partita/models/clients.hpp>
#include <partita/models/counting.hpp>

#include "specification.hpp"

namespace partita::crdt {
namespace {

update_history updates_of(const trace& of) {
    update_history all;
    for (auto& each : of.notes<update_made>()) all[each.value.id] = std::move(each.value);
    return all;
}

std::string one_of(const std::set<std::string>& values) {
    std::string text;
    for (const std::string& each : values) text += (text.empty() ? "" : " or ") + each;
    return text;
}

/// What each node that is up holds in the end.
std::map<node_id, replica_holds> held_in_the_end(const trace& of) {
    std::map<node_id, replica_holds> last;
    for (const traced_event& each : of.events()) {
        if (each.kind == event_kind::crash) last.erase(each.node);
        if (each.kind != event_kind::note || each.type->hash != message_type_of<replica_holds>.hash)
            continue;
        replica_holds said;
        if (decode(of.payload(each), said)) last[each.node] = std::move(said);
    }
    return last;
}

std::optional<finding> value_is_as_specified(const evidence& seen) {
    const object_type type = options_of(seen.settings).type;
    const update_history all = updates_of(seen.trace);
    std::map<update_ids, std::pair<node_id, std::string>> equal;
    for (const auto& [node, at, held] : seen.trace.notes<replica_holds>()) {
        const auto [other, fresh] = equal.try_emplace(held.updates, node, held.value);
        if (!fresh && other->second.second == held.value) continue;
        const auto allowed = values_of(type, all, held.updates);
        if (!allowed.contains(held.value)) {
            return finding{"wrong value", node.name() + " held " + held.value +
                                              ", and what it knew of makes " + one_of(allowed)};
        }
        if (!fresh) {
            return finding{"equal updates, unequal values",
                           node.name() + " held " + held.value + ", " + other->second.first.name() +
                               " knew the same and held " + other->second.second};
        }
    }
    return std::nullopt;
}

std::optional<finding> replicas_converge(const evidence& seen) {
    const auto last = held_in_the_end(seen.trace);
    update_ids known;
    for (const auto& [node, held] : last) known.insert(held.updates.begin(), held.updates.end());
    const update_history all = updates_of(seen.trace);
    for (const auto& [id, made] : all) {
        if (last.contains(id.node)) known.insert(id);  // it was on its disk
    }
    const auto allowed = values_of(options_of(seen.settings).type, all, known);
    for (const auto& [node, held] : last) {
        const std::string& first = last.begin()->second.value;
        if (allowed.contains(held.value) && held.value == first) continue;
        return finding{"replicas differ in the end", node.name() + " holds " + held.value +
                                                         " in the end, " +
                                                         last.begin()->first.name() + " " + first +
                                                         "; all updates make " + one_of(allowed)};
    }
    return std::nullopt;
}

history_value word_of(const history_value& of) {
    return of.number() != nullptr ? history_value{std::to_string(*of.number())} : of;
}

/// `{a b}` as a list.
history_value list_of(const std::string& braced) {
    history_values all;
    std::istringstream words(braced.substr(1, braced.size() - 2));
    for (std::string each; words >> each;) all.push_back({each});
    return {all};
}

/// Of each operation, what the counting checkers call it; nothing for what the type does not have.
std::string counted_as(object_type type, const operation& of) {
    const std::string& name = of.command.name;
    const bool adds =
        type == object_type::g_set
            ? name == "add"
            : name == "increment" || (name == "decrement" && type == object_type::pn_counter);
    return name == "read" ? name : adds ? "add" : "";
}

/// What clients did, and what each node that is up holds in the end as a read of one more client.
client_history with_last_reads(const evidence& seen, object_type type) {
    const auto last = held_in_the_end(seen.trace);
    std::uint64_t position = 0;
    std::uint64_t adds_end = 0;
    for (const operation& each : seen.history) {
        position = std::max({position, each.invoked_position, each.responded_position});
        if (counted_as(type, each) == "add") adds_end = position;
    }
    history told;
    for (operation each : seen.history) {
        const std::string name = counted_as(type, each);
        const bool stays_down = !last.contains(node_id(each.command.node));
        // Updates that only the disk of a node that stays down has may never be seen, and a replica
        // may be late with those that are over.
        if (name.empty() || (name == "read" && stays_down)) continue;
        if (name == "read" && each.invoked_position > adds_end) continue;
        if (stays_down) each.response = response::unknown("node down");
        if (each.command.name == "decrement") each.command.arguments[0].insert(0, "-");
        each.command.name = name;
        told.push_back(std::move(each));
    }
    for (const auto& [node, held] : last) {
        const command reads{node.name(), "read", {}, true};
        told.push_back({reads, {}, {}, response::ok(held.value), position + 1, position + 2});
        position += 2;
    }
    client_history all = clients_of(told);
    for (client_operation& each : all) {
        if (each.function == "add") std::swap(each.argument, each.key);
        if (type != object_type::g_set) continue;
        each.argument = word_of(each.argument);
        if (each.result.text() != nullptr) each.result = list_of(*each.result.text());
    }
    return all;
}

std::optional<finding> counts(const evidence& seen) {
    const object_type type = options_of(seen.settings).type;
    if (type == object_type::or_set || type == object_type::lww_register) return std::nullopt;
    const client_history all = with_last_reads(seen, type);
    return finding_of(type == object_type::g_set ? check_set(all, freshness::eventual)
                                                 : check_counter(all, counter_rules{}));
}

}  // namespace

std::vector<property> object_properties() {
    return {{"value", "a replica's value is what the updates that it knows of say",
             value_is_as_specified},
            {"converges", "in the end all that are up hold what all their updates come to",
             replicas_converge},
            {"counts", "what was acknowledged is counted once, what was not at most once", counts}};
}

}  // namespace partita::crdt
