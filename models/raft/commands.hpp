#pragma once

#include <set>
#include <string>
#include <vector>

#include <partita/models/application.hpp>

namespace partita::raft {

/// The abstract state: which servers were asked to leave. It only keeps workloads sensible.
struct asked {
    std::set<std::string> removed;
};

/// read, write, append, add, remove, campaign.
[[nodiscard]] std::vector<command_definition> register_commands();

}  // namespace partita::raft
