#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <partita/models/application.hpp>
#include <partita/models/reliable_broadcast.hpp>

#include "messages.hpp"

namespace partita::commit {

// Partisan's timers; they decide outcomes.
inline constexpr std::chrono::milliseconds coordinator_time{1'000};
inline constexpr std::chrono::milliseconds participant_time{2'000};
inline constexpr std::chrono::milliseconds caller_time{4'000};

/// Those of `all` that have answered, and whether they all have.
class answers {
   public:
    answers() = default;
    explicit answers(std::set<node_id> all) : missing_(std::move(all)) {}
    /// True when this was, or had been, the last one missing.
    bool add(node_id from) {
        missing_.erase(from);
        return missing_.empty();
    }

   private:
    std::set<node_id> missing_;
};

[[nodiscard]] inline std::set<node_id> everyone(const context& self) {
    return {self.members().begin(), self.members().end()};
}

/// `NODE broadcast VALUE`: a call to the protocol's actor on that node.
[[nodiscard]] command_definition broadcast_command(duration timeout = caller_time);

/// What the three applications share: nodes, command, workload, property and worklist notes.
[[nodiscard]] application_builder commit_application(std::string name, std::string about);

/// An annotation of Filibuster's: messages of `type` are sent once so many of others were received.
[[nodiscard]] type_annotation after(std::string type, std::vector<received_count> received);

}  // namespace partita::commit
