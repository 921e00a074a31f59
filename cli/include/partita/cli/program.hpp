#pragma once

#include <vector>

#include <partita/models/application.hpp>
#include <partita/models/stock.hpp>

namespace partita {

/// The partita program over these applications: list, run, explore, exhaust, replay, shrink,
/// corpus, regress, trace, node, cluster, completion. Returns the exit code: 0 holds, 1 violated, 2
/// bad input, 3 nondeterminism, 4 inconclusive. A user's own program is
///
///     int main(int argc, char** argv) {
///         return partita::run_program(argc, argv, {lock_service()});
///     }
[[nodiscard]] int run_program(int argc, char** argv, std::vector<application> applications);

}  // namespace partita
