#pragma once

#include <partita/models/zoo.hpp>

namespace partita::causal_broadcast {

/// With the mistakes that `bug=NAME` plants.
[[nodiscard]] bug_family bugs();

}  // namespace partita::causal_broadcast
