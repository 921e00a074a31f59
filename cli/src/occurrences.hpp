#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <partita/models/application.hpp>

/// In how many trials of a search that happened which ought to happen sometimes.
namespace partita::cli {

/// `sometimes read-repaired: in 1,204 of 10,000 trials`, `sometimes handed-over: NEVER in 10,000
/// trials (about)`; a line each.
[[nodiscard]] std::string in_words(const application&, const std::vector<std::uint64_t>& occurred,
                                   std::uint64_t trials);
/// `[{"name": .., "about": .., "trials": ..}]`.
[[nodiscard]] std::string json_of_occurrences(const application&,
                                              const std::vector<std::uint64_t>& occurred);
[[nodiscard]] bool some_never(const std::vector<std::uint64_t>& occurred);

/// Adds the bits of one trial.
void add_occurrences(std::vector<std::uint64_t>& to, std::uint64_t bits);

}  // namespace partita::cli
