#include "replica.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace partita::kv {
namespace {

using namespace std::chrono_literals;

// Pauses before debts and comparisons are tried again: short at first, then up to a quarter of the
// time that a trial has to settle.
constexpr duration first_pause = 1s;
constexpr duration longest_pause = 8s;

const send_options on_transfer{.channel = transfer};

}  // namespace

// ---- holdings ----------------------------------------------------------------------------------

void replica::on_start(context& self) {
    held_ = holdings::recovered(self.storage(), view_->options.durable);
    view_->become(held_.members().value_or(first_));
    payment_delay_ = comparison_delay_ = first_pause;
    self.note(replica_started{view_->life});
    self.note(ring_is{view_->members});
    for (const auto& [key, content] : held_.objects()) tell(self, key);
    if (view_->life == 1) return;
    for (const node_id each : view_->members.members()) compare_with(self, each);
    if (!held_.debts().empty()) arm_payment(self);
}

bool replica::owns(node_id id, std::string_view key) const {
    const auto owners = view_->owners(key);
    return std::find(owners.begin(), owners.end(), id) != owners.end();
}

object replica::sound(const object& content, std::string_view key) const {
    return view_->options.checksum ? intact(content, key) : content;
}

object replica::content_of(std::string_view key) const { return sound(held_.at(key), key); }

/// What is here and what arrived, as one.
object replica::with(const std::string& key, const object& arrived) const {
    return merged(view_->options.versions, content_of(key), sound(arrived, key));
}

void replica::sync(context& self) {
    if (!has(bug::no_sync)) self.storage().sync();
}

void replica::tell(context& self, const std::string& key) {
    self.note(replica_holds{key, held_.at(key)});
}

/// `from` is who knows already.
void replica::keep(context& self, const std::string& key, const object& content, node_id from) {
    object kept = content;
    if (has(bug::no_tombstone) && std::all_of(kept.siblings.begin(), kept.siblings.end(),
                                              [](const version& each) { return each.deleted; })) {
        kept = {};
    }
    if (kept == held_.at(key)) return;
    held_.keep(self.storage(), key, kept);
    sync(self);
    tell(self, key);
    if (!owns(self.node(), key)) return move_away(self, key);
    for (const node_id owner : view_->owners(key)) {
        if (owner != from) compare_with(self, owner);
    }
}

void replica::on_message(context& self, const get_object& asked) {
    self.send(actor_id::named(self.sender().node, coordinator_name),
              object_found{asked.of, content_of(asked.key)});
}

void replica::on_message(context& self, const put_object& put) {
    if (put.hinted == node_id{}) {
        keep(self, put.key, with(put.key, put.content), node_id{});
    } else {
        record_debt(self, put.hinted, put.key, sound(put.content, put.key));
    }
    self.send(actor_id::named(self.sender().node, coordinator_name),
              object_stored{put.of, put.hinted});
}

void replica::on_message(context& self, const repair_object& repair) {
    keep(self, repair.key,
         has(bug::blind_repair) ? repair.content : with(repair.key, repair.content), node_id{});
}

void replica::on_message(context& self, const damage& done) {
    const holdings::by_key before = held_.objects();
    if (done.erases) held_.lose_all(self.storage());
    for (const auto& [key, content] : before) {
        if (!done.erases) {
            object flipped = content;
            for (version& each : flipped.siblings) {
                each.value = "-1";
                each.written = {};
            }
            held_.keep(self.storage(), key, flipped);
        }
        tell(self, key);
    }
    self.storage().sync();
}

// ---- debts: hints, and keys that move ----------------------------------------------------------

/// Besides what it is to get already.
void replica::record_debt(context& self, node_id to, const std::string& key, const object& more) {
    object owed = more;
    if (const auto creditor = held_.debts().find(to); creditor != held_.debts().end()) {
        const auto known = creditor->second.find(key);
        if (known != creditor->second.end())
            owed = merged(view_->options.versions, known->second, more);
    }
    held_.owe(self.storage(), to, key, owed);
    sync(self);
    arm_payment(self);
}

void replica::owe(context& self, node_id to, const std::string& key) {
    record_debt(self, to, key, content_of(key));
    self.send(self.peer(to), hand_over{key, held_.debts().at(to).at(key), view_->members},
              on_transfer);
}

/// This node is no owner of the key: the owners get it, and then it is not kept here any longer.
void replica::move_away(context& self, const std::string& key) {
    for (const node_id owner : view_->owners(key)) {
        if (has(bug::hasty_hand_over)) {
            self.send(self.peer(owner), hand_over{key, content_of(key), view_->members},
                      on_transfer);
        } else {
            owe(self, owner, key);
        }
    }
    if (has(bug::hasty_hand_over)) forget_if_moved(self, key);
}

void replica::forget_if_moved(context& self, const std::string& key) {
    const bool moves = !owns(self.node(), key) && !view_->owners(key).empty();
    if (!moves || held_.at(key).absent()) return;
    for (const auto& [to, owed] : held_.debts()) {
        if (owed.contains(key)) return;
    }
    held_.keep(self.storage(), key, {});
    sync(self);
    tell(self, key);
}

void replica::arm_payment(context& self) {
    if (payment_armed_) return;
    payment_armed_ = true;
    payment_delay_ = first_pause;
    self.send_after(payment_delay_, pay_debts{});
}

