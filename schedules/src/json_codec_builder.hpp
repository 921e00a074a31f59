#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include <partita/schedules/codec.hpp>

namespace partita::detail {

/// Reads JSON text into a value and refuses on the way, before anything grows: syntax errors (named
/// by line and column), duplicate keys, numbers that are no 64-bit integers, nesting that no
/// schedule has, and arrays and objects past their bound (named by path).
[[nodiscard]] result<nlohmann::json> build_json(std::string_view text, std::string_view source,
                                                const parse_bounds&);

}  // namespace partita::detail
