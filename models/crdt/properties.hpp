#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::crdt {

[[nodiscard]] std::vector<property> object_properties();

}  // namespace partita::crdt
