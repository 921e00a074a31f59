#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <partita/schedules/result.hpp>

namespace partita::cli {

/// What a sub-command ends with, as the shell sees it (DESIGN.md section 8).
enum exit_code : int {
    holds = 0,
    violated = 1,
    bad_input = 2,
    nondeterministic = 3,
    inconclusive = 4
};

/// Bad input, on its way to the one place that prints it as a line and ends the program. An
/// exception here and not a result: nothing between a flag and that place could do anything about
/// it.
class failure : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

/// The value, or the failure to be printed.
template <typename T>
[[nodiscard]] T need(result<T> from) {
    if (!from) throw failure(from.error().message);
    return std::move(*from);
}
inline void need(const result<void>& from) {
    if (!from) throw failure(from.error().message);
}

}  // namespace partita::cli
