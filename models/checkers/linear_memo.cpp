#include "linear_memo.hpp"

#include <algorithm>

namespace partita::detail {

search_memo::answer search_memo::add(std::uint64_t hash, const std::vector<std::uint32_t>& entry,
                                     std::size_t counts, bool fewer, std::size_t bytes_max,
                                     std::uint64_t& steps) {
    if (!make_room(entry.size() + 2, bytes_max)) return answer::full;
    slot& place = slot_of(hash);
    if (place.first != 0 && listed(place, entry, counts, fewer, steps)) return answer::known;
    if (place.first == 0) {
        ++used_;
        place.hash = hash;
    }
    const auto first = static_cast<std::uint32_t>(words_.size() + 1);
    words_.push_back(place.first);
    words_.push_back(static_cast<std::uint32_t>(entry.size()));
    words_.insert(words_.end(), entry.begin(), entry.end());
    place.first = first;
    return answer::fresh;
}

search_memo::slot& search_memo::slot_of(std::uint64_t hash) {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].first != 0 && slots_[at].hash != hash) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
}

bool search_memo::listed(const slot& place, const std::vector<std::uint32_t>& entry,
                         std::size_t counts, bool fewer, std::uint64_t& steps) const {
    const std::size_t exact = fewer ? entry.size() - counts : entry.size();
    for (std::uint32_t at = place.first; at != 0; at = words_[at - 1]) {
        ++steps;
        if (words_[at] != entry.size()) continue;
        const auto there = words_.begin() + at + 1;
        const auto rest = entry.begin() + static_cast<std::ptrdiff_t>(exact);
        if (std::equal(entry.begin(), rest, there) &&
            std::equal(rest, entry.end(), there + static_cast<std::ptrdiff_t>(exact),
                       [](std::uint32_t mine, std::uint32_t known) { return known <= mine; })) {
            return true;
        }
    }
    return false;
}

/// Counts what is there twice for as long as it is copied.
bool search_memo::make_room(std::size_t words, std::size_t bytes_max) {
    std::size_t more = 0;
    const bool more_words = words_.size() + words > words_.capacity();
    const std::size_t capacity = std::max(words_.capacity() * 2, words_.size() + words + 1'024);
    if (more_words) more += capacity * sizeof(std::uint32_t);
    const bool more_slots = used_ * 2 >= slots_.size();
    const std::size_t slots = std::max<std::size_t>(64, slots_.size() * 2);
    if (more_slots) more += slots * sizeof(slot);
    if (more == 0) return true;
    if (bytes() + more > bytes_max || capacity > UINT32_MAX) return false;
    if (more_words) words_.reserve(capacity);
    if (more_slots) widen(slots);
    return true;
}

void search_memo::widen(std::size_t slots) {
    std::vector<slot> old(slots);
    old.swap(slots_);
    for (const slot& each : old) {
        if (each.first != 0) slot_of(each.hash) = each;
    }
}

}  // namespace partita::detail
