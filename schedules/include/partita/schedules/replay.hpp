#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita {

/// How well a stored schedule still fits the program. exact: every deviation met its site (whether
/// the trial still fails is another question, which the summary answers). repaired: some did not,
/// and the edits listed give a schedule whose deviations all do and which fails in the same way.
/// stale: no edit does, or the schedule names things the program no longer has.
enum class replay_fit { exact, repaired, stale };
[[nodiscard]] std::string_view to_text(replay_fit);

struct replay_outcome {
    replay_fit fit = replay_fit::exact;
    schedule replayed;  ///< as run in the end: the stored one, or the repaired one
    /// What was changed, a line each; when stale, what could not be mended. Empty when exact.
    std::vector<std::string> edits;
    trial_summary summary;  ///< of `replayed`
    std::size_t trials = 0;
};

struct replay_options {
    std::size_t trials_max = 1'000;
};

/// Runs a stored schedule and checks every one of its sites. `expected` is the failure it was
/// stored for, if any: a repair must reproduce it. Without one, a repair must leave at least one
/// deviation. Repairs tried, in this order, for deviations whose site is missing: the same site
/// with the nearest ordinal that exists and carries no other deviation; leaving the deviation out.
/// Of several repairs the one with the fewest edits counts, then the one tried first.
[[nodiscard]] replay_outcome replay(const schedule&, const std::optional<violation>& expected,
                                    const trial_function&, const replay_options& = {});

}  // namespace partita
