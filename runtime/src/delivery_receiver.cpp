#include "delivery_receiver.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace partita::detail {
namespace {

constexpr std::uint64_t sequence_max = std::numeric_limits<std::uint64_t>::max() - 1;
/// Of one sender. A gap is a message that its sender still has, so this is only ever reached with
/// senders that keep more than ten times the default.
constexpr std::size_t gaps_max = 100'000;

}  // namespace

// ---- sequence_window ---------------------------------------------------------------------------

bool sequence_window::contains(std::uint64_t sequence) const {
    if (sequence < floor_) return true;
    const auto behind = ranges_.upper_bound(sequence);
    return behind != ranges_.begin() && sequence < std::prev(behind)->second;
}

void sequence_window::insert(std::uint64_t sequence) {
    if (contains(sequence)) return;
    std::uint64_t first = sequence;
    std::uint64_t end = sequence + 1;
    const auto behind = ranges_.upper_bound(sequence);
    if (behind != ranges_.begin() && std::prev(behind)->second == sequence) {
        first = std::prev(behind)->first;
        ranges_.erase(std::prev(behind));
    }
    if (behind != ranges_.end() && behind->first == end) {
        end = behind->second;
        ranges_.erase(behind);
    }
    ranges_[first] = end;
    absorb();
}

void sequence_window::raise(std::uint64_t floor) {
    floor_ = std::max(floor_, floor);
    absorb();
}

void sequence_window::absorb() {
    while (!ranges_.empty() && ranges_.begin()->first <= floor_) {
        floor_ = std::max(floor_, ranges_.begin()->second);
        ranges_.erase(ranges_.begin());
    }
}

// ---- what may be delivered ---------------------------------------------------------------------

bool reliable_receiver::well_formed(const delivery_stamp& stamp) {
    return stamp.sequence != 0 && stamp.sequence <= sequence_max && stamp.incarnation != 0 &&
           stamp.floor <= stamp.sequence && stamp.after < stamp.sequence;
}

bool reliable_receiver::met(const need& what, bool causally) const {
    const auto found = sources_.find(what.source);
    if (found == sources_.end()) return false;
    const source_state& from = found->second;
    if (from.incarnation != what.incarnation) return from.incarnation > what.incarnation;
    return from.window.contains(what.sequence) || (causally && what.sequence <= from.overtaken);
}

std::optional<reliable_receiver::unmet> reliable_receiver::first_unmet(
    const stamped_id& id, const delivery_stamp& stamp) const {
    const need before{id.source, stamp.incarnation, stamp.after};
    if (stamp.after != 0 && !met(before, false)) return unmet{before, false};
    if (!stamp.causal) return std::nullopt;
    for (const causal_row& row : stamp.causal->rows) {
        for (const causal_entry& entry : row.entries) {
            if (entry.destination != self_ || row.source == self_) continue;
            // What was for another life does not concern this one.
            if (entry.incarnation != 0 && entry.incarnation != incarnation_) continue;
            const need past{{row.source, 0}, row.incarnation, entry.sequence};
            if (!met(past, true)) return unmet{past, true};
        }
    }
    return std::nullopt;
}

void reliable_receiver::deliver(const stamped_id& id) {
    source_state& from = sources_[id.source];
    from.window.insert(id.sequence);
    const need done{id.source, from.incarnation, id.sequence};
    wake(done, done);
}

// ---- arrival -----------------------------------------------------------------------------------

arrival reliable_receiver::arrive(const delivery_end& from, const stamp_pointer& stamp,
                                  time_point now) {
    if (!well_formed(*stamp)) return arrival::malformed;
    const auto known = sources_.find(from);
    if (known != sources_.end() && stamp->incarnation < known->second.incarnation) {
        return arrival::source_restarted;
    }
    node_lives(from.node, stamp->incarnation);
    source_state& source = sources_[from];
    source.incarnation = stamp->incarnation;
    if (stamp->causal) {
        for (const causal_row& row : stamp->causal->rows) node_lives(row.source, row.incarnation);
    }
    if (stamp->destination_incarnation == 0) return arrival::life_unknown;
    if (stamp->destination_incarnation != incarnation_) return arrival::destination_restarted;
    if (stamp->floor > source.floor_told) {
        source.floor_told = stamp->floor;
        source.window.raise(stamp->floor);
        // Its successors count it as given up from here on, and must not be overtaken by it.
        abandon_below({from, source.incarnation, stamp->floor}, reason::given_up);
        wake({from, 0, 0}, {from, source.incarnation, stamp->floor - 1});
    }
    return arrive_here({from, stamp->incarnation, stamp->sequence}, stamp, now);
}

arrival reliable_receiver::arrive_here(const stamped_id& id, const stamp_pointer& stamp,
                                       time_point now) {
    source_state& source = sources_[id.source];
    if (source.window.contains(id.sequence)) {
        const bool once = options_.deduplicate || stamp->causal.has_value();
        // Its sender needs no answer for those below its floor.
        return once || id.sequence < source.floor_told ? arrival::repetition : arrival::deliver;
    }
    if (const auto held = held_.find(id); held != held_.end()) {
        held->second.stamp = stamp;  // fewer may be before it by now
        look_again(id);
        return arrival::held_already;
    }
    if (stamp->causal && id.sequence <= source.overtaken) return arrival::refused;
    if (source.window.gaps() >= gaps_max) return arrival::full;
    const auto wait = first_unmet(id, *stamp);
    if (!wait) {
        deliver(id);
        return arrival::deliver;
    }
    if (held_.size() >= options_.held_max) return arrival::full;
    hold(id, stamp, *wait, now);
    return arrival::hold;
}

