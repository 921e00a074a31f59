#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <partita/models/history.hpp>

namespace partita {

struct history_value;
using history_values = std::vector<history_value>;

/// What an operation was given or gave back: nothing, a truth value, a whole number, a text, or a
/// list of these. Other numbers are no values: a history that has one is refused where it is read.
struct history_value {
    std::variant<std::monostate, bool, std::int64_t, std::string, history_values> is;

    [[nodiscard]] bool nothing() const { return std::holds_alternative<std::monostate>(is); }
    [[nodiscard]] const std::int64_t* number() const { return std::get_if<std::int64_t>(&is); }
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&is); }
    [[nodiscard]] const history_values* list() const { return std::get_if<history_values>(&is); }

    friend bool operator==(const history_value&, const history_value&) = default;
    friend std::strong_ordering operator<=>(const history_value& left, const history_value& right);
};
/// As JSON writes it, without blanks: `nil` is `null`.
[[nodiscard]] std::string to_text(const history_value&);

/// One operation of one process (a client, which waits for each response before its next
/// invocation), the way checkers see it.
struct client_operation {
    /// No response came: it may take effect at any later time.
    static constexpr std::uint64_t never = UINT64_MAX;

    std::int64_t process = 0;
    std::string function;    ///< `read`, `write`, `cas`, `append`, `txn`, ... (Jepsen's :f)
    history_value key;       ///< of which object; nothing where there is one
    history_value argument;  ///< nothing for a read
    history_value result;    ///< what it gave back; means nothing unless the outcome is ok
    /// fail: did not happen, and checkers leave it out. unknown: may have happened, or yet happen.
    response_kind outcome = response_kind::unknown;
    /// Where in the order of all events. Two operations are concurrent unless one's `responded` is
    /// less than the other's `invoked`.
    std::uint64_t invoked = 0;
    std::uint64_t responded = never;
    std::size_t line = 0;           ///< of the invocation in its file, from 1; 0: from no file
    std::size_t response_line = 0;  ///< 0: none

    friend bool operator==(const client_operation&, const client_operation&) = default;
};
/// `process 3 write x 1 : ok`, as a person reads it.
[[nodiscard]] std::string to_text(const client_operation&);

/// In order of invocation.
using client_history = std::vector<client_operation>;

}  // namespace partita
