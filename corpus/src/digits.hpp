#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace partita::detail::store {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

/// Whether the text is nothing but lower-case hexadecimal digits.
[[nodiscard]] bool is_hex(std::string_view text);
/// The same, and exactly `length` of them.
[[nodiscard]] bool is_hex(std::string_view text, std::size_t length);

/// 16 lower-case hexadecimal digits: neither JSON nor SQLite has an unsigned 64-bit integer.
[[nodiscard]] std::string to_hex(std::uint64_t);
/// Reads exactly what to_hex writes.
[[nodiscard]] std::optional<std::uint64_t> parse_hex(std::string_view text);

}  // namespace partita::detail::store
