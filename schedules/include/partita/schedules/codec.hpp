#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

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

/// Reads the text form. `source` names the input in errors: `bad.schedule:3:7: expected ...`, lines
/// and columns from 1, columns in bytes. The version line may be absent (a scenario written by
/// hand); a newer version is `unsupported`. Lines end in LF or CRLF. A line is
///   - `app NAME key=value ...` (exactly one, before all others),
///   - `wait DURATION`, `fault NAME words...`, `await`, `check PROPERTY`,
///   - a deviation: `ACTION words... #ORDINAL words...`, known by its unquoted `#` and number,
///   - a command: `NODE NAME words...` where NODE is n1, n2, ..., `@NODE NAME words...` for a node
///     of another name, else `NAME words...`; behind it `&` when the next step does not wait for
///     it.
/// At the start of a word `#` begins a comment unless digits follow it. Braces are words of their
/// own and pair up on their line. Words with blanks, quotes, `#`, braces or nothing in them are
/// written in double quotes with \" \\ \n \t \xHH escapes, and so are control characters and bytes
/// that are not UTF-8. A word in quotes is never a keyword, a node, an ordinal or a brace: so every
/// schedule can be written, also one with a command called `wait`. A command without a node has no
/// bare `->`, for that line would be a deviation whose ordinal was forgotten.
[[nodiscard]] result<schedule> parse_schedule(std::string_view text,
                                              std::string_view source = "schedule",
                                              const parse_bounds& = {});

/// A schedule, and on which line of its text each part stands, from 1.
struct located_schedule {
    partita::schedule schedule;
    std::vector<std::size_t> step_lines;
    std::vector<std::size_t> deviation_lines;
};
/// Reads the same.
[[nodiscard]] result<located_schedule> locate_schedule(std::string_view text,
                                                       std::string_view source = "schedule",
                                                       const parse_bounds& = {});

/// The machine form of the same value: canonical JSON (sorted keys, no blanks, integers only):
///
///     {"application":{"name":..,"parameters":{..}},
///      "deviations":[{"action":..,"arguments":[..],"site":".."}],
///      "partita_schedule":1,
///      "steps":[{"command":{"arguments":[..],"name":..,"node":..}},
///               {"fault":{"arguments":[..],"name":..}}, {"wait_ns":2000000000},
///               {"await":true}, {"check":".."}]}
///
/// A command in the background has `"background":true` as well.
///
/// A byte B of a word that belongs to no UTF-8 character stands as the private-use character
/// U+EF00 + B (U+EF80 to U+EFFF), and so does each byte of such a character in the word itself;
/// reading undoes it, so that any word survives.
[[nodiscard]] std::string to_json(const schedule&);
/// Reads that form: every key must be there, once, with a value of its type, and no other. Errors
/// name the path, `bad.json: $.steps[3].wait_ns: expected ...`; syntax errors line and column.
[[nodiscard]] result<schedule> parse_schedule_json(std::string_view json,
                                                   std::string_view source = "schedule",
                                                   const parse_bounds& = {});

/// The line of one step or one deviation, as it stands in the text form.
[[nodiscard]] std::string to_text(const step&);
[[nodiscard]] std::string to_text(const deviation&);

/// `1500ms`, `2s`, `250us`, `7ns`, `3m`, `1h`: an integer and a unit. The printed form uses the
/// largest unit that loses nothing, and `0s` for none. Range: 0 to 2^63 - 1 nanoseconds.
[[nodiscard]] std::string to_text(std::chrono::nanoseconds);
[[nodiscard]] result<std::chrono::nanoseconds> parse_duration(std::string_view);

}  // namespace partita
