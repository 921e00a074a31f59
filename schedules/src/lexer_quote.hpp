#pragma once

#include <string>
#include <string_view>

namespace partita::detail {

/// Whether a word may stand without quotes where nothing else speaks against it: not empty,
/// printable, UTF-8, without blanks, quotes, `#` and braces.
[[nodiscard]] bool stands_bare(std::string_view word);

/// The word in double quotes: \" \\ \n \t, and \xHH for other controls and for bytes that are no
/// UTF-8.
[[nodiscard]] std::string quoted(std::string_view word);

/// The word bare when it may be, else in quotes.
[[nodiscard]] std::string written(std::string_view word);

/// The word in quotes for an error message: one line, and cut when it is long.
[[nodiscard]] std::string shown(std::string_view word);

}  // namespace partita::detail
