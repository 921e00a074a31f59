#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace partita {

class actor_cell;

namespace detail {

/// The actors of a node by spawn ordinal, from 1. Finding a young one is one look into a vector. A
/// node that spawned billions keeps no more than a few places a living actor: now and then those
/// that are left move to a sorted list.
class cell_table {
   public:
    cell_table();
    ~cell_table();
    cell_table(const cell_table&) = delete;
    cell_table& operator=(const cell_table&) = delete;

    [[nodiscard]] std::uint64_t next_ordinal() const { return first_ + young_.size(); }
    void add(std::unique_ptr<actor_cell>);
    /// Null when there is none (any longer).
    [[nodiscard]] actor_cell* find(std::uint64_t ordinal) const {
        const std::uint64_t place = ordinal - first_;
        if (place < young_.size()) return young_[place].get();
        return old_.empty() ? nullptr : find_old(ordinal);
    }
    void remove(std::uint64_t ordinal);
    /// Removes all, those of the highest ordinals last.
    void clear();

   private:
    static constexpr std::size_t young_max = 4'096;
    using old_cell = std::pair<std::uint64_t, std::unique_ptr<actor_cell>>;

    [[nodiscard]] actor_cell* find_old(std::uint64_t ordinal) const;
    void grow_old();

    std::uint64_t first_ = 1;  // ordinal of the first of the young
    std::vector<std::unique_ptr<actor_cell>> young_;
    std::vector<old_cell> old_;  // by ordinal; null: gone
    std::size_t young_alive_ = 0;
    std::size_t old_alive_ = 0;
};

}  // namespace detail
}  // namespace partita
