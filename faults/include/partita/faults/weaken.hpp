#pragma once

#include <string>
#include <vector>

#include <partita/schedules/schedule.hpp>

namespace partita {

/// Schedules in which one fault is one step weaker, most promising first, in the order
///
///     crash -> crash and restart -> partition -> one omission -> delay
///
/// `lost` are the labels of the messages that faults made disappear in the trial of `from`: what a
/// window of omission, a partition or a crash may be replaced by, one message at a time. Each
/// result is strictly weaker than `from`, so weakening again and again comes to an end.
[[nodiscard]] std::vector<schedule> weaker(const schedule& from,
                                           const std::vector<std::string>& lost);

}  // namespace partita
