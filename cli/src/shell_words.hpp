#pragma once

#include <string>
#include <vector>

namespace partita::cli {

/// A command line that a shell reads back as these words.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace partita::cli
