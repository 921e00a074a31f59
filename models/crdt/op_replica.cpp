#include "op_replica.hpp"

#include <algorithm>

namespace partita::crdt {
namespace {

std::string key_of(std::size_t position) { return "crdt/op/" + std::to_string(position); }

}  // namespace

void op_replica::on_start(context& self) {
    while (const auto saved = self.storage().value_of(key_of(applied_.size() + 1))) {
        const auto read = from_bytes<operation_is>(*saved);
        if (!read) break;
        take(*read);
    }
    dots_used_ = options_.has(bug::dots_forgotten) ? 0 : count_of(clock_, self.node());
    say(self);
    arm_unless_told(self);
}

void op_replica::take(const operation_is& it) {
    apply(options_, held_, it.what);
    clock_[it.what.by.node] = std::max(clock_[it.what.by.node], it.what.by.number);
    updates_.insert(it.id);
    applied_.push_back(it);
}

void op_replica::say(context& self) {
    self.note(replica_holds{value_of(options_.type, held_), updates_});
}

void op_replica::carry_out(context& self, const operation_is& it) {
    take(it);
    self.storage().put(key_of(applied_.size()), to_bytes(it));
    self.storage().sync();
    say(self);
    timer_.hurry();
}

void op_replica::on_message(context& self, const client_update& wanted) {
    const effect made = prepared(options_, held_, wanted.asked, {self.node(), dots_used_ + 1});
    if (const auto why = refusal(options_.type, made))
        return self.reply(self.caller(), client_refused{*why});
    ++dots_used_;
    const operation_is update{made, clock_, {self.node(), life_, ++updates_made_}};
    self.note(update_made{update.id, wanted.asked, updates_});
    carry_out(self, update);
    self.reply(self.caller(), client_done{});
    for (const node_id each : self.members()) {
        if (each != self.node()) self.send(self.peer(each), update);
    }
    arm_unless_told(self);
}

void op_replica::on_message(context& self, const client_read&) {
    self.reply(self.caller(), client_value{value_of(options_.type, held_)});
}

/// All that its origin had applied is applied here.
bool op_replica::is_due(const operation_is& it) const {
    if (it.what.by.number != count_of(clock_, it.what.by.node) + 1) return false;
    if (options_.has(bug::no_causal_order)) return true;
    return std::all_of(it.after.begin(), it.after.end(), [&](const auto& each) {
        return covers(clock_, {each.first, each.second});
    });
}

void op_replica::carry_out_waiting(context& self) {
    const auto due = [this](const auto& each) { return is_due(each.second); };
    for (auto next = std::find_if(waiting_.begin(), waiting_.end(), due); next != waiting_.end();
         next = std::find_if(waiting_.begin(), waiting_.end(), due)) {
        const operation_is it = next->second;
        waiting_.erase(next);
        carry_out(self, it);
    }
}

void op_replica::on_message(context& self, const operation_is& it) {
    vector_clock& theirs = others_[self.sender().node];
    theirs[it.what.by.node] = std::max(theirs[it.what.by.node], it.what.by.number);
    if (!covers(clock_, it.what.by)) {
        waiting_[it.what.by] = it;
        carry_out_waiting(self);
    } else if (options_.has(bug::applied_twice)) {
        carry_out(self, it);
    }
    self.send(self.sender(), operations_taken{clock_});
    arm_unless_told(self);
}

void op_replica::on_message(context& self, const operations_taken& theirs) {
    join(others_[self.sender().node], theirs.applied);
    arm_unless_told(self);
}

void op_replica::tell(context& self, node_id peer) {
    const vector_clock& theirs = others_[peer];
    for (const operation_is& each : applied_) {
        if (!covers(theirs, each.what.by)) self.send(self.peer(peer), each);
    }
}

void op_replica::arm_unless_told(context& self) {
    for (const node_id each : self.members()) {
        const vector_clock& theirs = others_[each];
        const bool lacks = std::any_of(clock_.begin(), clock_.end(), [&](const auto& mine) {
            return !covers(theirs, {mine.first, mine.second});
        });
        if (each != self.node() && lacks) return timer_.arm(self);
    }
}

void op_replica::on_message(context& self, const tell_again&) {
    timer_.fired();
    for (const node_id each : self.members()) {
        if (each != self.node()) tell(self, each);
    }
    arm_unless_told(self);
}

}  // namespace partita::crdt
