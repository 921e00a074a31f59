#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::replication {

/// What primary_backup() promises; each property knows what the variant promises.
[[nodiscard]] std::vector<property> replica_properties();

}  // namespace partita::replication
