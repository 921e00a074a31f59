#pragma once

#include <cstddef>
#include <string_view>

#include <partita/models/client_history.hpp>
#include <partita/schedules/result.hpp>

namespace partita {

/// What a history from outside must not exceed. Past a bound is an error, never an allocation.
struct history_bounds {
    std::size_t bytes_max = std::size_t{1} << 30;
    std::size_t event_bytes_max = std::size_t{1} << 20;  ///< of one line, or one EDN form
    std::size_t depth_max = 32;                          ///< of values in values
};

enum class history_form {
    json_lines,  ///< one event a line
    edn,         ///< Jepsen's history.edn: one map after the other, or a vector of them
};

struct history_options {
    history_form form = history_form::json_lines;
    /// Values are `[key, value]`, as jepsen.independent writes them.
    bool keyed_values = false;
    history_bounds bounds{};
};

/// Reads a history. An event of either form is a map with
///   - `process`: a whole number; events of others, named by a text such as `:nemesis`, are left
///     out, whatever they say;
///   - `type`: `invoke`, or `ok` (it happened), `fail` (it did not), `info` (nobody knows);
///   - `f`: the function, a text;
///   - `key`, if there is more than one object;
///   - `value`: null, true, false, a whole number, a text or a list of these; of an invocation the
///     argument, of a response what it gave back;
///   - `result`: what it gave back, where `value` repeats the argument (`cas`).
/// Other entries (`time`, `index`, `error`) are not looked at. EDN keywords are texts, sets lists
/// in order. The places of events are their numbers in the file: each is before the next. Errors
/// are one line, `SOURCE:LINE: what is wrong`: not JSON or EDN, a value of another kind, a
/// response without an invocation, an invocation of a process that waits for a response, a
/// response of another function or for another key, an entry twice.
[[nodiscard]] result<client_history> parse_history(std::string_view text, std::string_view source,
                                                   const history_options& = {});

/// What the contents look like: EDN when the first thing in it is `{:`, `[{:`, `#` or a `;`.
[[nodiscard]] history_form form_of(std::string_view text);

}  // namespace partita
