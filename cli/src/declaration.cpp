#include "declaration.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "session.hpp"

namespace partita::cli {
namespace {

[[noreturn]] void refuse(const std::string& flag, const std::string& found,
                         const std::string& expected) {
    throw failure(flag + " " + (found.empty() ? "''" : found) + ": expected " + expected);
}

std::string in_words(const number_range& range) {
    const std::string least = "a number from " + std::to_string(range.least);
    return least + " to " + std::to_string(range.most);
}

std::uint64_t number_in(const std::string& flag, const std::string& text,
                        const number_range& range) {
    const auto number = parse_number(text, range);
    if (!number) refuse(flag, text, in_words(range));
    return *number;
}

}  // namespace

std::optional<std::uint64_t> parse_number(const std::string& text, const number_range& range) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data(), end, number);
    if (status != std::errc{} || stop != end) return std::nullopt;
    if (number < range.least || number > range.most) return std::nullopt;
    return number;
}

declaration declaration::sub(const std::string& name, const std::string& about,
                             const std::string& example) {
    CLI::App* const made = command_->add_subcommand(name, about);
    made->footer("\nExample: " + example);
    return declaration(*made);
}

void declaration::needs_sub() { command_->require_subcommand(1); }

void declaration::chosen(std::function<void()> then) { command_->callback(std::move(then)); }

void declaration::take(const value& declared, const std::function<void(const std::string&)>& read) {
    CLI::Option* const made =
        command_->add_option_function<std::string>(declared.name, read, declared.about);
    made->required(declared.required);
    if (!declared.shown.empty()) made->option_text(declared.shown);
    // The same flag twice is a slip, and which of the two counts would be a guess.
    made->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

void declaration::word(const value& declared, std::string& into) {
    take(declared, [&into](const std::string& text) { into = text; });
}

void declaration::word(const value& declared, std::optional<std::string>& into) {
    take(declared, [&into](const std::string& text) { into = text; });
}

void declaration::words(const value& declared, std::vector<std::string>& into) {
    CLI::Option* const made = command_->add_option(declared.name, into, declared.about);
    made->required(declared.required);
    if (declared.shown.empty()) return;
    // One value a flag: the word behind it is an argument of its own.
    made->option_text(declared.shown)->allow_extra_args(false);
}

void declaration::choice(const value& declared, const std::vector<std::string>& choices,
                         std::string& into) {
    take(declared, [name = declared.name, choices, &into](const std::string& text) {
        if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
            refuse(name, text, "one of " + joined(choices));
        }
        into = text;
    });
}

void declaration::number(const value& declared, const number_range& range,
                         std::optional<std::uint64_t>& into) {
    take(declared, [name = declared.name, range, &into](const std::string& text) {
        into = number_in(name, text, range);
    });
}

void declaration::number(const value& declared, const number_range& range, std::uint64_t& into) {
    take(declared, [name = declared.name, range, &into](const std::string& text) {
        into = number_in(name, text, range);
    });
}

void declaration::duration(const value& declared, std::chrono::nanoseconds least,
                           std::chrono::nanoseconds most,
                           std::optional<std::chrono::nanoseconds>& into) {
    take(declared, [name = declared.name, least, most, &into](const std::string& text) {
        const auto read = parse_duration(text);
        if (!read || *read < least || *read > most) {
            refuse(name, text, "a duration from " + to_text(least) + " to " + to_text(most));
        }
        into = *read;
    });
}

void declaration::toggle(const std::string& name, const std::string& about, bool& into) {
    command_->add_flag(name, into, about);
}

command_tree tree_of(const CLI::App& command) {
    command_tree tree;
    tree.name = command.get_name();
    tree.about = command.get_description();
    for (const CLI::Option* each : command.get_options()) {
        for (const std::string& name : each->get_lnames()) {
            tree.flags.push_back(
                {"--" + name, each->get_description(), each->get_items_expected_max() > 0});
        }
        const std::string positional = each->get_name(true, false);
        tree.takes_application =
            tree.takes_application || positional == "APP" || positional == "TARGET";
    }
    for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
        tree.subs.push_back(tree_of(*each));
    }
    return tree;
}

}  // namespace partita::cli
