#pragma once

#include <string>

#include <partita/schedules/schedule.hpp>
#include <partita/schedules/trial.hpp>

namespace partita {

/// The causal skeleton of a schedule: its faults with nodes replaced by letters in order of first
/// appearance, ordinals and durations left out, sorted; `crash a at start; omit b -> a commit`. It
/// does not depend on the order of the deviations nor on which node is called what. Two
/// counterexamples with one skeleton, property and kind are the same finding (after ClusterFuzz's
/// crash state).
[[nodiscard]] std::string skeleton(const schedule&);

/// Sixteen hexadecimal digits over the property, the kind of failure and the skeleton. Meaningful
/// after shrinking, which is what normalises.
[[nodiscard]] std::string signature_of(const schedule&, const violation&);

}  // namespace partita
