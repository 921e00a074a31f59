#include <memory>

#include "commands.hpp"
#include "completion.hpp"
#include "failure.hpp"
#include "terminal.hpp"

namespace partita::cli {
namespace {

int complete(const session& in, const std::string& shell) {
    const command_tree tree = tree_of(*in.declared);
    std::vector<std::string> names;
    for (const application& each : in.applications) names.push_back(each.name);
    if (shell == "bash") print(bash_completion(in.program, tree, names));
    if (shell == "zsh") print(zsh_completion(in.program, tree, names));
    if (shell == "fish") print(fish_completion(in.program, tree, names));
    return exit_code::holds;
}

}  // namespace

void add_completion(declaration& to, session& in) {
    const auto shell = std::make_shared<std::string>();
    declaration command = to.sub("completion", "Print a completion script for a shell",
                                 "source <(" + in.program + " completion bash)");
    command.choice({"SHELL", "", "bash, zsh or fish", true}, {"bash", "zsh", "fish"}, *shell);
    command.chosen([&in, shell] { in.chosen = [&in, shell] { return complete(in, *shell); }; });
}

}  // namespace partita::cli