void reliable_receiver::hold(const stamped_id& id, const stamp_pointer& stamp, const unmet& wait,
                             time_point now) {
    held_message& kept = held_[id];
    kept.stamp = stamp;
    kept.waits_for = wait.what;
    kept.causally = wait.causally;
    kept.deadline = later(now, options_.hold_max);
    deadlines_.insert({kept.deadline, id});
    waiting_.insert({wait.what, id});
}

/// Whether it waits any longer, and for what.
void reliable_receiver::look_again(const stamped_id& id) {
    held_message& kept = held_.at(id);
    if (kept.ready) return;
    waiting_.erase({kept.waits_for, id});
    if (const auto wait = first_unmet(id, *kept.stamp)) {
        kept.waits_for = wait->what;
        kept.causally = wait->causally;
        waiting_.insert({wait->what, id});
        return;
    }
    kept.ready = true;
    deadlines_.erase({kept.deadline, id});
    ready_.push_back(id);
}

/// Looks again at those that wait for something from `first` to `last`.
void reliable_receiver::wake(const need& first, const need& last) {
    std::vector<stamped_id> concerned;
    for (auto place = waiting_.lower_bound({first, {}});
         place != waiting_.end() && place->what <= last; ++place) {
        concerned.push_back(place->who);
    }
    for (const stamped_id& each : concerned) look_again(each);
}

std::optional<reliable_receiver::released> reliable_receiver::next_ready() {
    while (!ready_.empty()) {
        const stamped_id id = ready_.front();
        ready_.pop_front();
        const auto place = held_.find(id);
        if (place == held_.end() || !place->second.ready) continue;  // abandoned meanwhile
        const stamp_pointer stamp = place->second.stamp;
        held_.erase(place);
        deliver(id);
        return released{id, stamp};
    }
    return std::nullopt;
}

// ---- lives and deadlines -----------------------------------------------------------------------

void reliable_receiver::abandon(const stamped_id& id, reason why) {
    const auto place = held_.find(id);
    waiting_.erase({place->second.waits_for, id});
    deadlines_.erase({place->second.deadline, id});
    held_.erase(place);
    abandoned_.push_back({id, why});
}

/// Those of that sender before `end`.
void reliable_receiver::abandon_below(const stamped_id& end, reason why) {
    std::vector<stamped_id> ended;
    for (auto held = held_.lower_bound({end.source, 0, 0});
         held != held_.end() && held->first < end; ++held) {
        ended.push_back(held->first);
    }
    for (const stamped_id& each : ended) abandon(each, why);
}

void reliable_receiver::node_lives(node_id node, std::uint64_t incarnation) {
    if (node == self_ || incarnation == 0) return;
    sources_.try_emplace({node, 0}, source_state{incarnation, 0, 0, {}});
    for (auto place = sources_.lower_bound({node, 0});
         place != sources_.end() && place->first.node == node; ++place) {
        if (place->second.incarnation >= incarnation) continue;
        const delivery_end source = place->first;
        place->second = source_state{incarnation, 0, 0, {}};
        abandon_below({source, incarnation, 0}, reason::source_restarted);
        wake({source, 0, 0}, {source, incarnation - 1, sequence_max});
    }
}

std::optional<time_point> reliable_receiver::next_due() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

void reliable_receiver::set_deadline(const stamped_id& id, held_message& kept, time_point due) {
    deadlines_.erase({kept.deadline, id});
    kept.deadline = due;
    deadlines_.insert({due, id});
}

void reliable_receiver::tick(time_point now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const stamped_id due = deadlines_.begin()->second;
        end_waiting(due, now);
    }
}

/// Of its own sender, the predecessor comes or is given up as long as the sender lives, which then
/// tries again. Another node may be gone for good: what it sent before is refused from now on.
void reliable_receiver::end_waiting(const stamped_id& id, time_point now) {
    held_message& kept = held_.at(id);
    const need what = kept.waits_for;
    if (!kept.causally) {
        return abandon(id, reason::waited_too_long);
    }
    if (holds_causal(what)) {  // which is waiting itself, and ends that in its time
        const duration pause = std::max(options_.retransmit_interval, duration(1));
        return set_deadline(id, kept, later(now, pause));
    }
    node_lives(what.source.node, what.incarnation);
    source_state& source = sources_[what.source];
    source.overtaken = std::max(source.overtaken, what.sequence);
    wake({what.source, 0, 0}, what);
}

bool reliable_receiver::holds_causal(const need& up_to) const {
    const stamped_id last{up_to.source, up_to.incarnation, up_to.sequence};
    for (auto held = held_.lower_bound({up_to.source, up_to.incarnation, 0});
         held != held_.end() && held->first <= last; ++held) {
        if (held->second.stamp->causal) return true;
    }
    return false;
}

std::size_t reliable_receiver::gaps() const {
    std::size_t sum = 0;
    for (const auto& each : sources_) sum += each.second.window.gaps();
    return sum;
}

}  // namespace partita::detail
