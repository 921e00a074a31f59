#pragma once

#include <functional>
#include <string>
#include <vector>

#include <rapidcheck/Gen.h>

namespace partita {

/// What command_definition::arguments wants: makes the generator of a command's arguments.
using argument_generator = std::function<rc::Gen<std::vector<std::string>>()>;

/// For a command without arguments.
[[nodiscard]] argument_generator no_arguments();
/// One integer in [low, high]; shrinks towards `low`. Requires: low <= high.
[[nodiscard]] argument_generator one_integer(int low, int high);
/// One of these words; shrinks towards the first. Requires: at least one.
[[nodiscard]] argument_generator one_of(std::vector<std::string> words);

}  // namespace partita
