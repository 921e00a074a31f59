#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita {

/// What a parse must not exceed. Input past a bound is an error, never an allocation.
struct parse_bounds {
    std::size_t bytes_max = 16u << 20;
    std::size_t steps_max = 100'000;
    std::size_t deviations_max = 100'000;
    std::size_t words_max = 10'000;  ///< in one line
};

/// The text form, one directive a line; equal schedules give equal bytes. It begins with
/// `partita schedule 1`, then `app`, then steps in order, then one line a deviation.
[[nodiscard]] std::string to_text(const schedule&);

/// Reads the text form. `source` names the input in errors: `bad.schedule:3:7: expected ...`.
/// The version line may be absent (a scenario written by hand); a newer version is `unsupported`.
/// A line is
///   - `app NAME key=value ...` (exactly one, before all others),
///   - `wait DURATION`, `fault NAME words...`,
///   - a deviation: `ACTION words... #ORDINAL words...`, known by its unquoted `#` and number,
///   - a command: `NODE NAME words...` where NODE is n1, n2, ..., else `NAME words...`.
/// `#` begins a comment unless digits follow it; words with blanks, quotes, `#`, braces or nothing in
/// them are written in double quotes with \" \\ \n \t \xHH escapes.
[[nodiscard]] result<schedule> parse_schedule(std::string_view text, std::string_view source = "schedule",
                                              const parse_bounds& = {});

/// The machine form of the same value: canonical JSON (sorted keys, no blanks, integers only).
[[nodiscard]] std::string to_json(const schedule&);
[[nodiscard]] result<schedule> parse_schedule_json(std::string_view json, std::string_view source = "schedule",
                                                   const parse_bounds& = {});

/// The line of one step or one deviation, as it stands in the text form.
[[nodiscard]] std::string to_text(const step&);
[[nodiscard]] std::string to_text(const deviation&);

/// `1500ms`, `2s`, `250us`, `7ns`, `3m`, `1h`: an integer and a unit. The printed form uses the
/// largest unit that loses nothing. Range: 0 to 2^63 - 1 nanoseconds.
[[nodiscard]] std::string to_text(std::chrono::nanoseconds);
[[nodiscard]] result<std::chrono::nanoseconds> parse_duration(std::string_view);

}  // namespace partita
