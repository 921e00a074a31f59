#pragma once

#include <string>

#include <partita/corpus/counterexample.hpp>

namespace partita::cli {

/// This build, now.
[[nodiscard]] provenance provenance_of(std::string strategy, std::string seed = {});

/// `partita 0.1.0, g++ 12.2.0`.
[[nodiscard]] std::string build_in_words();

}  // namespace partita::cli
