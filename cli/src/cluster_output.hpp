#pragma once

#include <string>

#include <partita/runtime/ids.hpp>

namespace partita::cli {

/// A whole line on standard error in one write, from any thread.
void complain_line(const std::string& line);

/// The clock of sockets and timers: the same for all processes of a machine.
[[nodiscard]] time_point steady_now();

}  // namespace partita::cli
