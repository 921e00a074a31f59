#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/faults/fault.hpp>

namespace partita {

/// Which faults are allowed, where, and how many. The same plan bounds random and exhaustive
/// search.
struct fault_plan {
    static constexpr std::uint32_t unbounded = UINT32_MAX;

    /// The most faults of each kind in one schedule; 0 = the kind is not allowed.
    std::array<std::uint32_t, fault_kinds> most{};
    /// f: the most distinct nodes that crash, pause or are cut off in one schedule.
    std::uint32_t tolerance = 1;
    /// The nodes that may be faulty, and whose messages may suffer; empty = all.
    std::vector<node_id> nodes;
    duration delay_by = std::chrono::seconds(3);
    duration reorder_by = std::chrono::milliseconds(10);
    /// A crashed node comes back after this long; 0 = never.
    duration restart_after{0};
    duration pause_for = std::chrono::seconds(3);

    [[nodiscard]] std::uint32_t most_of(fault_kind kind) const {
        return most[static_cast<std::size_t>(kind)];
    }
    fault_plan& allow(fault_kind kind, std::uint32_t count = unbounded) {
        most[static_cast<std::size_t>(kind)] = count;
        return *this;
    }
    [[nodiscard]] static fault_plan of(fault_kind kind, std::uint32_t count = unbounded) {
        fault_plan plan;
        return plan.allow(kind, count);
    }
};

}  // namespace partita
