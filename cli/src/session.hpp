#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/models/application.hpp>
#include <partita/schedules/result.hpp>

namespace CLI {
class App;
}

namespace partita::cli {

/// One call of the program: what it knows, and which sub-command was asked for.
struct session {
    std::string program;  ///< by the name the user calls it
    std::vector<application> applications;
    /// The chosen sub-command, its arguments read; gives the exit code.
    std::function<int()> chosen;
    const CLI::App* declared = nullptr;  ///< all sub-commands, for shell completion
};

/// The application of that name, or an error that lists those there are.
[[nodiscard]] result<const application*> find_application(const session&, std::string_view name);

/// `words` joined by ", ".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

/// The application with that one property only (and the program's own: no failures, no deadlock).
/// An error lists the properties there are.
[[nodiscard]] result<application> focused(const application&, const std::string& property);

}  // namespace partita::cli
