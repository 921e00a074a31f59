#pragma once

#include <string>
#include <string_view>

namespace partita::detail {

/// JSON strings hold UTF-8 only, words of a schedule any bytes. A byte B from 0x80 that belongs to
/// no well-formed sequence stands in JSON as the private-use character U+EF00 + B, that is U+EF80
/// to U+EFFF; so does each byte of such a character that is in the word itself. from_json_string
/// undoes it: from_json_string(to_json_string(word)) == word for all words.
[[nodiscard]] std::string to_json_string(std::string_view word);
[[nodiscard]] std::string from_json_string(std::string_view text);

}  // namespace partita::detail
