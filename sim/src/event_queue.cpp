#include "event_queue.hpp"

namespace partita::detail {

std::uint64_t event_queue::push(time_point at, time_point now, pending&& what) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slot& place = slots_[index];
    const bool in_order = what.kind == pending_kind::delivery;
    place.what = std::move(what);
    place.used = true;
    ++live_;
    const key added{at.time_since_epoch().count(), ++sequence_, index, place.generation};
    if (at == now) {
        now_.push(added);
    } else if (in_order && (ordered_.empty() || ordered_.keys.back().at <= added.at)) {
        ordered_.push(added);
    } else {
        heap_push(added);
    }
    return std::uint64_t{place.generation} << 32 | index;
}

void event_queue::cancel(std::uint64_t ticket) {
    const auto index = static_cast<std::uint32_t>(ticket);
    if (index >= slots_.size()) return;
    slot& place = slots_[index];
    if (!place.used || place.generation != ticket >> 32) return;
    place.what = pending{};
    place.used = false;
    ++place.generation;
    free_.push_back(index);
    --live_;
    // The key stays behind and is recognised by its generation; too many of them are swept out.
    if (++cancelled_ > 64 && cancelled_ * 2 > heap_.size()) compact();
}

void event_queue::compact() {
    std::erase_if(heap_, [this](const key& kept) { return stale(kept); });
    for (std::size_t at = heap_.size() / 4 + 1; at-- > 0;) sift_down(at);
    cancelled_ = 0;
}

void event_queue::drop_stale() {
    while (!now_.empty() && stale(now_.front())) now_.pop();
    while (!ordered_.empty() && stale(ordered_.front())) ordered_.pop();
    while (!heap_.empty() && stale(heap_.front())) {
        heap_pop();
        if (cancelled_ > 0) --cancelled_;
    }
}

int event_queue::next_lane() const {
    int lane = -1;
    const key* least = nullptr;
    const auto offer = [&](int number, const key& candidate) {
        if (least == nullptr || before(candidate, *least)) {
            least = &candidate;
            lane = number;
        }
    };
    if (!now_.empty()) offer(0, now_.front());
    if (!ordered_.empty()) offer(1, ordered_.front());
    if (!heap_.empty()) offer(2, heap_.front());
    return lane;
}

time_point event_queue::next_time() {
    drop_stale();
    const int lane = next_lane();
    const key& next = lane == 0 ? now_.front() : lane == 1 ? ordered_.front() : heap_.front();
    return time_point(duration(next.at));
}

pending event_queue::pop(time_point& at) {
    drop_stale();
    const int lane = next_lane();
    const key next = lane == 0 ? now_.front() : lane == 1 ? ordered_.front() : heap_.front();
    if (lane == 0) now_.pop();
    if (lane == 1) ordered_.pop();
    if (lane == 2) heap_pop();
    at = time_point(duration(next.at));
    slot& place = slots_[next.slot];
    pending what = std::move(place.what);
    place.used = false;
    ++place.generation;
    free_.push_back(next.slot);
    --live_;
    return what;
}

void event_queue::heap_push(const key& added) {
    heap_.push_back(added);
    std::size_t at = heap_.size() - 1;
    while (at > 0) {
        const std::size_t parent = (at - 1) / 4;
        if (!before(added, heap_[parent])) break;
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
            if (before(heap_[child], heap_[least])) least = child;
        }
        if (!before(heap_[least], moved)) break;
        heap_[at] = heap_[least];
        at = least;
    }
    heap_[at] = moved;
}

void event_queue::clear() {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        slot& place = slots_[index];
        if (!place.used) continue;
        place.what = pending{};
        place.used = false;
        ++place.generation;
        free_.push_back(index);
    }
    now_ = {};
    ordered_ = {};
    heap_.clear();
    live_ = 0;
    cancelled_ = 0;
    sequence_ = 0;
}

}  // namespace partita::detail
