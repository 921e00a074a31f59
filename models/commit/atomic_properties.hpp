#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::commit::atomic {

/// AC1 to AC5 of Bernstein, Hadzilacos and Goodman 7.3, each by itself, and `nonblocking`.
[[nodiscard]] std::vector<property> commitment_properties();

}  // namespace partita::commit::atomic
