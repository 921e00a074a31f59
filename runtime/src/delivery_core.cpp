#include "delivery_core.hpp"

#include <algorithm>

namespace partita::detail {

delivery_core::delivery_core(const delivery_end& self, std::uint64_t incarnation,
                             const delivery_options& options)
    : self_(self),
      incarnation_(incarnation),
      options_(options),
      receiver_(self.node, incarnation, options),
      causal_(self.node, incarnation) {}

delivery_core::peer& delivery_core::peer_of(node_id id) {
    const auto [place, fresh] = peers_.try_emplace(id, options_);
    if (const auto life = lives_.find(id); fresh && life != lives_.end()) {
        (void)place->second.sender.destination_lives(life->second, {});
    }
    return place->second;
}

/// Keeps what follows from a sender up to date: when it is due, and this node's causal row.
void delivery_core::refresh(node_id id, peer& which) {
    const reliable_sender& sender = which.sender;
    const std::uint64_t newest = sender.newest_causal();
    causal_.outstanding(id, sender.life(), newest);
    const auto due = sender.next_due();
    if (due == which.due) return;
    if (which.due) dues_.erase({*which.due, id});
    if (due) dues_.insert({*due, id});
    which.due = due;
}

void delivery_core::adopt(node_id id, peer& which, reliable_sender::changes&& made) {
    for (const std::uint64_t sequence : made.again) effects_.again.push_back({id, sequence});
    for (const std::uint64_t sequence : made.reached) {
        effects_.reached.push_back({id, sequence});
        const auto past = which.pasts.find(sequence);
        if (past == which.pasts.end()) continue;
        causal_.reached(id, which.sender.life(), past->second);
        which.pasts.erase(past);
    }
    for (const reliable_sender::lost& each : made.given_up) {
        effects_.lost.push_back({{id, each.sequence}, each.tries, each.why});
        which.pasts.erase(each.sequence);
    }
    refresh(id, which);
}

std::optional<std::uint64_t> delivery_core::send(node_id to, const delivery_lane& lane, bool causal,
                                                 time_point now) {
    peer& which = peer_of(to);
    if (which.sender.full()) return std::nullopt;
    std::vector<causal_row> past;
    if (causal) past = causal_.past();
    const std::uint64_t sequence = which.sender.add(lane, causal, now);
    if (causal) which.pasts.emplace(sequence, std::move(past));
    refresh(to, which);
    return sequence;
}

std::shared_ptr<const delivery_stamp> delivery_core::stamp_of(const sent_id& id) const {
    const peer& which = peers_.at(id.to);
    auto made = std::make_shared<delivery_stamp>();
    made->incarnation = incarnation_;
    made->thread = self_.thread;
    made->destination_incarnation = which.sender.life_of(id.sequence);
    made->sequence = id.sequence;
    made->after = which.sender.before(id.sequence);
    made->floor = which.sender.floor();
    const auto past = which.pasts.find(id.sequence);
    if (past != which.pasts.end()) made->causal = causal_past{past->second};
    return made;
}

void delivery_core::acknowledged(node_id from, const acknowledgement& answer, time_point now) {
    // Those to an earlier life of this node mean other messages.
    if (answer.sender_incarnation != incarnation_) return;
    peer& which = peer_of(from);
    adopt(from, which, which.sender.acknowledged(answer, now));
    node_lives(from, answer.incarnation, now);
}

void delivery_core::reconnected(node_id node, std::uint64_t incarnation, time_point now) {
    const auto known = peers_.find(node);
    if (known != peers_.end()) {
        adopt(node, known->second, known->second.sender.reconnected(incarnation, now));
    }
    node_lives(node, incarnation, now);
}

void delivery_core::node_lives(node_id node, std::uint64_t incarnation, time_point now) {
    if (node == self_.node || incarnation == 0) return;
    std::uint64_t& latest = lives_[node];
    if (incarnation <= latest) return;
    latest = incarnation;
    receiver_.node_lives(node, incarnation);
    causal_.node_lives(node, incarnation);
    const auto known = peers_.find(node);
    if (known == peers_.end()) return;
    adopt(node, known->second, known->second.sender.destination_lives(incarnation, now));
}

arrival delivery_core::arrive(const delivery_end& from,
                              const reliable_receiver::stamp_pointer& stamp, time_point now) {
    const arrival what = receiver_.arrive(from, stamp, now);
    if (what == arrival::malformed) return what;
    node_lives(from.node, stamp->incarnation, now);
    if (!stamp->causal) return what;
    for (const causal_row& row : stamp->causal->rows) {
        node_lives(row.source, row.incarnation, now);
    }
    if (what == arrival::deliver) causal_.learn(stamp->causal->rows);
    return what;
}

std::optional<stamped_id> delivery_core::next_ready() {
    const auto ready = receiver_.next_ready();
    if (!ready) return std::nullopt;
    if (ready->stamp->causal) causal_.learn(ready->stamp->causal->rows);
    return ready->id;
}

void delivery_core::tick(time_point now) {
    receiver_.tick(now);
    while (!dues_.empty() && dues_.begin()->first <= now) {
        const node_id id = dues_.begin()->second;
        peer& which = peers_.at(id);
        adopt(id, which, which.sender.tick(now));
    }
}

std::optional<time_point> delivery_core::next_due() const {
    const auto held = receiver_.next_due();
    if (dues_.empty()) return held;
    const time_point again = dues_.begin()->first;
    return held ? std::min(*held, again) : again;
}

delivery_core::effects delivery_core::take_effects() {
    effects made = std::exchange(effects_, {});
    made.abandoned = receiver_.take_abandoned();
    return made;
}

std::size_t delivery_core::outstanding() const {
    std::size_t sum = 0;
    for (const auto& each : peers_) sum += each.second.sender.outstanding();
    return sum;
}

}  // namespace partita::detail
