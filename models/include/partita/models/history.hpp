#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/ids.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita {

/// How an operation ended. `unknown`: it may or may not have happened (Jepsen's info).
enum class response_kind : std::uint8_t { ok, fail, unknown };
[[nodiscard]] std::string_view to_text(response_kind);

/// What a command gave back: how it ended and a value in words ("1", "TIMEOUT", "not_primary").
struct response {
    response_kind kind = response_kind::ok;
    std::string value;

    [[nodiscard]] static response ok(std::string value = {}) {
        return {response_kind::ok, std::move(value)};
    }
    [[nodiscard]] static response fail(std::string why) {
        return {response_kind::fail, std::move(why)};
    }
    [[nodiscard]] static response unknown(std::string why) {
        return {response_kind::unknown, std::move(why)};
    }
    bool operator==(const response&) const = default;
};
/// `ok 1`, `fail not_primary`, `unknown timeout`.
[[nodiscard]] std::string to_text(const response&);
/// As scenarios show it: `1`, `OK`, `FAIL, not_primary`, `TIMEOUT`, `UNKNOWN, node down`.
[[nodiscard]] std::string shown(const response&);

/// One command as a client saw it: invocation and response.
struct operation {
    partita::command command;
    time_point invoked;
    time_point responded;
    partita::response response;
    /// Where in the order of all invocations and responses, from 1: virtual times are often equal.
    std::uint64_t invoked_position = 0;
    std::uint64_t responded_position = 0;
    std::size_t step = 0;  ///< of the schedule, from 0
    std::string shown{};   ///< the response in words; see command_definition::show
};

/// In order of invocation.
using history = std::vector<operation>;

}  // namespace partita
