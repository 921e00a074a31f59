#pragma once

#include <cstddef>
#include <string_view>

namespace partita::cli {

/// How many bytes the letter of UTF-8 at the beginning takes; 0 when there is none. Overlong forms,
/// surrogates and what lies beyond U+10FFFF are none (RFC 3629, section 4).
[[nodiscard]] std::size_t utf8_length(std::string_view);

}  // namespace partita::cli
