#include "order.hpp"

#include <algorithm>

namespace partita::causal_broadcast {

vector_clock causal_order::next(node_id self) const {
    vector_clock made = clock_;
    ++made[self];
    return made;
}

void causal_order::receive(const text& it) {
    if (has(it)) return;
    waiting_[{it.from, it.number()}] = it;
    if (planted_ != bug::receipt_counts) return;
    for (const auto& [node, count] : it.clock) {
        if (node != it.from) clock_[node] = std::max(clock_[node], count);
    }
}

/// The next of its sender, and all that its sender had delivered is delivered here.
bool causal_order::is_due(const text& it) const {
    const std::uint64_t next = count_of(clock_, it.from) + 1;
    if (planted_ == bug::gaps_allowed ? it.number() < next : it.number() != next) return false;
    if (planted_ == bug::fifo_only) return true;
    return std::all_of(it.clock.begin(), it.clock.end(), [&](const auto& each) {
        return each.first == it.from || each.second <= count_of(clock_, each.first);
    });
}

std::optional<text> causal_order::take() {
    std::erase_if(waiting_, [this](const auto& each) { return has(each.second); });
    const auto due = std::find_if(waiting_.begin(), waiting_.end(),
                                  [this](const auto& each) { return is_due(each.second); });
    if (due == waiting_.end()) return std::nullopt;
    text it = std::move(due->second);
    waiting_.erase(due);
    deliver(it);
    return it;
}

void causal_order::deliver(const text& it) {
    if (planted_ == bug::overwritten_clock) {
        clock_ = it.clock;
        return;
    }
    for (const auto& [node, count] : it.clock) clock_[node] = std::max(clock_[node], count);
}

}  // namespace partita::causal_broadcast
