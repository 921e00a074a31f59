#pragma once

#include <string>
#include <vector>

#include <partita/schedules/schedule.hpp>

namespace partita::detail {

/// The words of one fault, without ordinals and durations; nodes still under their own names.
using bare_fault = std::vector<std::string>;

/// The deviations and fault steps of a schedule, in canonical order.
[[nodiscard]] std::vector<bare_fault> bare_faults(const schedule&);

/// The faults as sorted lines in which letters stand for nodes: a, b, ... in order of first
/// appearance, where the faults are taken in the order that makes every next line the least
/// possible. So schedules that differ only in the names of their nodes have equal lines. Where
/// several faults give an equal next line, all are tried, up to a fixed number of orders; past it,
/// the first.
[[nodiscard]] std::vector<std::string> lettered(const std::vector<bare_fault>&);

}  // namespace partita::detail
