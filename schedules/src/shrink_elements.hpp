#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/schedules/schedule.hpp>

namespace partita::detail {

/// What a shrink removes from a schedule, told by index: steps first, then deviations.
using element = std::size_t;

enum class element_kind {
    fault,     ///< deviations and fault steps
    workload,  ///< commands and waits
};

[[nodiscard]] std::vector<element> elements_of(const schedule&, element_kind);
[[nodiscard]] std::size_t element_count(const schedule&);

/// The schedule without some of its elements. Requires: `removed` is sorted.
[[nodiscard]] schedule without(const schedule&, const std::vector<element>& removed);

/// A word of a schedule that may hold a number: an argument of an element, or the duration of a
/// wait.
struct word_place {
    element where = 0;
    std::size_t argument = 0;
};

[[nodiscard]] std::vector<word_place> word_places(const schedule&);
[[nodiscard]] std::string word_at(const schedule&, word_place);
/// The schedule with that word replaced. Requires, for a wait: `word` is a duration.
[[nodiscard]] schedule with_word(schedule, word_place, const std::string& word);

}  // namespace partita::detail
