#pragma once

#include <cstdint>
#include <map>
#include <set>

#include <partita/runtime/message.hpp>

namespace partita::kv {

/// Whether a node belongs to the ring, by its last change that anyone knows of.
struct standing {
    std::uint64_t change = 0;
    bool belongs = false;
    bool operator==(const standing&) const = default;
};
PARTITA_MESSAGE(standing, change, belongs)

/// Who belongs to the ring, as one node believes. Rosters merge in any order to the same.
struct roster {
    std::map<node_id, standing> all;

    [[nodiscard]] std::set<node_id> members() const {
        std::set<node_id> found;
        for (const auto& [id, each] : all) {
            if (each.belongs) found.insert(id);
        }
        return found;
    }
    [[nodiscard]] bool has(node_id id) const {
        const auto found = all.find(id);
        return found != all.end() && found->second.belongs;
    }
    void set(node_id id, bool belongs) {
        standing& mine = all[id];
        if (mine.belongs != belongs) mine = {mine.change + 1, belongs};
    }
    /// The later change of each; of two that know nothing of each other, to have left.
    void merge(const roster& other) {
        for (const auto& [id, theirs] : other.all) {
            standing& mine = all[id];
            if (theirs.change > mine.change) mine = theirs;
            if (theirs.change == mine.change) mine.belongs = mine.belongs && theirs.belongs;
        }
    }
    bool operator==(const roster&) const = default;
};
PARTITA_MESSAGE(roster, all)

}  // namespace partita::kv
