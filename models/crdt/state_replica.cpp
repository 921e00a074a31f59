#include "state_replica.hpp"

namespace partita::crdt {
namespace {

constexpr std::string_view state_key = "crdt/state";

}  // namespace

void state_replica::on_start(context& self) {
    if (const auto saved = self.storage().value_of(state_key))
        mine_ = from_bytes<saved_state>(*saved).value_or(saved_state{});
    if (options_.has(bug::dots_forgotten)) mine_.dots_used = 0;
    self.note(replica_holds{value_of(options_.type, mine_.held), mine_.updates});
    arm_unless_equal(self);
}

void state_replica::keep(context& self) {
    self.storage().put(state_key, to_bytes(mine_));
    self.storage().sync();
    self.note(replica_holds{value_of(options_.type, mine_.held), mine_.updates});
}

/// Nothing was heard of: then it holds nothing.
bool state_replica::holds_the_same(node_id peer) const {
    const auto heard = digests_.find(peer);
    return digest(mine_.held) == (heard == digests_.end() ? digest({}) : heard->second);
}

void state_replica::tell(context& self) {
    for (const node_id each : self.members()) {
        if (each != self.node() && !holds_the_same(each))
            self.send(self.peer(each), state_is{mine_.held, mine_.updates});
    }
}

void state_replica::arm_unless_equal(context& self) {
    for (const node_id each : self.members()) {
        if (each != self.node() && !holds_the_same(each)) return timer_.arm(self);
    }
}

void state_replica::on_message(context& self, const client_update& wanted) {
    const effect made =
        prepared(options_, mine_.held, wanted.asked, {self.node(), mine_.dots_used + 1});
    if (const auto why = refusal(options_.type, made))
        return self.reply(self.caller(), client_refused{*why});
    ++mine_.dots_used;
    const update_id id{self.node(), life_, ++updates_made_};
    self.note(update_made{id, wanted.asked, mine_.updates});
    apply(options_, mine_.held, made);
    mine_.updates.insert(id);
    keep(self);
    self.reply(self.caller(), client_done{});
    timer_.hurry();
    tell(self);
    arm_unless_equal(self);
}

void state_replica::on_message(context& self, const client_read&) {
    self.reply(self.caller(), client_value{value_of(options_.type, mine_.held)});
}

void state_replica::on_message(context& self, const state_is& theirs) {
    digests_[self.sender().node] = digest(theirs.held);
    const saved_state before = mine_;
    merge(options_, mine_.held, theirs.held);
    mine_.updates.insert(theirs.updates.begin(), theirs.updates.end());
    if (mine_.held != before.held) timer_.hurry();
    if (mine_.held != before.held || mine_.updates != before.updates) keep(self);
    self.send(self.sender(), state_taken{digest(mine_.held)});
    arm_unless_equal(self);
}

void state_replica::on_message(context& self, const state_taken& theirs) {
    digests_[self.sender().node] = theirs.digest;
    arm_unless_equal(self);
}

void state_replica::on_message(context& self, const tell_again&) {
    timer_.fired();
    tell(self);
    arm_unless_equal(self);
}

}  // namespace partita::crdt
