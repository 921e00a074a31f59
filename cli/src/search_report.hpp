#pragma once

#include <string>
#include <vector>

#include <partita/schedules/search.hpp>

#include "findings.hpp"
#include "session.hpp"

namespace partita::cli {

/// What a search found, a paragraph each, and last the command that replays the first.
void print_findings(const session&, const std::vector<std::string>& run_words, const findings&,
                    const std::vector<schedule>& minimal, const std::string& corpus_file);

/// An array with an array of lines for each schedule.
[[nodiscard]] std::string json_of_deviations(const std::vector<schedule>&);

/// Bounds the one kind of a plan by the most decisions that a complete search tried.
void limit_to_sites(fault_plan&, const certificate&);

}  // namespace partita::cli
