#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita::detail {

/// Reads a schedule from a JSON value: every key that the form has, of its type, and no other.
[[nodiscard]] result<schedule> read_schedule(const nlohmann::json& root, std::string_view source);

}  // namespace partita::detail
