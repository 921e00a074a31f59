#pragma once

#include <memory>

#include <partita/runtime/ids.hpp>

#include "options.hpp"
#include "ring.hpp"
#include "roster.hpp"

namespace partita::kv {

/// What the actors of one node share: the replica, which changes it, and the coordinator. Both are
/// spawned on one thread of the node and stay there.
struct node_view {
    store_options options;
    std::uint64_t life = 0;
    roster members;
    kv::ring ring;

    void become(const roster& now) {
        members = now;
        ring = kv::ring(now.members(), options.partitions);
    }
    [[nodiscard]] std::vector<node_id> owners(std::string_view key) const {
        return ring.owners(key, options.replicas);
    }
};
using shared_view = std::shared_ptr<node_view>;

/// What replicas send each other, so that no client waits behind keys that move.
inline constexpr channel transfer{"transfer"};

inline constexpr std::string_view replica_name = "replica";
inline constexpr std::string_view coordinator_name = "kv";

}  // namespace partita::kv
