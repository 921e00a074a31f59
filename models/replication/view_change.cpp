#include <algorithm>
#include <utility>

#include "replica.hpp"

namespace partita::replication {
namespace {

constexpr std::chrono::milliseconds last_call{100};  // for more than a majority to join
constexpr std::chrono::milliseconds stagger{250};    // so that candidates do not meet for ever

}  // namespace

/// Each epoch has one node that may be its primary.
std::uint64_t replica::next_epoch(const context& self, std::uint64_t above) const {
    const auto place = std::find(nodes_.begin(), nodes_.end(), self.node()) - nodes_.begin();
    const auto mine = static_cast<std::uint64_t>(place);
    std::uint64_t next = above + 1;
    while (next % nodes_.size() != mine) ++next;
    return next;
}

void replica::step_down() {
    writes_.clear();
    reads_.clear();
    installed_.clear();
    silent_.clear();
    candidacy_.reset();
}

/// What a primary begins with: entries that are not known to be committed yet.
void replica::open_log() {
    step_down();
    // A view of all from the start needs no word.
    if (state_.now.epoch == 0) installed_ = state_.now.members;
    for (const entry& each : state_.log) {
        if (each.place > state_.committed) writes_[each.place];
    }
    served_from_ = last_place();
}

void replica::arm_election(context& self) {
    if (election_armed_) return;
    election_armed_ = true;
    const auto place = std::find(nodes_.begin(), nodes_.end(), self.node()) - nodes_.begin();
    self.send_after(retry_time + stagger * place, elect{});
}

void replica::begin_election(context& self, std::uint64_t above) {
    step_down();
    state_.promised = next_epoch(self, std::max({above, heard_of_, state_.promised}));
    save(self);
    candidacy_ = candidacy{state_.promised, {{self.node(), state_}}};
    self.send_peers(others(self), join_epoch{state_.promised});
    arm_election(self);
}

void replica::on_message(context& self, const elect&) {
    election_armed_ = false;
    if (!restless()) return;
    if (candidacy_ && has(bug::split_brain)) return form_view(self);
    if (!candidacy_ || heard_of_ > state_.promised) return begin_election(self, heard_of_);
    for (const node_id each : others(self)) {
        if (!candidacy_->joined.contains(each)) {
            self.send(self.peer(each), join_epoch{candidacy_->epoch});
        }
    }
    arm_election(self);
}

void replica::on_message(context& self, const join_epoch& asked) {
    if (asked.epoch < state_.promised) {
        self.send(self.sender(), alive{state_.promised});
        return;
    }
    if (asked.epoch == state_.now.epoch) return;
    if (asked.epoch > state_.promised) {
        step_down();
        state_.promised = asked.epoch;
        save(self);
        arm_election(self);
    }
    self.send(self.sender(), epoch_joined{asked.epoch, state_});
}

void replica::on_message(context& self, const epoch_joined& told) {
    if (!candidacy_ || candidacy_->epoch != told.epoch) return;
    candidacy_->joined[self.sender().node] = told.known;
    if (candidacy_->joined.size() == nodes_.size()) return form_view(self);
    if (candidacy_->joined.size() == majority()) {
        self.send_after(last_call, enough_joined{told.epoch});
    }
}

void replica::on_message(context& self, const enough_joined& due) {
    if (candidacy_ && candidacy_->epoch == due.epoch) form_view(self);
}

void replica::form_view(context& self) {
    const candidacy won = *std::exchange(candidacy_, std::nullopt);
    const replica_state* best = &won.joined.at(self.node());
    view next{won.epoch, self.node(), {}};
    const auto rank = [](const replica_state& of) {
        return std::pair(of.now.epoch, of.log.empty() ? 0 : of.log.back().place);
    };
    for (const auto& [member, known] : won.joined) {
        next.members.insert(member);
        state_.committed = std::max(state_.committed, known.committed);
        if (rank(known) > rank(*best) && !has(bug::no_transfer)) best = &known;
    }
    state_.log = best->log;
    state_.now = std::move(next);
    state_.committed = std::min(state_.committed, last_place());
    save(self);
    open_log();
    self.send_peers(backups(self), install{state_.now, state_.log, state_.committed});
    arm_retry(self);
    complete(self);
    pass_on_all(self);
}

void replica::on_message(context& self, const install& order) {
    if (order.next.epoch < state_.promised) {
        self.send(self.sender(), alive{state_.promised});
        return;
    }
    if (order.next.epoch != state_.now.epoch) {
        step_down();
        state_ = {order.next.epoch, order.next, order.log, order.committed};
        save(self);
    }
    self.send(self.sender(), installed{order.next.epoch, last_place()});
    pass_on_all(self);
}

void replica::on_message(context& self, const installed& ack) {
    if (ack.epoch != state_.now.epoch || !leads(self)) return;
    installed_.insert(self.sender().node);
    count_reply(self.sender().node, ack.place);
    if (has(bug::no_recheck)) return;
    complete(self);
}

// ---- who is there ------------------------------------------------------------------------------

void replica::on_message(context& self, const probe&) {
    self.send(self.sender(), alive{state_.promised});
}

/// A node that is not in the view is there, or one that is has joined a later epoch: either takes a
/// new view.
void replica::on_message(context& self, const alive& told) {
    heard_of_ = std::max(heard_of_, told.promised);
    if (!leads(self) || !options_.changes_views()) return;
    const bool outside = !state_.now.members.contains(self.sender().node);
    if (outside || told.promised > state_.promised) begin_election(self, told.promised);
}

/// The bug acks_alone: the primary goes on without those that are silent, and asks nobody.
void replica::drop_silent(context& self) {
    for (const auto& [each, times] : silent_) {
        if (times > 2) state_.now.members.erase(each);
    }
    save(self);
    complete(self);
}

}  // namespace partita::replication
