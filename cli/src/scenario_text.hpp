#pragma once

#include <partita/models/scenario.hpp>

namespace partita::cli {

/// Prints what a scenario shows, block by block, and where that is not what it expects. Returns the
/// exit code: holds when all is as expected, whatever the verdict, else violated.
[[nodiscard]] int tell(const scenario&, const outcome&);

}  // namespace partita::cli
