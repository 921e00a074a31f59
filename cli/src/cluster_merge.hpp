#pragma once

#include <vector>

#include <partita/sim/trace.hpp>

namespace partita::cli {

/// One trace of what the program and the lives of all its nodes took down, in order of time; what
/// reached a node never stands before its sending. `own` has times since `begin`, the others since
/// the clock's epoch. A message that nobody got because its node was down is lost ("node down").
[[nodiscard]] trace merge(const trace& own, const std::vector<const trace*>& lives,
                          time_point begin);

}  // namespace partita::cli
