#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::raft {

/// election-safety, leader-completeness, state-machine-safety, keeps-committed, linearizable,
/// converges.
[[nodiscard]] std::vector<property> raft_properties();

}  // namespace partita::raft
