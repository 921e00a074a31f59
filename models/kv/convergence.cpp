#include <algorithm>
#include <map>
#include <set>

#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "messages.hpp"
#include "options.hpp"
#include "properties.hpp"
#include "ring.hpp"

namespace partita::kv {
namespace {

/// A version as its coordinator made it.
struct made_version {
    node_id by;
    time_point at;
    version what;
};

/// What the notes of coordinators and replicas come to.
class last_notes {
   public:
    explicit last_notes(const trace& of) {
        for (const traced_event& each : of.events()) {
            if (each.kind == event_kind::crash) up_.erase(each.node);
            if (each.kind == event_kind::note) take(of, each);
        }
    }

    [[nodiscard]] const std::set<node_id>& up() const { return up_; }
    /// The ring of a node: what it believes, and those that it believes in.
    [[nodiscard]] std::set<node_id> members_by(node_id node) const {
        const auto own = rosters_.find(node);
        if (own == rosters_.end()) return {};
        roster all = own->second;
        for (const node_id each : own->second.members()) {
            const auto other = rosters_.find(each);
            if (other != rosters_.end()) all.merge(other->second);
        }
        return all.members();
    }
    /// Of each key, in the order in which they were made.
    [[nodiscard]] const std::map<std::string, std::vector<made_version>>& versions() const {
        return versions_;
    }
    [[nodiscard]] const object& held(node_id by, const std::string& key) const {
        static const object absent;
        const auto found = held_.find({by, key});
        return found == held_.end() ? absent : found->second;
    }

   private:
    void take(const trace& of, const traced_event& note) {
        if (note.type->hash == message_type_of<replica_started>.hash) {
            up_.insert(note.node);
            std::erase_if(held_, [&](const auto& each) { return each.first.first == note.node; });
        } else if (note.type->hash == message_type_of<ring_is>.hash) {
            ring_is said;
            if (decode(of.payload(note), said)) rosters_[note.node] = std::move(said.members);
        } else if (note.type->hash == message_type_of<replica_holds>.hash) {
            replica_holds said;
            if (!decode(of.payload(note), said)) return;
            held_[{note.node, said.key}] = std::move(said.content);
        } else if (note.type->hash == message_type_of<version_made>.hash) {
            version_made said;
            if (!decode(of.payload(note), said)) return;
            versions_[said.key].push_back({note.node, note.at, std::move(said.what)});
        }
    }

    std::set<node_id> up_;
    std::map<node_id, roster> rosters_;
    std::map<std::pair<node_id, std::string>, object> held_;
    std::map<std::string, std::vector<made_version>> versions_;
};

class convergence {
   public:
    explicit convergence(const evidence& seen)
        : seen_(seen), options_(options_of(seen.settings)), notes_(seen.trace) {}

    std::optional<finding> check() {
        for (const node_id each : notes_.up()) {
            if (auto wrong = unequal_by(each)) return wrong;
        }
        for (const operation& each : seen_.history) {
            const bool deletes = each.command.name == "delete";
            if (each.response.kind != response_kind::ok) continue;
            if (!deletes && each.command.name != "write") continue;
            if (kept(each, deletes) || may_be_lost(each.command)) continue;
            return finding{deletes ? "deleted value is back" : "acknowledged write lost",
                           "'" + to_text(step{each.command}) + "' was acknowledged, but " +
                               in_words(holders(each.command), each.command.arguments[0])};
        }
        return std::nullopt;
    }

   private:
    using holders_of_key = std::vector<node_id>;
    /// By the ring of that node.
    [[nodiscard]] holders_of_key owners(node_id by, const std::string& key) {
        const auto members = notes_.members_by(by);
        auto known = rings_.find(members);
        if (known == rings_.end())
            known = rings_.emplace(members, ring(members, options_.partitions)).first;
        return known->second.owners(key, options_.replicas);
    }
    /// Those that are up.
    [[nodiscard]] holders_of_key holders(node_id by, const std::string& key) {
        auto all = owners(by, key);
        std::erase_if(all, [this](node_id each) { return !notes_.up().contains(each); });
        return all;
    }
    [[nodiscard]] holders_of_key holders(const command& it) {
        return holders(node_id(it.node), it.arguments[0]);
    }
    [[nodiscard]] std::optional<finding> unequal_by(node_id node) {
        for (const auto& [key, versions] : notes_.versions()) {
            const auto all = holders(node, key);
            for (const node_id each : all) {
                if (notes_.held(each, key) == notes_.held(all.front(), key)) continue;
                return finding{"replicas differ", "of " + key + ", " + in_words(all, key)};
            }
        }
        return std::nullopt;
    }
    /// As many nodes are gone as made its quorum, or their memory is.
    [[nodiscard]] bool may_be_lost(const command& it) {
        const std::size_t quorum =
            std::min(options_.write_quorum, owners(node_id(it.node), it.arguments[0]).size());
        return (!options_.durable && !seen_.crashed.empty()) ||
               seen_.nodes.size() - notes_.up().size() >= quorum;
    }
    [[nodiscard]] object final_of(const command& it) {
        const auto all = holders(it);
        return all.empty() ? object{} : notes_.held(all.front(), it.arguments[0]);
    }
    /// Or superseded. Of a delete it is as good that nothing is there.
    [[nodiscard]] bool kept(const operation& it, bool deletes) {
        const std::string& key = it.command.arguments[0];
        const auto versions = notes_.versions().find(key);
        if (versions == notes_.versions().end()) return false;
        const object last = final_of(it.command);
        if (deletes && last.absent()) return true;
        return std::any_of(
            versions->second.begin(), versions->second.end(), [&](const made_version& each) {
                // A value is written once; deletes are told apart by their time.
                const bool same =
                    deletes ? each.what.deleted && each.at >= it.invoked && each.at <= it.responded
                            : each.what.value == it.command.arguments[1];
                if (each.by != node_id(it.command.node)) return false;
                return same && covers(options_.versions, last, each.what);
            });
    }
    [[nodiscard]] std::string in_words(const holders_of_key& all, const std::string& key) const {
        std::string text;
        for (const node_id each : all) {
            const object& held = notes_.held(each, key);
            text += (text.empty() ? "" : ", ") + each.name() + " holds " +
                    (held.absent() ? "nothing" : text_of(held));
        }
        return text;
    }

    const evidence& seen_;
    store_options options_;
    last_notes notes_;
    std::map<std::set<node_id>, ring> rings_;
};

}  // namespace

std::optional<finding> converges(const evidence& seen) { return convergence(seen).check(); }

}  // namespace partita::kv
