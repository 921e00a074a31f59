#pragma once

#include <string>

#include <partita/models/run.hpp>
#include <partita/sim/trace_table.hpp>

namespace partita::cli {

/// A trial for people: verdict, what is wrong, history, deviations that met no site.
[[nodiscard]] std::string in_words(const outcome&, const schedule&);
/// The verdict and what is wrong, a line each.
[[nodiscard]] std::string in_words(verdict, const std::optional<violation>&);
/// The schedule in its text form, indented.
[[nodiscard]] std::string indented(const schedule&);

/// `null`, or the violation as an object.
[[nodiscard]] std::string json_of(const std::optional<violation>&);
[[nodiscard]] std::string json_of(const history&);
/// The events of a trace as an array.
[[nodiscard]] std::string json_of(const trace&);

/// The trace as a table with the nodes that this schedule has.
[[nodiscard]] std::string table_of(const application&, const schedule&, const trace&,
                                   const table_options&);

/// The exit code that a verdict gives.
[[nodiscard]] int exit_code_of(verdict);

}  // namespace partita::cli
