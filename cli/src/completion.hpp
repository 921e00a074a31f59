#pragma once

#include <string>
#include <vector>

#include "declaration.hpp"

namespace partita::cli {

// Scripts that make a shell complete sub-commands, flags and applications of a program.
[[nodiscard]] std::string bash_completion(const std::string& program, const command_tree&,
                                          const std::vector<std::string>& applications);
[[nodiscard]] std::string zsh_completion(const std::string& program, const command_tree&,
                                         const std::vector<std::string>& applications);
[[nodiscard]] std::string fish_completion(const std::string& program, const command_tree&,
                                          const std::vector<std::string>& applications);

}  // namespace partita::cli
