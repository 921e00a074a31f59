#pragma once

#include <optional>
#include <string>

#include <partita/schedules/replay.hpp>

#include "isolation.hpp"
#include "schedule_source.hpp"
#include "session.hpp"

namespace partita::cli {

/// A stored schedule, run again.
struct replayed {
    std::optional<application> of;  ///< none: the program has no such application
    replay_outcome outcome;
    std::string why_stale;  ///< what the program no longer has, if that is it

    /// It fits the program and fails, in whatever way.
    [[nodiscard]] bool reproduces() const {
        return outcome.fit != replay_fit::stale && outcome.summary.verdict == verdict::violated;
    }
    [[nodiscard]] bool is_stale() const { return outcome.fit == replay_fit::stale; }
};

/// Runs it with the property it was stored for. What the program no longer has makes it stale; in a
/// file that is no counterexample it is bad input instead, and throws failure.
[[nodiscard]] replayed replay_stored(const session&, const stored_schedule&,
                                     const isolation_options&);

/// `exact`, `repaired` with its edits, or `stale` with the reason, a line each.
[[nodiscard]] std::string in_words(const replayed&);

/// `exact, reproduces`, `repaired, fixed`, `stale`: for a list.
[[nodiscard]] std::string short_words(const replayed&);

/// The status that a replay gives a counterexample.
[[nodiscard]] counterexample_status status_of(const replayed&);

[[nodiscard]] int exit_code_of(const replayed&);

}  // namespace partita::cli
