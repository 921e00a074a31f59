#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <partita/schedules/result.hpp>

namespace partita::detail {

/// A line of an input, for errors of the form `source:line:column: message`. Lines and columns
/// count from 1, columns in bytes.
struct line_place {
    std::string_view source;
    std::size_t line = 1;
};
[[nodiscard]] tl::unexpected<error> fail_at(const line_place&, std::size_t column,
                                            const std::string& message,
                                            error_code = error_code::bad_input);

enum class word_kind {
    bare,         ///< as written
    quoted,       ///< was in double quotes: never a keyword, a node, an ordinal or a brace
    node,         ///< was written @NODE, at the start of the line
    ordinal,      ///< a bare, valid ordinal such as #1
    open_brace,   ///< a bare {
    close_brace,  ///< a bare }
    equals,       ///< the = of a parameter in an `app` line
};

struct word {
    word_kind kind = word_kind::bare;
    std::string text;  ///< without quotes, escapes resolved
    std::size_t column = 1;
};

/// Splits a line, without its line end, into words; a comment ends it. In a line that begins with
/// `app`, each word from the third on is a parameter and gives three: key, equals, value.
[[nodiscard]] result<std::vector<word>> words_of(std::string_view line, const line_place&,
                                                 std::size_t words_max);

}  // namespace partita::detail
