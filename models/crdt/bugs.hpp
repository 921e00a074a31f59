#pragma once

#include <partita/models/zoo.hpp>

namespace partita::crdt {

/// With the mistakes that `bug=NAME` plants.
[[nodiscard]] bug_family bugs();

}  // namespace partita::crdt
