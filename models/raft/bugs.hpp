#pragma once

#include <vector>

#include <partita/models/zoo.hpp>

#include "bug.hpp"

namespace partita::raft {

/// A planted bug with the switch that the code asks for.
struct switched_bug {
    bug which = bug::none;
    planted_bug what;
};
[[nodiscard]] const std::vector<switched_bug>& switched_bugs();

/// Raft with what is to be found in it.
[[nodiscard]] bug_family bugs();

}  // namespace partita::raft
