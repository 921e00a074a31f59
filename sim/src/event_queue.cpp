#include "event_queue.hpp"

namespace partita::detail {

void event_queue::ring::grow() {
    std::vector<entry> larger(entries_.empty() ? 64 : entries_.size() * 2);
    const std::size_t count = tail_ - head_;
    for (std::size_t at = 0; at < count; ++at)
        larger[at] = std::move(entries_[(head_ + at) & mask()]);
    entries_ = std::move(larger);
    head_ = 0;
    tail_ = count;
}

void event_queue::ring::clear() {
    for (; !empty(); pop()) front().what.message.reset();
    head_ = tail_ = 0;
}

std::uint64_t event_queue::push(time_point at, time_point now, pending&& what) {
    const moment when{at.time_since_epoch().count(), ++sequence_};
    ++live_;
    if (what.kind > pending_kind::local) return push_cancellable(when, std::move(what));
    if (at == now) {
        now_.push(when, std::move(what));
    } else if (ordered_.empty() || ordered_.back().when.at <= when.at) {
        ordered_.push(when, std::move(what));
    } else {
        return push_cancellable(when, std::move(what));
    }
    return 0;
}

std::uint64_t event_queue::push_cancellable(moment when, pending&& what) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slot& place = slots_[index];
    place.what = std::move(what);
    place.used = true;
    heap_push({when, index, place.generation});
    return std::uint64_t{place.generation} << 32 | index;
}

pending event_queue::release(slot& place, std::uint32_t index) {
    place.used = false;
    ++place.generation;
    free_.push_back(index);
    --live_;
    return std::move(place.what);
}

void event_queue::cancel(std::uint64_t ticket) {
    const auto index = static_cast<std::uint32_t>(ticket);
    if (index >= slots_.size()) return;
    slot& place = slots_[index];
    if (!place.used || place.generation != ticket >> 32) return;
    (void)release(place, index);
    // The key stays behind and is recognised by its generation; too many of them are swept out.
    if (++cancelled_ > 64 && cancelled_ * 2 > heap_.size()) compact();
}

void event_queue::compact() {
    std::erase_if(heap_, [this](const key& kept) { return stale(kept); });
    for (std::size_t at = heap_.size() / 4 + 1; at-- > 0;) sift_down(at);
    cancelled_ = 0;
}

void event_queue::drop_stale() {
    while (!heap_.empty() && stale(heap_.front())) {
        heap_pop();
        if (cancelled_ > 0) --cancelled_;
    }
}

event_queue::lane event_queue::next_lane() {
    drop_stale();
    const moment* least = nullptr;
    lane from = lane::now;
    const auto offer = [&](lane candidate, const moment& when) {
        if (least != nullptr && !when.before(*least)) return;
        least = &when;
        from = candidate;
    };
    if (!now_.empty()) offer(lane::now, now_.front().when);
    if (!ordered_.empty()) offer(lane::ordered, ordered_.front().when);
    if (!heap_.empty()) offer(lane::heap, heap_.front().when);
    return from;
}

time_point event_queue::next_time() {
    const lane from = next_lane();
    const moment& next = from == lane::heap  ? heap_.front().when
                         : from == lane::now ? now_.front().when
                                             : ordered_.front().when;
    return time_point(duration(next.at));
}

pending event_queue::pop(time_point& at) {
    const lane from = next_lane();
    if (from == lane::heap) {
        const key next = heap_.front();
        heap_pop();
        at = time_point(duration(next.when.at));
        return release(slots_[next.slot], next.slot);
    }
    ring& queue = from == lane::now ? now_ : ordered_;
    entry& next = queue.front();
    at = time_point(duration(next.when.at));
    queue.pop();
    --live_;
    return std::move(next.what);
}

void event_queue::heap_push(const key& added) {
    heap_.push_back(added);
    std::size_t at = heap_.size() - 1;
    while (at > 0) {
        const std::size_t parent = (at - 1) / 4;
        if (!added.when.before(heap_[parent].when)) break;
        heap_[at] = heap_[parent];
        at = parent;
    }
    heap_[at] = added;
}

void event_queue::heap_pop() {
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0);
}

void event_queue::sift_down(std::size_t at) {
    if (at >= heap_.size()) return;
    const key moved = heap_[at];
    for (;;) {
        const std::size_t first = at * 4 + 1;
        if (first >= heap_.size()) break;
        std::size_t least = first;
        for (std::size_t child = first + 1; child < first + 4 && child < heap_.size(); ++child) {
            if (heap_[child].when.before(heap_[least].when)) least = child;
        }
        if (!heap_[least].when.before(moved.when)) break;
        heap_[at] = heap_[least];
        at = least;
    }
    heap_[at] = moved;
}

void event_queue::clear() {
    // Generations begin anew: tickets are timers' names, which user code can see.
    slots_.clear();
    free_.clear();
    now_.clear();
    ordered_.clear();
    heap_.clear();
    live_ = 0;
    cancelled_ = 0;
    sequence_ = 0;
}

}  // namespace partita::detail
