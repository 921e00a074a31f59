#pragma once

#include <string>
#include <vector>

#include <partita/corpus/corpus.hpp>
#include <partita/schedules/schedule.hpp>

#include "isolation.hpp"
#include "session.hpp"

namespace partita::cli {

/// The fewest digits, at least four, that name one entry of the corpus.
[[nodiscard]] std::string short_id(const corpus&, const std::string& id);

/// `replay: partita replay 3f9c --trace`: the line every failure ends with.
[[nodiscard]] std::string replay_line(const session&, const std::string& id_or_file,
                                      const std::string& corpus_file);
/// The same for a schedule that is stored nowhere: `words` and its deviations.
[[nodiscard]] std::string run_line(const session&, std::vector<std::string> words,
                                   const std::vector<deviation>&);

/// What exit code 3 is about: the schedule, and where two runs of it part.
[[nodiscard]] std::string in_words(const nondeterminism&);
[[nodiscard]] std::string json_of(const nondeterminism&);

}  // namespace partita::cli
