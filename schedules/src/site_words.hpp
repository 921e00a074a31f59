#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <partita/schedules/result.hpp>

namespace partita::detail {

/// Blanks separate words: spaces and tabs, in labels as in the text form.
[[nodiscard]] constexpr bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

[[nodiscard]] constexpr bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Takes the next word off the front of `rest`; empty when there is none.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

/// Whether a word names a node: n1, n2, ...
[[nodiscard]] bool names_node(std::string_view word);

/// The number of an ordinal word: `#` and 1 to 2^64 - 1, without leading zeros.
[[nodiscard]] std::optional<std::uint64_t> ordinal_of(std::string_view word);

/// As ordinal_of, but says what is wrong with a word that is none.
[[nodiscard]] result<std::uint64_t> parse_ordinal(std::string_view word);

/// A label in two parts: what happens, and the how-manieth time.
struct label_parts {
    std::string_view stem;      ///< without the blank before the ordinal
    std::uint64_t ordinal = 0;  ///< 0 when the last word is no ordinal
};
[[nodiscard]] label_parts parts_of(std::string_view label);

/// What keeps a text from being a canonical site label; no error when nothing does.
[[nodiscard]] result<void> check_label(std::string_view text);

}  // namespace partita::detail
