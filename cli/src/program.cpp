#include <partita/cli/program.hpp>

#include <filesystem>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "failure.hpp"
#include "provenance.hpp"
#include "terminal.hpp"

namespace partita {
namespace cli {
namespace {

constexpr const char* about =
    "Runs a distributed application under a virtual clock and network, searches the ways in which "
    "the\n"
    "world could have gone otherwise, and hands back the smallest one that breaks a property.\n"
    "Exit codes: 0 holds, 1 violated, 2 bad input, 3 nondeterminism, 4 inconclusive.";

std::string name_of(int argc, char** argv) {
    const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "";
    return name.empty() ? "partita" : name;
}

void declare_all(CLI::App& root, session& in) {
    root.footer("\nExample: " + in.program + " exhaust lampson-2pc --nodes 4");
    root.set_version_flag("--version", build_in_words());
    root.require_subcommand(1);
    declaration to(root);
    for (const auto add :
         {add_list, add_run, add_explore, add_exhaust, add_replay, add_shrink, add_corpus,
          add_regress, add_trace, add_check, add_zoo, add_node, add_cluster, add_completion}) {
        add(to, in);
    }
    in.declared = &root;
}

/// The sub-command that was being read: `partita corpus list`.
std::string path_to(const CLI::App& root, const std::string& program) {
    std::string path = program;
    for (const CLI::App* at = &root; !at->get_subcommands().empty();) {
        at = at->get_subcommands().front();
        path += " " + at->get_name();
    }
    return path;
}

/// What CLI11 says, on one line.
std::string one_line(std::string text) {
    for (char& letter : text) letter = letter == '\n' || letter == '\r' ? ' ' : letter;
    return text.substr(0, text.find_last_not_of(" .") + 1);
}

std::string names_of_subs(const CLI::App& of) {
    std::vector<std::string> names;
    for (const CLI::App* each : of.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(each->get_name());
    }
    return joined(names);
}

/// What was wrong, and where no sub-command was recognised, which there are.
std::string complaint(const CLI::App& root, const CLI::ParseError& wrong) {
    const CLI::App* at = &root;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    const std::string subs = names_of_subs(*at);
    if (subs.empty()) return one_line(wrong.what());
    const std::string expected = "expected a sub-command: " + subs;
    if (at->remaining_size() == 0) return expected;
    return "unknown sub-command '" + one_line(at->remaining().front()) + "': " + expected;
}

int parse_and_run(CLI::App& root, session& in, int argc, char** argv) {
    try {
        root.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        print(root.help());
    } catch (const CLI::CallForVersion&) {
        print(build_in_words() + "\n");
    } catch (const CLI::ParseError& wrong) {
        throw failure(complaint(root, wrong) + " (see " + path_to(root, in.program) + " --help)");
    }
    const int code = in.chosen ? in.chosen() : exit_code::holds;
    finish_output();
    return code;
}

}  // namespace
}  // namespace cli

int run_program(int argc, char** argv, std::vector<application> applications) {
    using namespace cli;
    session in{name_of(argc, argv), std::move(applications), {}, nullptr};
    CLI::App root(about, in.program);
    try {
        declare_all(root, in);
        return parse_and_run(root, in, argc, argv);
    } catch (const std::exception& wrong) {
        // Bad input, or a system that would not give what was needed; results printed so far stand.
        std::string line = one_line(wrong.what());
        complain(in.program + ": " + line);
        return exit_code::bad_input;
    }
}

}  // namespace partita
