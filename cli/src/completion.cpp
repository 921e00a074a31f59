#include "completion.hpp"

#include <algorithm>

#include "shell_words.hpp"

namespace partita::cli {
namespace {

using names = std::vector<std::string>;

/// A sub-command with the words that lead to it: " corpus list".
struct place {
    std::string path;
    const command_tree* tree;
};

void collect(const std::string& path, const command_tree& tree, std::vector<place>& to) {
    to.push_back({path, &tree});
    for (const command_tree& sub : tree.subs) collect(path + " " + sub.name, sub, to);
}

std::vector<place> places_in(const command_tree& tree) {
    std::vector<place> all;
    collect("", tree, all);
    return all;
}

/// What may stand at a place.
std::string words_at(const place& at, const names& applications) {
    std::string words;
    const auto add = [&](const std::string& word) {
        words.append(words.empty() ? "" : " ").append(word);
    };
    for (const command_tree& sub : at.tree->subs) add(sub.name);
    if (at.tree->name == "completion") add("bash zsh fish");
    if (at.tree->takes_application) {
        for (const std::string& name : applications) add(name);
    }
    for (const command_tree::flag& flag : at.tree->flags) add(flag.name);
    return words;
}

/// A name for a shell function: what a program's file is called may hold anything.
std::string function_name(const std::string& program) {
    std::string name = "_" + program;
    for (char& letter : name) {
        const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                           (letter >= 'A' && letter <= 'Z');
        if (!plain) letter = '_';
    }
    return name;
}

/// `case` branches that follow the words typed so far to a place.
std::string path_patterns(const std::vector<place>& all) {
    std::string patterns;
    for (const place& each : all) {
        if (!each.path.empty())
            patterns.append(patterns.empty() ? "" : "|").append("\"" + each.path + "\"");
    }
    return patterns;
}

std::string branches(const std::vector<place>& all, const names& applications) {
    std::string text;
    for (const place& each : all) {
        text += "        \"" + each.path + "\") candidates=\"" + words_at(each, applications) +
                "\" ;;\n";
    }
    return text;
}

/// Text in single quotes for fish, which knows other escapes than the other shells.
std::string fish_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') quoted += '\\';
        quoted += letter;
    }
    return quoted + "'";
}

std::string subs_of(const command_tree& of) {
    std::string all;
    for (const command_tree& sub : of.subs) all += " " + sub.name;
    return all;
}

/// When a place is the one that is being typed, in fish's words.
std::string fish_condition(const place& at) {
    std::string condition;
    std::string rest = at.path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' ', 1), rest.size());
        condition += (condition.empty() ? "" : "; and ") +
                     ("__fish_seen_subcommand_from" + rest.substr(0, end));
        rest.erase(0, end);
    }
    if (at.tree->subs.empty()) return condition;
    return condition + (condition.empty() ? "" : "; and ") + "not __fish_seen_subcommand_from" +
           subs_of(*at.tree);
}

}  // namespace

std::string bash_completion(const std::string& program, const command_tree& tree,
                            const names& applications) {
    const auto all = places_in(tree);
    const std::string function = function_name(program);
    return function +
           "() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" place=\"\" candidates=\"\" at\n"
           "    for ((at = 1; at < COMP_CWORD; ++at)); do\n"
           "        case \"$place ${COMP_WORDS[at]}\" in\n"
           "            " +
           path_patterns(all) +
           ") place=\"$place ${COMP_WORDS[at]}\" ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"$place\" in\n" +
           branches(all, applications) +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$candidates\" -- \"$current\"))\n"
           "    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- \"$current\")); "
           "fi\n"
           "}\n"
           "complete -F " +
           function + " " + shell_line({program}) + "\n";
}

std::string zsh_completion(const std::string& program, const command_tree& tree,
                           const names& applications) {
    const auto all = places_in(tree);
    const std::string function = function_name(program);
    return "#compdef " + shell_line({program}) + "\n" + function +
           "() {\n"
           "    local place=\"\" candidates=\"\" at\n"
           "    for ((at = 2; at < CURRENT; ++at)); do\n"
           "        case \"$place ${words[at]}\" in\n"
           "            " +
           path_patterns(all) +
           ") place=\"$place ${words[at]}\" ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"$place\" in\n" +
           branches(all, applications) +
           "    esac\n"
           "    compadd -- ${=candidates}\n"
           "    _files\n"
           "}\n"
           "compdef " +
           function + " " + shell_line({program}) + "\n";
}

std::string fish_completion(const std::string& program, const command_tree& tree,
                            const names& applications) {
    std::string text;
    for (const place& each : places_in(tree)) {
        const std::string head =
            "complete -c " + fish_quoted(program) + " -n " + fish_quoted(fish_condition(each));
        for (const command_tree& sub : each.tree->subs) {
            text +=
                head + " -f -a " + fish_quoted(sub.name) + " -d " + fish_quoted(sub.about) + "\n";
        }
        if (each.tree->name == "completion") text += head + " -f -a 'bash zsh fish'\n";
        for (const std::string& name : applications) {
            if (each.tree->takes_application) text += head + " -a " + fish_quoted(name) + "\n";
        }
        for (const command_tree::flag& flag : each.tree->flags) {
            text += head + " -l " + flag.name.substr(2) + (flag.takes_value ? " -r" : "") + " -d " +
                    fish_quoted(flag.about) + "\n";
        }
    }
    return text;
}

}  // namespace partita::cli
