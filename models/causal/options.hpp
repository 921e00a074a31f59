#pragma once

#include <cstdint>

#include <partita/models/application.hpp>

namespace partita::causal_broadcast {

/// See bugs.cpp.
enum class bug : std::uint8_t {
    none,
    fifo_only,
    receipt_counts,
    overwritten_clock,
    clock_forgotten,
    gaps_allowed,
    told_once,
};
[[nodiscard]] bug bug_of(const settings&);
[[nodiscard]] parameter bug_parameter();

}  // namespace partita::causal_broadcast
