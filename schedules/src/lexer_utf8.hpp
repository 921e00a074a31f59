#pragma once

#include <cstddef>
#include <string_view>

namespace partita::detail {

/// The length, 1 to 4 bytes, of the well-formed UTF-8 sequence that begins at `at` (Unicode 15,
/// table 3-7: no overlong forms, no surrogates, nothing past U+10FFFF); 0 when none does. Requires:
/// at < text.size().
[[nodiscard]] std::size_t utf8_sequence_size(std::string_view text, std::size_t at);

/// Whether a byte is an ASCII control: 0x00 to 0x1f, and 0x7f.
[[nodiscard]] constexpr bool is_control(char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
}

}  // namespace partita::detail
