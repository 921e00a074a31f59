#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::crdt {

/// The commands of an object, and what a random workload gives them.
[[nodiscard]] std::vector<command_definition> object_commands();

}  // namespace partita::crdt
