#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace partita::detail {

/// A unit in which durations are written.
struct duration_unit {
    std::string_view name;
    std::uint64_t nanoseconds;
};

/// Smallest first, so that the unit before another is the next finer one.
inline constexpr std::array<duration_unit, 6> duration_units = {{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

/// The index of a unit by its name.
[[nodiscard]] constexpr std::optional<std::size_t> duration_unit_of(std::string_view name) {
    for (std::size_t index = 0; index < duration_units.size(); ++index) {
        if (duration_units[index].name == name) {
            return index;
        }
    }
    return std::nullopt;
}

}  // namespace partita::detail