void replica::on_message(context& self, const pay_debts&) {
    payment_armed_ = false;
    const auto debts = held_.debts();
    for (const auto& [to, owed] : debts) {
        for (const auto& [key, content] : owed) {
            self.send(self.peer(to), hand_over{key, content, view_->members}, on_transfer);
            if (has(bug::forgetful_hint)) held_.pay(self.storage(), to, key);
        }
    }
    if (held_.debts().empty()) return;
    payment_armed_ = true;
    payment_delay_ = std::min(payment_delay_ * 2, longest_pause);
    self.send_after(payment_delay_, pay_debts{});
}

void replica::on_message(context& self, const hand_over& given) {
    adopt(self, given.members);
    keep(self, given.key, with(given.key, given.content), self.sender().node);
    self.send(self.sender(), handed_over{given.key, digest(given.content)}, on_transfer);
}

void replica::on_message(context& self, const handed_over& taken) {
    const node_id to = self.sender().node;
    const auto creditor = held_.debts().find(to);
    if (creditor == held_.debts().end()) return;
    const auto owed = creditor->second.find(taken.key);
    if (owed == creditor->second.end() || digest(owed->second) != taken.digest) return;
    held_.pay(self.storage(), to, taken.key);
    sync(self);
    forget_if_moved(self, taken.key);
    answer_waiting(self);
}

// ---- comparison of what replicas hold ----------------------------------------------------------

void replica::compare_with(context& self, node_id peer) {
    if (!view_->options.exchange || peer == self.node()) return;
    to_compare_.insert(peer);
    comparison_delay_ = first_pause;
    arm_comparison(self);
}

void replica::arm_comparison(context& self) {
    if (std::exchange(comparison_armed_, true)) return;
    // Not all at once: the first to compare saves the others the trouble.
    const auto some = self.random().between(0, duration(first_pause / 2).count());
    self.send_after(comparison_delay_ + duration(some), compare_again{});
}

replica::digests replica::shared_with(node_id peer, node_id self) const {
    digests shared;
    for (const auto& [key, content] : held_.objects()) {
        if (owns(peer, key) && owns(self, key)) shared[key] = digest(content_of(key));
    }
    return shared;
}

void replica::on_message(context& self, const compare_again&) {
    comparison_armed_ = false;
    std::erase_if(to_compare_, [this](node_id each) { return !view_->members.has(each); });
    if (to_compare_.empty()) return;
    for (const node_id each : to_compare_) {
        self.send(self.peer(each), compare_holdings{shared_with(each, self.node()), view_->members},
                  on_transfer);
    }
    comparison_delay_ = std::min(comparison_delay_ * 2, longest_pause);
    arm_comparison(self);
}

void replica::on_message(context& self, const compare_holdings& theirs) {
    const node_id peer = self.sender().node;
    adopt(self, theirs.members);
    const digests mine = shared_with(peer, self.node());
    holdings_compared answer{{}, {}, view_->members};
    for (const auto& [key, digest] : mine) {
        const auto other = theirs.digests.find(key);
        if (other == theirs.digests.end() || other->second != digest)
            answer.mine[key] = content_of(key);
    }
    for (const auto& [key, digest] : theirs.digests) {
        const auto own = mine.find(key);
        if (own == mine.end() || own->second != digest) answer.wanted.push_back(key);
    }
    if (answer.mine.empty() && answer.wanted.empty()) to_compare_.erase(peer);
    self.send(self.sender(), answer, on_transfer);
}

void replica::on_message(context& self, const holdings_compared& answer) {
    const node_id peer = self.sender().node;
    to_compare_.erase(peer);
    adopt(self, answer.members);
    for (const auto& [key, content] : answer.mine) keep(self, key, with(key, content), peer);
    for (const std::string& key : answer.wanted) {
        if (!content_of(key).absent()) owe(self, peer, key);
    }
}

// ---- the ring ----------------------------------------------------------------------------------

/// Keys move as soon as a node learns of it.
void replica::adopt(context& self, const roster& news) {
    roster now = view_->members;
    now.merge(news);
    if (now == view_->members) return;
    const ring before = view_->ring;
    view_->become(now);
    held_.remember(self.storage(), now);
    self.storage().sync();
    self.note(ring_is{now});
    const holdings::by_key objects = held_.objects();
    for (const auto& [key, content] : objects) {
        if (!owns(self.node(), key)) {
            move_away(self, key);
            continue;
        }
        const auto old = before.owners(key, view_->options.replicas);
        for (const node_id owner : view_->owners(key)) {
            const bool is_new = std::find(old.begin(), old.end(), owner) == old.end();
            if (is_new && owner != self.node()) owe(self, owner, key);
        }
    }
    for (const node_id each : now.members()) compare_with(self, each);
}

void replica::on_message(context& self, const admit_node& asked) {
    roster now = view_->members;
    now.set(asked.who, true);
    adopt(self, now);
    self.reply(self.caller(), ring_members{view_->members});
}

/// The last member stays: somebody has to hold the keys.
void replica::on_message(context& self, const retire_node& asked) {
    roster now = view_->members;
    now.set(asked.who, false);
    if (!now.members().empty()) adopt(self, now);
    self.reply(self.caller(), ring_members{view_->members});
}

void replica::on_message(context& self, const ring_changed& news) {
    adopt(self, news.members);
    waiting_.push_back(self.caller());
    answer_waiting(self);
}

void replica::answer_waiting(context& self) {
    if (!held_.debts().empty()) return;
    for (const caller& each : std::exchange(waiting_, {})) {
        self.reply(each, ring_members{view_->members});
    }
}

}  // namespace partita::kv
