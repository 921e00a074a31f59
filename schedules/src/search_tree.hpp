#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search_interner.hpp"

namespace partita::detail {

/// The frontier of a breadth-first search over decision sets that grow by one decision a level.
///
/// A set is a node: its last decision and the node of the set without it, so it costs 8 bytes
/// however many decisions it has. Nodes stay, because those below are spelled through them; what
/// the nodes of a level offer is dropped when the search goes down a level. Only sets with offers
/// are nodes.
class decision_tree {
   public:
    /// `memory_words`: how many numbers a search remembers with every node.
    explicit decision_tree(std::size_t memory_words) : memory_words_(memory_words) {}

    using node = std::uint32_t;  ///< a position in its level

    /// Adds the set `above` + `last` to the level below the current one; for the empty set both are
    /// ignored. Requires: `offers` is not empty. Throws std::length_error at 2^32 nodes a level.
    void add(node above, decision_number last, std::span<const decision_number> offers,
             std::span<const std::uint32_t> memory);

    [[nodiscard]] bool has_next_level() const { return !next_.nodes.empty(); }
    /// Makes the level below the current one.
    void descend();

    /// How many nodes the current level has.
    [[nodiscard]] std::size_t size() const { return current_.nodes.size(); }
    /// How many decisions the sets of the current level have.
    [[nodiscard]] std::size_t depth() const { return above_.size(); }
    [[nodiscard]] std::span<const decision_number> offers(node at) const;
    [[nodiscard]] std::span<const std::uint32_t> memory(node at) const;
    /// The decisions of a node of the current level, first taken first.
    void spell(node at, std::vector<decision_number>& set) const;

   private:
    struct link {
        node above = 0;
        decision_number last = 0;
    };
    struct level {
        std::vector<link> nodes;
        std::vector<std::uint64_t> offers_end;  ///< by node, in `offers`
        std::vector<decision_number> offers;
        std::vector<std::uint32_t> memory;
    };

    std::size_t memory_words_;
    std::vector<std::vector<link>> above_;  ///< the levels above the current one, the root first
    level current_;
    level next_;
    bool started_ = false;
};

}  // namespace partita::detail
