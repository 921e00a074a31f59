#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search_interner.hpp"

namespace partita::detail {

/// The minimal ones of the failing sets: none contains another. A set-trie (Savnik, Index Data
/// Structure for Fast Subset and Superset Queries, CD-ARES 2013), so that a question costs what the
/// set and the trie have in common, not the number of minimal sets.
///
/// Invariant: no set in it is a subset of another, given that sets come by increasing size.
class minimal_sets {
   public:
    /// Adds the set and says true, or says false because it contains one that is in already.
    /// Requires: `numbers` ascend strictly; no earlier call had a larger set.
    bool add(std::span<const decision_number> numbers);

   private:
    using node = std::uint32_t;
    struct edge {
        std::uint64_t key = 0;  ///< the node above, then the number; a child is never the root
        node child = 0;         ///< 0, the root, marks a free slot
    };
    [[nodiscard]] static std::uint64_t key_of(node above, decision_number number) {
        return (std::uint64_t{above} << 32) | number;
    }
    [[nodiscard]] std::size_t slot_of(std::uint64_t key) const;
    [[nodiscard]] bool has_subset_of(std::span<const decision_number> numbers, node from) const;
    [[nodiscard]] node child_made(node above, decision_number number);
    void grow();

    std::vector<edge> edges_ = std::vector<edge>(64);
    std::vector<bool> ends_set_ = std::vector<bool>(1);  ///< by node
};

}  // namespace partita::detail
