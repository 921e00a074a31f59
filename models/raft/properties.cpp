#include "properties.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <partita/models/check.hpp>
#include <partita/models/clients.hpp>
#include <partita/models/linearizability.hpp>

#include "messages.hpp"
#include "registers.hpp"

namespace partita::raft {
namespace {

std::string number(std::uint64_t of) { return std::to_string(of); }

std::string in_words(const entry& it) {
    std::string text = "nothing";
    if (it.kind == entry_kind::members) text = "members";
    for (const node_id each : it.members) text += " " + each.name();
    const bool writes = it.request.kind == request_kind::write;
    if (it.kind == entry_kind::request)
        text = (writes ? "write " : "append ") + it.request.key + " " + it.request.value;
    return "'" + text + "' of term " + number(it.term);
}

/// The note, if the event is one of that type.
template <described T>
std::optional<T> note_in(const traced_event& event, const trace& of) {
    T value{};
    const bool is_one =
        event.kind == event_kind::note && event.type->hash == message_type_of<T>.hash;
    if (!is_one || !decode(of.payload(event), value)) return std::nullopt;
    return value;
}

// ---- safety (paper, figure 3) ------------------------------------------------------------------

std::optional<finding> one_leader_a_term(const evidence& seen) {
    std::map<term_number, node_id> leaders;
    for (const auto& each : seen.trace.notes<elected>()) {
        const auto [first, is_new] = leaders.try_emplace(each.value.term, each.node);
        if (is_new) continue;
        return finding{"two leaders in a term", first->second.name() + " and " + each.node.name() +
                                                    " were elected in term " +
                                                    number(each.value.term)};
    }
    return std::nullopt;
}

/// What was committed by a leader of an earlier term has to be in the log.
std::optional<finding> leaders_have_what_is_committed(const evidence& seen) {
    std::map<log_index, applied> committed;
    for (const traced_event& event : seen.trace.events()) {
        if (auto done = note_in<applied>(event, seen.trace))
            committed.try_emplace(done->index, *done);
        const auto leader = note_in<elected>(event, seen.trace);
        if (!leader) continue;
        for (const auto& [index, each] : committed) {
            const bool has = index <= leader->log.size() &&
                             leader->log[static_cast<std::size_t>(index) - 1] == each.what.term;
            if (has || each.during >= leader->term) continue;
            return finding{"leader lacks a committed entry",
                           event.node.name() + " leads term " + number(leader->term) + " without " +
                               in_words(each.what) + " at " + number(index)};
        }
    }
    return std::nullopt;
}

std::optional<finding> all_apply_the_same(const evidence& seen) {
    std::map<log_index, std::pair<node_id, entry>> first;
    for (const auto& each : seen.trace.notes<applied>()) {
        const auto [known, is_new] =
            first.try_emplace(each.value.index, each.node, each.value.what);
        const auto& [where, what] = known->second;
        if (is_new || what == each.value.what) continue;
        return finding{"two entries applied at an index",
                       where.name() + " applied " + in_words(what) + " at " +
                           number(each.value.index) + ", " + each.node.name() + " " +
                           in_words(each.value.what)};
    }
    return std::nullopt;
}

std::optional<finding> nobody_cuts_what_is_committed(const evidence& seen) {
    std::map<node_id, log_index> reached;  // by what each applied
    for (const traced_event& event : seen.trace.events()) {
        if (const auto done = note_in<applied>(event, seen.trace))
            reached[event.node] = std::max(reached[event.node], done->index);
        const auto cut = note_in<log_cut>(event, seen.trace);
        if (!cut || cut->from > reached[event.node]) continue;
        return finding{"committed entry cut off", event.node.name() + " cut its log at " +
                                                      number(cut->from) + ", and had applied " +
                                                      number(reached[event.node])};
    }
    return std::nullopt;
}

// ---- clients -----------------------------------------------------------------------------------

/// An append is of texts: no value is a number.
void make_text(history_value& value) {
    if (const auto* number = value.number()) value = {std::to_string(*number)};
}

/// As the checkers know registers: who reads NOT FOUND reads nothing. A read without an answer says
/// nothing.
client_history registers_of(const history& seen) {
    history told;
    for (const operation& each : seen) {
        const std::string& name = each.command.name;
        const bool reads = name == "read" && each.response.kind == response_kind::ok;
        if (reads || name == "write" || name == "append") told.push_back(each);
    }
    client_history all = clients_of(told);
    for (client_operation& each : all) {
        make_text(each.argument);
        make_text(each.result);
        const std::string* const text = each.result.text();
        if (text != nullptr && *text == not_found) each.result = {};
    }
    return all;
}

std::optional<finding> operations_are_linearizable(const evidence& seen) {
    return finding_of(check_stock_model("kv", kept_order::real_time, registers_of(seen.history)));
}

// ---- in the end --------------------------------------------------------------------------------

/// What became of one server.
struct last_state {
    bool is_up = true;
    configuration members;
    log_index reached = 0;
};

std::map<node_id, last_state> last_states(const evidence& seen) {
    std::map<node_id, last_state> all;
    for (const node_id each : seen.nodes) all[each];
    for (const traced_event& event : seen.trace.events()) {
        last_state& it = all[event.node];
        if (event.kind == event_kind::crash) it = {false, {}, 0};
        if (event.kind == event_kind::restart) it.is_up = true;
        if (auto now = note_in<configured>(event, seen.trace)) it.members = now->members;
        if (const auto done = note_in<applied>(event, seen.trace)) it.reached = done->index;
    }
    return all;
}

/// Whether those that are up can do without those that are not, whatever change of members was
/// under way.
bool majorities_are_up(const std::map<node_id, last_state>& all) {
    return std::all_of(all.begin(), all.end(), [&](const auto& each) {
        const configuration& members = each.second.members;
        const auto down = std::count_if(members.begin(), members.end(), [&](node_id id) {
            const auto found = all.find(id);
            return found == all.end() || !found->second.is_up;
        });
        return 2 * static_cast<std::size_t>(down) < std::max<std::size_t>(members.size(), 1);
    });
}

std::optional<finding> members_converge(const evidence& seen) {
    const auto all = last_states(seen);
    if (!majorities_are_up(all)) return std::nullopt;
    const auto furthest = std::max_element(
        all.begin(), all.end(),
        [](const auto& a, const auto& b) { return a.second.reached < b.second.reached; });
    for (const node_id id : furthest->second.members) {
        const auto found = all.find(id);
        if (found == all.end()) continue;  // no node: somebody added a server that is none
        const last_state& it = found->second;
        if (!it.is_up || it.reached == furthest->second.reached) continue;
        return finding{"a member lags behind", id.name() + " applied " + number(it.reached) +
                                                   " entries, " + furthest->first.name() + " " +
                                                   number(furthest->second.reached)};
    }
    return std::nullopt;
}

}  // namespace

std::vector<property> raft_properties() {
    return {
        {"election-safety", "at most one leader is elected in a term", one_leader_a_term},
        {"leader-completeness", "a leader has all that was committed in earlier terms",
         leaders_have_what_is_committed},
        {"state-machine-safety", "no two servers apply different entries at one index",
         all_apply_the_same},
        {"keeps-committed", "no server cuts off what it has applied",
         nobody_cuts_what_is_committed},
        {"linearizable", "each operation took effect at one moment while it ran",
         operations_are_linearizable},
        {"converges", "in the end all members that are up have applied the same", members_converge},
    };
}

}  // namespace partita::raft
