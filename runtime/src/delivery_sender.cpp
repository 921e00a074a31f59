#include "delivery_sender.hpp"

#include <algorithm>
#include <iterator>

namespace partita::detail {

std::uint64_t reliable_sender::add(const delivery_lane& lane, bool causal, time_point now) {
    const std::uint64_t sequence = ++last_;
    std::uint64_t& end = lane_end_[lane];
    item fresh;
    fresh.lane = lane;
    fresh.causal = causal;
    fresh.life = life_;
    fresh.before = end;
    fresh.wait = std::max(options_.retransmit_interval, duration(1));
    if (end != 0) items_.at(end).behind = sequence;
    end = sequence;
    if (causal) causal_.insert(sequence);
    const auto place = items_.emplace_hint(items_.end(), sequence, fresh);
    plan(*place, later(now, fresh.wait));
    return sequence;
}

std::optional<time_point> reliable_sender::next_due() const {
    if (schedule_.empty()) return std::nullopt;
    return schedule_.begin()->first;
}

void reliable_sender::plan(items::value_type& which, time_point due) {
    schedule_.erase({which.second.due, which.first});
    which.second.due = due;
    schedule_.insert({due, which.first});
}

void reliable_sender::send_again(items::value_type& which, time_point now, changes& to) {
    item& one = which.second;
    ++one.tries;
    ++one.unanswered;
    const duration most = std::max(options_.retransmit_interval_max, one.wait);
    one.wait = one.wait > most / 2 ? most : one.wait * 2;
    plan(which, later(now, one.wait));
    to.again.push_back(which.first);
}

void reliable_sender::remove(items::iterator place) {
    const auto& [sequence, gone] = *place;
    if (gone.before != 0) items_.at(gone.before).behind = gone.behind;
    if (gone.behind != 0) {
        items_.at(gone.behind).before = gone.before;
    } else if (gone.before != 0) {
        lane_end_[gone.lane] = gone.before;
    } else {
        lane_end_.erase(gone.lane);
    }
    schedule_.erase({gone.due, sequence});
    causal_.erase(sequence);
    items_.erase(place);
}

void reliable_sender::give_up(items::iterator place, loss why, time_point now, changes& to) {
    const item gone = place->second;
    to.given_up.push_back({place->first, gone.tries, why});
    std::erase(to.again, place->first);
    if (gone.causal && why == loss::unanswered) {
        causal_lost_ = place->first;
        told_from_ = last_ + 1;
    }
    remove(place);
    const auto next = items_.find(gone.behind);
    if (next == items_.end() || !next->second.held) return;
    // It waits there for the one that will not come, and is to hear of that.
    next->second.held = false;
    next->second.unanswered = 0;
    plan(*next, now);
}

void reliable_sender::run_due(time_point now, changes& to) {
    while (!schedule_.empty() && schedule_.begin()->first <= now) {
        const auto place = items_.find(schedule_.begin()->second);
        // Only the lowest, by the invariant; another goes on until it is that.
        const bool exhausted = place->second.unanswered >= options_.tries_max;
        if (exhausted && place == items_.begin()) {
            give_up(place, loss::unanswered, now, to);
        } else {
            send_again(*place, now, to);
        }
    }
}

/// All are to be sent now; `afresh`: by a destination that saw none of them.
void reliable_sender::hurry(time_point now, bool afresh) {
    for (auto& each : items_) {
        item& one = each.second;
        one.wait = std::max(options_.retransmit_interval, duration(1)) / 2;
        one.wait = std::max(one.wait, duration(1));
        const std::uint32_t most = options_.tries_max > 0 ? options_.tries_max - 1 : 0;
        one.unanswered = afresh ? 0 : std::min(one.unanswered, most);
        if (afresh) one.held = false;
        plan(each, now);
    }
}

void reliable_sender::enter_life(std::uint64_t incarnation, time_point now, changes& to) {
    if (incarnation <= life_) return;
    const bool restarted = life_ != 0;
    life_ = incarnation;
    if (restarted) {
        const std::set<std::uint64_t> bound = causal_;
        for (const std::uint64_t sequence : bound) {
            give_up(items_.find(sequence), loss::destination_restarted, now, to);
        }
    }
    causal_lost_ = 0;
    for (auto& each : items_) each.second.life = incarnation;
    hurry(now, true);
}

reliable_sender::changes reliable_sender::acknowledged(const acknowledgement& answer,
                                                       time_point now) {
    changes made;
    if (answer.incarnation < life_) return made;
    const auto outstanding = [&](std::uint64_t sequence) {
        const auto place = items_.find(sequence);
        const bool counts = place != items_.end() && place->second.life == answer.incarnation;
        return counts ? place : items_.end();
    };
    for (const std::uint64_t sequence : answer.reached) {
        const auto place = outstanding(sequence);
        if (place == items_.end()) continue;
        remove(place);
        made.reached.push_back(sequence);
        if (sequence >= told_from_) causal_lost_ = 0;
    }
    for (const std::uint64_t sequence : answer.held) {
        const auto place = outstanding(sequence);
        if (place == items_.end()) continue;
        place->second.held = true;
        place->second.unanswered = 0;
    }
    for (const std::uint64_t sequence : answer.refused) {
        const auto place = outstanding(sequence);
        if (place != items_.end()) give_up(place, loss::refused, now, made);
    }
    enter_life(answer.incarnation, now, made);
    run_due(now, made);
    return made;
}

reliable_sender::changes reliable_sender::reconnected(std::uint64_t incarnation, time_point now) {
    changes made;
    enter_life(incarnation, now, made);
    if (incarnation == 0 || incarnation == life_) hurry(now, false);
    run_due(now, made);
    return made;
}

reliable_sender::changes reliable_sender::destination_lives(std::uint64_t incarnation,
                                                            time_point now) {
    changes made;
    enter_life(incarnation, now, made);
    run_due(now, made);
    return made;
}

reliable_sender::changes reliable_sender::tick(time_point now) {
    changes made;
    run_due(now, made);
    return made;
}

}  // namespace partita::detail
