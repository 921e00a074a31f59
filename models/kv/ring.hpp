#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include <partita/runtime/ids.hpp>

namespace partita::kv {

/// Which nodes hold a key: consistent hashing (Karger et al. 1997) with virtual nodes, as in Dynamo
/// (DeCandia et al. 2007, 4.2 and 4.3). Each member stands at `tokens` points of a circle; a key
/// belongs to one of `partitions` equal arcs, and that to the members met clockwise from where it
/// begins. A function of the members alone: nodes that agree on these agree on all. Where one joins
/// or leaves, only its own keys move.
class ring {
   public:
    static constexpr std::size_t tokens = 16;

    ring() = default;
    /// Requires: partitions > 0.
    ring(const std::set<node_id>& members, std::size_t partitions);

    [[nodiscard]] std::size_t partition_of(std::string_view key) const;
    /// All members, each once, the owners first; with no members, nobody.
    [[nodiscard]] const std::vector<node_id>& preference(std::size_t partition) const;
    /// Those that hold the key: the first `replicas` of its preference list, or all there are.
    [[nodiscard]] std::vector<node_id> owners(std::string_view key, std::size_t replicas) const;
    /// Those behind the owners, in order: who stands in for one that cannot be reached.
    [[nodiscard]] std::vector<node_id> fallbacks(std::string_view key, std::size_t replicas) const;

   private:
    std::vector<std::vector<node_id>> preferences_;  // by partition
};

}  // namespace partita::kv
