#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace partita::detail {

/// The rules that the writer and the reader of the text form must share, or the round trip breaks.

/// Whether a bare word at the start of a line is read as something else than a name: partita, app,
/// wait, await, check, fault, a node, or the arrow below.
[[nodiscard]] bool is_reserved(std::string_view first_word);

/// Whether the braces among the words pair up from left to right; only then are they written bare.
[[nodiscard]] bool braces_pair(const std::vector<std::string>& words);

/// Stands between two nodes in a site. A command that has no node and a bare arrow would be taken
/// for a deviation without its ordinal, so there the arrow is written in quotes.
inline constexpr std::string_view arrow = "->";

/// Bare at the end of a command: the next step does not wait for it. As an argument it is written
/// in quotes.
inline constexpr std::string_view background_mark = "&";

}  // namespace partita::detail
