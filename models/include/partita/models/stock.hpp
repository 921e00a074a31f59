#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita {

/// The applications that come with Partita, for the program `partita`: commit protocols,
/// replication, consensus, broadcast, replicated data types, and a store. Each header says what is
/// true of its own.
[[nodiscard]] std::vector<application> stock_applications();

}  // namespace partita
