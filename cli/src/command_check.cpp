#include <algorithm>
#include <memory>
#include <optional>

#include <partita/models/check.hpp>
#include <partita/models/history_codec.hpp>

#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "terminal.hpp"

namespace partita::cli {
namespace {

struct check_arguments {
    std::optional<std::string> file;
    std::optional<std::string> model;
    std::optional<std::string> consistency;
    std::optional<std::string> format;
    bool keyed = false;
    bool list = false;
    bool json = false;
    check_bounds bounds;
};

/// Everything there is, a line each, without repetition.
std::string known(const std::vector<std::string>& names) {
    std::vector<std::string> seen;
    for (const std::string& each : names) {
        if (std::find(seen.begin(), seen.end(), each) == seen.end()) seen.push_back(each);
    }
    return joined(seen);
}

std::string list_of(const std::vector<history_checker>& all, bool as_json) {
    std::string text;
    std::vector<std::string> objects;
    for (const history_checker& each : all) {
        text += each.model + ", " + each.consistency + "\n    " + each.about + "\n";
        json_object made;
        made.text("model", each.model).text("consistency", each.consistency);
        objects.push_back(made.text("about", each.about).done());
    }
    return as_json ? json_array(objects) + "\n" : text;
}

const history_checker& checker_for(const check_arguments& given) {
    const auto& all = history_checkers();
    std::vector<std::string> models;
    std::vector<std::string> consistencies;
    for (const history_checker& each : all) {
        models.push_back(each.model);
        if (each.model != given.model) continue;
        if (!given.consistency || each.consistency == *given.consistency) return each;
        consistencies.push_back(each.consistency);
    }
    if (!given.model) throw failure("--model: expected one of " + known(models));
    if (consistencies.empty()) {
        throw failure("--model " + *given.model + ": unknown model, expected one of " +
                      known(models));
    }
    throw failure("--consistency " + *given.consistency + ": not of model " + *given.model +
                  ", expected one of " + known(consistencies));
}

history_form form_for(const check_arguments& given, std::string_view text) {
    if (!given.format) return form_of(text);
    if (*given.format == "edn") return history_form::edn;
    if (*given.format == "json") return history_form::json_lines;
    throw failure("--format " + *given.format + ": expected json or edn");
}

/// The line of the event at a position.
std::size_t line_at(const client_history& of, std::uint64_t position) {
    for (const client_operation& each : of) {
        if (each.invoked == position) return each.line;
        if (each.responded == position) return each.response_line;
    }
    return 0;
}

std::string quoted(const client_operation& of) {
    std::string text = std::to_string(of.line);
    text = of.response_line == 0 ? "line " + text
                                 : "lines " + text + " and " + std::to_string(of.response_line);
    return text + ": " + to_text(of);
}

std::string in_words(const client_history& of, const check_outcome& found) {
    std::string text = "verdict: " + std::string(to_text(found.verdict)) + "\n";
    if (found.verdict == verdict::holds) {
        return text + std::to_string(of.size()) + " operations, " + std::to_string(found.steps) +
               " steps\n";
    }
    text += "kind: " + found.kind + "\nbecause: " + found.explanation + "\n";
    if (found.prefix_end != client_operation::never) {
        text += "shortest illegal prefix: up to line " +
                std::to_string(line_at(of, found.prefix_end)) + "\n";
    }
    for (std::size_t at = 0; at < found.evidence.size(); ++at) {
        text +=
            (at == 0 ? "does not fit: " : "beside:       ") + quoted(of[found.evidence[at]]) + "\n";
    }
    return text;
}

std::string json_of(const client_operation& of) {
    return json_object{}
        .text("operation", to_text(of))
        .number("line", of.line)
        .number("response_line", of.response_line)
        .done();
}

std::string json_text(const client_history& of, const check_outcome& found,
                      const history_checker& by) {
    const auto each_of = [&](const std::vector<std::size_t>& indices) {
        std::vector<std::string> all;
        for (const std::size_t index : indices) all.push_back(json_of(of[index]));
        return json_array(all);
    };
    json_object made;
    made.text("model", by.model).text("consistency", by.consistency);
    made.text("verdict", to_text(found.verdict)).text("kind", found.kind);
    made.text("explanation", found.explanation).raw("evidence", each_of(found.evidence));
    made.raw("witness", each_of(found.witness)).number("operations", of.size());
    const bool has_prefix = found.prefix_end != client_operation::never;
    made.number("prefix_line", has_prefix ? line_at(of, found.prefix_end) : 0);
    return made.number("steps", found.steps).done() + "\n";
}

int run(const check_arguments& given) {
    if (given.list) {
        print(list_of(history_checkers(), given.json));
        return exit_code::holds;
    }
    const history_checker& by = checker_for(given);
    if (!given.file) throw failure("FILE: expected a history");
    const std::string text = read_file(*given.file, history_bounds{}.bytes_max);
    history_options options;
    options.form = form_for(given, text);
    options.keyed_values = given.keyed;
    const client_history of = need(parse_history(text, *given.file, options));
    // It would hold of anything: rather a wrong file than a right one.
    if (of.empty()) {
        throw failure(*given.file +
                      ": no operation: expected events whose process is a whole number");
    }
    const auto found = by.check(of, given.bounds);
    if (!found) throw failure(*given.file + ": " + found.error().message);
    print(given.json ? json_text(of, *found, by) : in_words(of, *found));
    return exit_code_of(found->verdict);
}

}  // namespace

void add_check(declaration& to, session& in) {
    const auto given = std::make_shared<check_arguments>();
    declaration command = to.sub("check", "Check a history of any system against a model",
                                 in.program + " check --model cas-register history.jsonl");
    command.word({"FILE", "", "JSON lines, or Jepsen's EDN"}, given->file);
    command.word({"--model", "MODEL", "What the operations mean (see --list)"}, given->model);
    command.word({"--consistency", "LEVEL", "What must hold of them (the model's usual)"},
                 given->consistency);
    command.word({"--format", "FORM", "json or edn (what the file looks like)"}, given->format);
    command.toggle("--keyed", "Values are [key, value], as of jepsen.independent", given->keyed);
    command.number({"--steps-max", "N", "Give up after so many steps (20000000)"}, {1, UINT64_MAX},
                   given->bounds.steps_max);
    command.toggle("--list", "Print all models and levels", given->list);
    command.toggle("--json", "Print JSON", given->json);
    command.chosen([&in, given] { in.chosen = [given] { return run(*given); }; });
}

}  // namespace partita::cli
