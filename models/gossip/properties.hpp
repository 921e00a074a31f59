#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::gossip {

[[nodiscard]] std::vector<property> gossip_properties();

}  // namespace partita::gossip
