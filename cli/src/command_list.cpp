#include <memory>

#include "commands.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "terminal.hpp"

namespace partita::cli {
namespace {

struct list_arguments {
    std::optional<std::string> application;
    bool json = false;
};

std::string line(const std::string& name, const std::string& about) {
    constexpr std::size_t width = 20;
    const std::string gap(name.size() < width ? width - name.size() : 1, ' ');
    return "    " + name + gap + about + "\n";
}

std::string about_parameter(const parameter& of) {
    std::string text = of.about + " (" + of.usual;
    if (!of.choices.empty()) text += "; one of " + joined(of.choices);
    return text + ")";
}

std::string in_words(const application& of) {
    std::string text = of.name + ": " + of.about + "\n  nodes " + std::to_string(of.nodes_least) +
                       " to " + std::to_string(of.nodes_most) + ", usually " +
                       std::to_string(of.nodes_usual) + "\n  commands\n";
    for (const auto& each : of.commands)
        text += line(each.usage.empty() ? each.name : each.usage, each.about);
    text += "  properties\n";
    for (const auto& each : of.properties) text += line(each.name, each.about);
    if (!of.occurrences.empty()) text += "  sometimes\n";
    for (const auto& each : of.occurrences) text += line(each.name, each.about);
    text += "  parameters of every application\n";
    for (const auto& each : common_parameters(of)) text += line(each.name, about_parameter(each));
    if (!of.parameters.empty()) text += "  parameters (--set NAME=VALUE)\n";
    for (const auto& each : of.parameters) text += line(each.name, about_parameter(each));
    if (!of.custom_faults.empty())
        text += "  faults of its own\n    " + joined(of.custom_fault_names()) + "\n";
    if (!of.rewrites.empty()) text += "  rewrites\n";
    for (const auto& each : of.rewrites) text += "    " + each.name + "\n";
    return text;
}

std::string json_of(const parameter& of) {
    return json_object{}
        .text("name", of.name)
        .text("usual", of.usual)
        .text("about", of.about)
        .raw("choices", json_texts(of.choices))
        .done();
}

std::string json_of(const command_definition& of) {
    return json_object{}
        .text("name", of.name)
        .text("usage", of.usage)
        .text("about", of.about)
        .flag("on_node", of.on_node)
        .flag("random", of.arguments != nullptr)
        .done();
}

template <typename List, typename Print>
std::string json_each(const List& list, const Print& print_one) {
    std::vector<std::string> values;
    for (const auto& each : list) values.push_back(print_one(each));
    return json_array(values);
}

std::string json_of(const application& of) {
    const auto nodes = json_object{}
                           .number("least", of.nodes_least)
                           .number("most", of.nodes_most)
                           .number("usual", of.nodes_usual)
                           .done();
    const auto named = [](const auto& each) {
        return json_object{}.text("name", each.name).text("about", each.about).done();
    };
    const auto name_of = [](const message_rewrite& each) { return json_quoted(each.name); };
    return json_object{}
        .text("name", of.name)
        .text("about", of.about)
        .raw("nodes", nodes)
        .raw("parameters", json_each(of.parameters, [](const auto& each) { return json_of(each); }))
        .raw("commands", json_each(of.commands, [](const auto& each) { return json_of(each); }))
        .raw("properties", json_each(of.properties, named))
        .raw("sometimes", json_each(of.occurrences, named))
        .raw("custom_faults", json_texts(of.custom_fault_names()))
        .raw("rewrites", json_each(of.rewrites, name_of))
        .flag("worklist", of.annotations.has_value())
        .done();
}

int list(const session& in, const list_arguments& given) {
    std::vector<const application*> chosen;
    if (given.application) {
        chosen.push_back(need(find_application(in, *given.application)));
    } else {
        for (const application& each : in.applications) chosen.push_back(&each);
    }
    if (given.json) {
        print(json_each(chosen, [](const application* each) { return json_of(*each); }) + "\n");
        return exit_code::holds;
    }
    if (chosen.size() == 1) {
        print(in_words(*chosen.front()));
        return exit_code::holds;
    }
    for (const application* each : chosen) print(line(each->name, each->about).substr(4));
    print("\n" + in.program + " list NAME: its commands, properties and parameters\n");
    return exit_code::holds;
}

}  // namespace

void add_list(declaration& to, session& in) {
    const auto given = std::make_shared<list_arguments>();
    declaration command = to.sub("list", "What applications there are, and what they take",
                                 in.program + " list skeen-3pc");
    command.word({"APP", "", "Only this application"}, given->application);
    command.toggle("--json", "Print JSON", given->json);
    command.chosen([&in, given] { in.chosen = [&in, given] { return list(in, *given); }; });
}

}  // namespace partita::cli
