#pragma once

#include <partita/models/zoo.hpp>

namespace partita::replication {

/// The bugs of primary_backup().
[[nodiscard]] bug_family bugs();

}  // namespace partita::replication
