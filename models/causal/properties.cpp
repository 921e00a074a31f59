#include "properties.hpp"

#include <algorithm>
#include <set>

#include <partita/schedules/codec.hpp>

#include "messages.hpp"

namespace partita::causal_broadcast {
namespace {

using ids = std::set<message_id>;

/// One delivery, with what the node had delivered before it, and what happened before the message.
struct delivery {
    node_id at;
    message_delivered what;
    const ids& before;
    const ids& past;
};

/// The notes of a trial, in order, as happens-before makes of them: what a node delivered or made
/// is in the past of all it makes later. No clock of the protocol is looked at.
class happens_before {
   public:
    using visit = std::function<std::optional<finding>(const delivery&)>;

    explicit happens_before(const trace& of) : trace_(of) {}

    std::optional<finding> check(const visit& each_delivery) {
        for (const traced_event& each : trace_.events()) {
            if (each.kind == event_kind::crash) up_.erase(each.node);
            if (each.kind != event_kind::note) continue;
            if (is<node_started>(each)) up_.insert(each.node);
            if (is<message_made>(each)) {
                const auto made = read<message_made>(each);
                past_[made.id] = known_[each.node];
                values_[made.id] = made.value;
            }
            if (!is<message_delivered>(each)) continue;
            const auto it = read<message_delivered>(each);
            const ids& past = past_[it.id];
            if (auto wrong = each_delivery({each.node, it, delivered_[each.node], past}))
                return wrong;
            known_[each.node].insert(past.begin(), past.end());
            known_[each.node].insert(it.id);
            delivered_[each.node].insert(it.id);
        }
        return std::nullopt;
    }
    [[nodiscard]] const std::set<node_id>& up() const { return up_; }
    [[nodiscard]] const ids& delivered(node_id at) { return delivered_[at]; }
    [[nodiscard]] const std::map<message_id, std::string>& values() const { return values_; }
    [[nodiscard]] std::string value_of(const message_id& of) const {
        const auto found = values_.find(of);
        return found == values_.end() ? "what nobody sent" : found->second;
    }

   private:
    template <described T>
    [[nodiscard]] static bool is(const traced_event& note) {
        return note.type->hash == message_type_of<T>.hash;
    }
    template <described T>
    [[nodiscard]] T read(const traced_event& note) const {
        T value{};
        (void)decode(trace_.payload(note), value);
        return value;
    }

    const trace& trace_;
    std::set<node_id> up_;
    std::map<message_id, ids> past_;
    std::map<message_id, std::string> values_;
    std::map<node_id, ids> known_;  // all that happened before the present moment there
    std::map<node_id, ids> delivered_;
};

std::optional<finding> delivers_in_causal_order(const evidence& seen) {
    happens_before order(seen.trace);
    return order.check([&](const delivery& it) -> std::optional<finding> {
        for (const message_id& each : it.past) {
            if (it.before.contains(each)) continue;
            return finding{"delivered before its cause",
                           it.at.name() + " delivered " + it.what.value + " before " +
                               order.value_of(each) + ", which came before it at " +
                               it.what.id.node.name()};
        }
        return std::nullopt;
    });
}

std::optional<finding> delivers_once(const evidence& seen) {
    happens_before order(seen.trace);
    return order.check([](const delivery& it) -> std::optional<finding> {
        if (!it.before.contains(it.what.id)) return std::nullopt;
        return finding{"delivered twice", it.at.name() + " delivered " + it.what.value + " twice"};
    });
}

std::optional<finding> delivers_what_was_made(const evidence& seen) {
    happens_before order(seen.trace);
    return order.check([&](const delivery& it) -> std::optional<finding> {
        const auto made = order.values().find(it.what.id);
        if (made != order.values().end() && made->second == it.what.value) return std::nullopt;
        return finding{"delivered what nobody sent",
                       it.at.name() + " delivered " + it.what.value + ", which nobody broadcast"};
    });
}

std::optional<finding> all_deliver_the_same(const evidence& seen) {
    happens_before order(seen.trace);
    (void)order.check([](const delivery&) { return std::nullopt; });
    for (const auto& each : order.values()) {
        const auto has = [&](node_id at) { return order.delivered(at).contains(each.first); };
        const auto by = std::find_if(order.up().begin(), order.up().end(), has);
        if (by == order.up().end()) continue;
        const auto without = std::find_if_not(order.up().begin(), order.up().end(), has);
        if (without == order.up().end()) continue;
        return finding{"not delivered by all", by->name() + " delivered " + each.second + ", and " +
                                                   without->name() + " never did"};
    }
    return std::nullopt;
}

std::optional<finding> keeps_what_it_acknowledged(const evidence& seen) {
    happens_before order(seen.trace);
    (void)order.check([](const delivery&) { return std::nullopt; });
    for (const operation& each : seen.history) {
        const bool sends = each.command.name == "broadcast" || each.command.name == "reply";
        const node_id by(each.command.node);
        if (!sends || each.response.kind != response_kind::ok || !order.up().contains(by)) continue;
        const ids& there = order.delivered(by);
        const auto is_it = [&](const message_id& id) {
            return order.value_of(id) == each.command.arguments[0];
        };
        if (std::any_of(there.begin(), there.end(), is_it)) continue;
        return finding{"acknowledged message lost", "'" + to_text(step{each.command}) +
                                                        "' was acknowledged, and never delivered"};
    }
    return std::nullopt;
}

}  // namespace

std::vector<property> broadcast_properties() {
    application_builder made = define_application("");
    made.always("causal-order", "nobody delivers a message before what happened before it",
                delivers_in_causal_order)
        .always("no-duplication", "a node delivers a message once", delivers_once)
        .always("no-creation", "only what was broadcast is delivered", delivers_what_was_made)
        .always("agreement", "in the end all that are up have delivered the same",
                all_deliver_the_same)
        .always("validity", "a sender that is up has delivered what it acknowledged",
                keeps_what_it_acknowledged);
    return application(made).properties;
}

}  // namespace partita::causal_broadcast
