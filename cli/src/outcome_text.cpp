#include "outcome_text.hpp"

#include <cstdio>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "json.hpp"

namespace partita::cli {
namespace {

std::string milliseconds(duration time) {
    char digits[48];
    std::snprintf(digits, sizeof digits, "%lld.%03lld ms",
                  static_cast<long long>(time.count() / 1'000'000),
                  static_cast<long long>(time.count() % 1'000'000 / 1'000));
    return digits;
}

std::string event_json(const trace& of, const traced_event& event) {
    json_object made;
    made.number("id", event.id.value);
    made.signed_number("at_ns", event.at.time_since_epoch().count());
    made.text("node", event.node.name()).text("kind", to_text(event.kind));
    made.number("cause", event.cause.value);
    if (event.type != nullptr) {
        made.text("type", event.type->name).text("message", of.message_text(event));
        made.text("source", event.source.node.name());
        made.text("destination", event.destination.node.name());
        if (!event.channel.name.empty()) made.text("channel", event.channel.name);
        if (event.ordinal != 0) made.number("ordinal", event.ordinal);
    }
    if (event.text_size != 0) made.text("text", of.text(event));
    return made.done();
}

std::string operation_json(const operation& of) {
    return json_object{}
        .text("command", to_text(step{of.command}))
        .text("response", to_text(of.response))
        .signed_number("invoked_ns", of.invoked.time_since_epoch().count())
        .signed_number("responded_ns", of.responded.time_since_epoch().count())
        .done();
}

std::string unmet_in_words(const outcome& of, const schedule& from) {
    std::string lines;
    for (std::size_t at = 0; at < of.met.size() && at < from.deviations.size(); ++at) {
        if (!of.met[at]) lines += "not met: " + to_text(from.deviations[at]) + "\n";
    }
    return lines;
}

}  // namespace

std::string in_words(verdict judged, const std::optional<violation>& wrong) {
    std::string text = "verdict: " + std::string(to_text(judged)) + "\n";
    if (!wrong) return text;
    return text + "property: " + wrong->property + "\nkind: " + wrong->kind +
           "\nbecause: " + wrong->explanation + "\n";
}

std::string in_words(const outcome& of, const schedule& from) {
    std::string text = in_words(of.verdict, of.violation);
    for (const operation& each : of.history) {
        text += to_text(step{each.command}) + " : " + to_text(each.response) + "  (" +
                milliseconds(each.invoked.time_since_epoch()) + " to " +
                milliseconds(each.responded.time_since_epoch()) + ")\n";
    }
    text += unmet_in_words(of, from);
    return text + std::to_string(of.counters.events) + " events in " +
           milliseconds(of.counters.virtual_time) + " of virtual time, trace hash " +
           hex_digits(of.trace_hash) + "\n";
}

std::string indented(const schedule& from) {
    std::string text = "    ";
    for (const char letter : to_text(from)) {
        text += letter;
        if (letter == '\n') text += "    ";
    }
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

std::string json_of(const std::optional<violation>& wrong) {
    if (!wrong) return "null";
    return json_object{}
        .text("property", wrong->property)
        .text("kind", wrong->kind)
        .text("explanation", wrong->explanation)
        .done();
}

std::string json_of(const history& of) {
    std::vector<std::string> operations;
    for (const operation& each : of) operations.push_back(operation_json(each));
    return json_array(operations);
}

std::string json_of(const trace& of) {
    std::vector<std::string> events;
    for (const traced_event& each : of.events()) events.push_back(event_json(of, each));
    return json_array(events);
}

std::string table_of(const application& of, const schedule& from, const trace& what,
                     const table_options& options) {
    const auto with = settings_of(of, from.application);
    return to_table(what, with ? nodes_of(*with) : std::vector<node_id>{}, options);
}

int exit_code_of(verdict judged) {
    switch (judged) {
        case verdict::holds:
            return exit_code::holds;
        case verdict::violated:
            return exit_code::violated;
        case verdict::inconclusive:
            return exit_code::inconclusive;
    }
    return exit_code::inconclusive;
}

}  // namespace partita::cli
