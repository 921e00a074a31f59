#pragma once

#include <vector>

#include <partita/models/check.hpp>

namespace partita {

// What history_checkers() is made of, a function a family.
[[nodiscard]] std::vector<history_checker> linearizable_checkers();
[[nodiscard]] std::vector<history_checker> relation_checkers();
[[nodiscard]] std::vector<history_checker> counting_checkers();

}  // namespace partita
