#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace partita::detail::store {

/// Any bytes as one printable line of UTF-8: \\ \n \t, and \xHH for every other byte that would not
/// show as itself or that an editor might strip (control and bidirectional letters, malformed
/// UTF-8, blanks at either end).
[[nodiscard]] std::string escaped(std::string_view bytes);

/// Undoes escaped(). The error is the offset of the backslash that begins no escape.
[[nodiscard]] tl::expected<std::string, std::size_t> unescaped(std::string_view text);

}  // namespace partita::detail::store
