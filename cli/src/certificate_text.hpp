#pragma once

#include <string>

#include <partita/schedules/search.hpp>

#include "json.hpp"

namespace partita::cli {

/// What a certificate is about besides its numbers.
struct certificate_frame {
    std::string bound;                        ///< of the plan: `omissions <= 12, crashes 0`
    std::string decision_name = "omissions";  ///< what one decision is
    std::string counted = "executions";       ///< what the counts by decisions are counts of
};

/// `4,096 schedules, 53 executions, 56 failing, 3 minimal; all explored; bound: omissions <= 12,
/// crashes 0`, and the counts by number of decisions as a table.
[[nodiscard]] std::string in_words(const certificate&, const certificate_frame&);
/// `6 passed, 1 failed`.
[[nodiscard]] std::string passed_and_failed(const certificate&);

/// Its counts, as members of an object.
void add_counts(json_object&, const certificate&, const certificate_frame&);
/// The short form: passed, failed, pruned, schedules.
[[nodiscard]] std::string json_of_counts(const certificate&);

/// False when a search ended before it was through: at its first finding, or out of trials.
[[nodiscard]] bool is_cut_short(const certificate&);

}  // namespace partita::cli
