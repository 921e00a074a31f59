#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::causal_broadcast {

[[nodiscard]] std::vector<property> broadcast_properties();

}  // namespace partita::causal_broadcast
