#include <partita/runtime/cell_table.hpp>

#include <algorithm>

#include "actor_cell.hpp"

namespace partita::detail {
namespace {

template <typename Cells>
auto place_in(Cells& sorted, std::uint64_t ordinal) {
    const auto found = std::lower_bound(
        sorted.begin(), sorted.end(), ordinal,
        [](const auto& each, std::uint64_t wanted) { return each.first < wanted; });
    return found != sorted.end() && found->first == ordinal ? found : sorted.end();
}

}  // namespace

cell_table::cell_table() = default;
cell_table::~cell_table() = default;

void cell_table::add(std::unique_ptr<actor_cell> cell) {
    if (young_.size() >= young_max && young_alive_ * 4 < young_.size()) grow_old();
    young_.push_back(std::move(cell));
    ++young_alive_;
}

actor_cell* cell_table::find_old(std::uint64_t ordinal) const {
    const auto found = place_in(old_, ordinal);
    return found != old_.end() ? found->second.get() : nullptr;
}

void cell_table::remove(std::uint64_t ordinal) {
    const std::uint64_t place = ordinal - first_;
    if (place < young_.size()) {
        young_alive_ -= young_[place] != nullptr ? 1 : 0;
        young_[place].reset();
        return;
    }
    const auto found = place_in(old_, ordinal);
    if (found == old_.end() || !found->second) return;
    found->second.reset();
    --old_alive_;
    if (old_alive_ * 2 < old_.size()) {
        std::erase_if(old_, [](const old_cell& each) { return !each.second; });
    }
}

void cell_table::grow_old() {
    for (std::size_t place = 0; place < young_.size(); ++place) {
        if (!young_[place]) continue;
        old_.emplace_back(first_ + place, std::move(young_[place]));
        ++old_alive_;
    }
    first_ += young_.size();
    young_.clear();
    young_alive_ = 0;
}

void cell_table::clear() {
    old_.clear();
    for (std::unique_ptr<actor_cell>& each : young_) each.reset();
    first_ += young_.size();
    young_.clear();
    young_alive_ = old_alive_ = 0;
}

}  // namespace partita::detail
