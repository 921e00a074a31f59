#pragma once

#include <cstddef>
#include <string>

#include <partita/sim/trace_table.hpp>

namespace partita::cli {

/// Prints on standard output. Nothing but results goes there; see finish_output.
void print(const std::string& text);
/// Flushes standard output. Throws failure when it could not all be written (a full disk).
void finish_output();
/// A line on standard error.
void complain(const std::string& line);

/// Standard output is a terminal and the user did not ask for no colour.
[[nodiscard]] bool colour_wanted(bool no_colour);
/// As wide as the terminal; where there is none, wide enough for five nodes.
[[nodiscard]] table_options table_for_output(bool no_colour);
[[nodiscard]] bool errors_on_terminal();
/// Columns of the terminal behind a file descriptor, or `usual`.
[[nodiscard]] std::size_t columns_of(int descriptor, std::size_t usual);

}  // namespace partita::cli
