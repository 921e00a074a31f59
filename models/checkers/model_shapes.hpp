#pragma once

#include <string>

#include <partita/models/client_history.hpp>

namespace partita::detail {

// What stock models ask of the values of an operation. Each gives what is wrong; empty: nothing.
// Results are looked at where the outcome is ok.

[[nodiscard]] std::string unknown_function(const client_operation&, const std::string& expected);
[[nodiscard]] std::string wrong_argument(const client_operation&, const std::string& expected);
[[nodiscard]] std::string wrong_result(const client_operation&, const std::string& expected);
/// A read has no argument.
[[nodiscard]] std::string wrong_read(const client_operation&);
/// Whether it was done: a truth value, or nothing for true.
[[nodiscard]] std::string wrong_flag(const client_operation&);
[[nodiscard]] bool says_no(const history_value& flag);

}  // namespace partita::detail
