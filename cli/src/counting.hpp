#pragma once

#include <cstdint>
#include <string>

namespace partita::cli {

/// `4,096`.
[[nodiscard]] std::string grouped(std::uint64_t number);
/// `1 fault`, `4,096 faults`.
[[nodiscard]] std::string counted(std::uint64_t number, const std::string& noun);

}  // namespace partita::cli
