#include "search_antichain.hpp"

#include <stdexcept>

namespace partita::detail {

bool minimal_sets::add(std::span<const decision_number> numbers) {
    if (has_subset_of(numbers, 0)) {
        return false;
    }
    node at = 0;
    for (const decision_number number : numbers) {
        at = child_made(at, number);
    }
    ends_set_[at] = true;
    return true;
}

bool minimal_sets::has_subset_of(std::span<const decision_number> numbers, node from) const {
    if (ends_set_[from]) {
        return true;
    }
    for (std::size_t index = 0; index < numbers.size(); ++index) {
        const edge& found = edges_[slot_of(key_of(from, numbers[index]))];
        if (found.child != 0 && has_subset_of(numbers.subspan(index + 1), found.child)) {
            return true;
        }
    }
    return false;
}

std::size_t minimal_sets::slot_of(std::uint64_t key) const {
    const std::size_t mask = edges_.size() - 1;
    std::size_t slot = (key * 0x9e3779b97f4a7c15ULL >> 24) & mask;
    while (edges_[slot].child != 0 && edges_[slot].key != key) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

minimal_sets::node minimal_sets::child_made(node above, decision_number number) {
    const std::uint64_t key = key_of(above, number);
    std::size_t slot = slot_of(key);
    if (edges_[slot].child == 0) {
        if (ends_set_.size() >= UINT32_MAX) {
            throw std::length_error("more minimal failing sets than an index of 2^32 nodes holds");
        }
        if (2 * (ends_set_.size() + 1) > edges_.size()) {
            grow();
            slot = slot_of(key);
        }
        edges_[slot] = edge{key, static_cast<node>(ends_set_.size())};
        ends_set_.push_back(false);
    }
    return edges_[slot].child;
}

void minimal_sets::grow() {
    std::vector<edge> old(edges_.size() * 2);
    old.swap(edges_);
    for (const edge& moved : old) {
        if (moved.child != 0) {
            edges_[slot_of(moved.key)] = moved;
        }
    }
}

}  // namespace partita::detail
