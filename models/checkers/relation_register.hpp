#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "relation_report.hpp"
#include "relation_values.hpp"

namespace partita::detail {

/// An operation on a register that happened as far as clients can tell: a write that was answered
/// or read, or a read that was answered.
struct register_event {
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    std::size_t operation = 0;
    std::uint32_t key = 0;
    bool write = false;
    std::uint32_t source = none;  ///< of a read: the write it read from; none: the initial value
    std::uint32_t before = none;  ///< the event before it in its process
    std::uint32_t chain = 0;
    std::uint32_t position = 0;  ///< in its chain, from 0
};

/// A history of reads and writes, as relations between numbered events.
///
/// A chain is a process. A write without a response that has later events in its process is a chain
/// of its own: it may take effect after them, but not before what it follows.
struct register_view {
    const client_history* history = nullptr;
    std::vector<register_event> events;  ///< in the history's order
    std::vector<std::vector<std::uint32_t>> chains;

    /// The writes of one chain to one key, in order.
    struct writer {
        std::uint32_t chain = 0;
        std::vector<std::uint32_t> writes;
    };
    std::vector<std::vector<writer>> writers;  ///< by key

    /// A read of what was never written, if there is one: then there are no events.
    std::optional<check_outcome> impossible_read;
};

/// `read` or `get`, `write` or `put`; by key; each value written once. Nothing is the value of a
/// register that was not written.
[[nodiscard]] result<register_view> view_registers(const client_history&, step_meter&);

/// The last of the writer's writes that are among the first `seen` events of its chain; none.
[[nodiscard]] std::uint32_t last_write(const register_view&, const register_view::writer&,
                                       std::uint32_t seen);

}  // namespace partita::detail
