#include "properties.hpp"

#include <algorithm>
#include <set>

#include "messages.hpp"
#include "options.hpp"

namespace partita::gossip {
namespace {

struct timed_update {
    node_id by;
    time_point at;
    update_made what;
};

/// What the notes of a trial come to in the end.
class last_notes {
   public:
    explicit last_notes(const trace& of) {
        for (const traced_event& each : of.events()) {
            if (each.kind == event_kind::crash) up_.erase(each.node);
            if (each.kind == event_kind::note) take(of, each);
        }
    }

    std::set<node_id> up_;
    std::vector<timed_update> made_;
    std::map<node_id, items> held_;
    std::map<node_id, std::vector<update_id>> delivered_;

   private:
    void take(const trace& of, const traced_event& note) {
        const auto is = [&](const message_type& type) { return note.type->hash == type.hash; };
        if (is(message_type_of<node_started>)) up_.insert(note.node);
        if (is(message_type_of<update_made>)) {
            timed_update made{note.node, note.at, {}};
            if (decode(of.payload(note), made.what)) made_.push_back(std::move(made));
        } else if (is(message_type_of<node_holds>)) {
            node_holds said;
            if (decode(of.payload(note), said)) held_[note.node][said.key] = said.content;
        } else if (is(message_type_of<message_delivered>)) {
            message_delivered said;
            if (decode(of.payload(note), said)) delivered_[note.node].push_back(said.id);
        }
    }
};

/// What a node holds of a key, for a reader: nothing when it was deleted.
const item& visible(const last_notes& notes, node_id at, const std::string& key) {
    static const item nothing;
    const auto node = notes.held_.find(at);
    if (node == notes.held_.end()) return nothing;
    const auto found = node->second.find(key);
    return found == node->second.end() || found->second.deleted ? nothing : found->second;
}

std::string in_words(const item& it) { return it == item{} ? std::string(not_found) : it.value; }

/// Nobody passes on the letters of a node that stays down.
bool promised(const evidence& seen, const last_notes& notes, const std::string& key) {
    if (options_of(seen.settings).protocol != protocol_kind::direct_mail_acked) return true;
    return std::all_of(notes.made_.begin(), notes.made_.end(), [&](const timed_update& each) {
        return each.what.key != key || notes.up_.contains(each.by);
    });
}

std::set<std::string> keys_of(const last_notes& notes) {
    std::set<std::string> all;
    for (const timed_update& each : notes.made_) all.insert(each.what.key);
    return all;
}

std::optional<finding> nothing_is_created(const evidence& seen) {
    std::map<update_id, update_made> made;
    for (auto& each : seen.trace.notes<update_made>())
        made[each.value.content.id] = std::move(each.value);
    for (const auto& [node, at, held] : seen.trace.notes<node_holds>()) {
        if (held.content == item{}) continue;
        const auto known = made.find(held.content.id);
        if (known != made.end() && known->second.key == held.key &&
            known->second.content.value == held.content.value)
            continue;
        return finding{"holds what nobody wrote",
                       node.name() + " held " + held.key + " = " + held.content.value};
    }
    return std::nullopt;
}

std::optional<finding> nothing_is_delivered_twice(const evidence& seen) {
    std::set<std::pair<node_id, update_id>> before;
    for (const auto& [node, at, it] : seen.trace.notes<message_delivered>()) {
        if (before.emplace(node, it.id).second) continue;
        return finding{"delivered twice", node.name() + " delivered " + it.value + " twice"};
    }
    return std::nullopt;
}

std::optional<finding> all_deliver(const evidence& seen) {
    last_notes notes(seen.trace);
    for (const timed_update& each : notes.made_) {
        if (!each.what.message || !promised(seen, notes, each.what.key)) continue;
        const auto has = [&](node_id at) {
            const auto& all = notes.delivered_[at];
            return std::find(all.begin(), all.end(), each.what.content.id) != all.end();
        };
        const bool someone =
            notes.up_.contains(each.by) || std::any_of(notes.up_.begin(), notes.up_.end(), has);
        if (!someone) continue;
        const auto without = std::find_if_not(notes.up_.begin(), notes.up_.end(), has);
        if (without == notes.up_.end()) continue;
        return finding{"not delivered by all", each.by.name() + " broadcast " +
                                                   each.what.content.value + ", and " +
                                                   without->name() + " never delivered it"};
    }
    return std::nullopt;
}

std::optional<finding> all_hold_the_same(const evidence& seen) {
    const last_notes notes(seen.trace);
    for (const std::string& key : keys_of(notes)) {
        if (!promised(seen, notes, key) || notes.up_.empty()) continue;
        const item& first = visible(notes, *notes.up_.begin(), key);
        for (const node_id each : notes.up_) {
            const item& other = visible(notes, each, key);
            if (other.id == first.id) continue;
            return finding{"nodes differ in the end",
                           "of " + key + ", " + notes.up_.begin()->name() + " holds " +
                               in_words(first) + " and " + each.name() + " " + in_words(other)};
        }
    }
    return std::nullopt;
}

/// Virtual clocks are in step; timestamps of one moment may be a few nanoseconds ahead of them.
bool clearly_later(time_point one, time_point other) {
    return one > other + std::chrono::microseconds(1);
}

/// No node that is up has made an update of the key after that one.
bool may_be_last(const last_notes& notes, const timed_update& it) {
    return std::none_of(notes.made_.begin(), notes.made_.end(), [&](const timed_update& each) {
        return each.what.key == it.what.key && notes.up_.contains(each.by) &&
               clearly_later(each.at, it.at);
    });
}

/// The values that a key may have in the end, as readers see them.
std::set<std::string> last_values(const last_notes& notes, const std::string& key) {
    std::set<std::string> allowed;
    bool by_any_up = false;
    for (const timed_update& each : notes.made_) {
        if (each.what.key != key) continue;
        by_any_up = by_any_up || notes.up_.contains(each.by);
        if (!may_be_last(notes, each)) continue;
        const item& made = each.what.content;
        allowed.insert(made.deleted ? std::string(not_found) : made.value);
    }
    if (!by_any_up) allowed.insert(std::string(not_found));
    return allowed;
}

std::optional<finding> the_last_update_stays(const evidence& seen) {
    const last_notes notes(seen.trace);
    for (const std::string& key : keys_of(notes)) {
        if (!promised(seen, notes, key)) continue;
        const auto allowed = last_values(notes, key);
        for (const node_id each : notes.up_) {
            const std::string held = in_words(visible(notes, each, key));
            if (allowed.contains(held)) continue;
            return finding{held == not_found ? "update lost" : "overwritten value is back",
                           each.name() + " holds " + held + " of " + key + " in the end, where " +
                               *allowed.begin() + " was last"};
        }
    }
    return std::nullopt;
}

/// Direct mail promises nothing that a lost letter can break.
std::function<std::optional<finding>(const evidence&)> unless_direct_mail(
    std::function<std::optional<finding>(const evidence&)> check) {
    return [check = std::move(check)](const evidence& seen) {
        const bool reliable = options_of(seen.settings).protocol != protocol_kind::direct_mail;
        return reliable ? check(seen) : std::nullopt;
    };
}

}  // namespace

std::vector<property> gossip_properties() {
    application_builder made = define_application("");
    made.always("no-creation", "what a node holds or delivers was written", nothing_is_created)
        .always("no-duplication", "a node delivers a message once", nothing_is_delivered_twice)
        .always("reliable-broadcast", "in the end all that are up have delivered the same messages",
                unless_direct_mail(all_deliver))
        .always("converges", "in the end all that are up hold the same",
                unless_direct_mail(all_hold_the_same))
        .always("last-update", "in the end nothing is held that a later update has overwritten",
                unless_direct_mail(the_last_update_stays));
    return application(made).properties;
}

}  // namespace partita::gossip
