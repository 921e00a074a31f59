// Any history, written in either form, is read as it was written.

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/models/history_codec.hpp>

namespace {

using namespace partita;

history_value text(std::string plain) { return {std::move(plain)}; }
history_value number(std::int64_t value) { return {value}; }
history_value list(history_values values) { return {std::move(values)}; }

std::size_t any_below(std::size_t n) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, n));
}
bool any_chance(std::size_t percent) { return any_below(100) < percent; }

std::string any_text() {
    constexpr std::array pieces{"a",  "key", "x-1", "\"", "\\",       "\n",
                                "\t", "\r",  "\b",  "\f", "\xc3\xa9", "\xf0\x9f\x98\x80",
                                " ",  ";",   "#_",  ",",  ":",        "\x01"};
    std::string made;
    for (std::size_t left = any_below(4); left > 0; --left)
        made += pieces[any_below(pieces.size())];
    return made;
}

std::int64_t any_number() {
    constexpr std::array<std::int64_t, 5> special{0, 1, -1,
                                                  std::numeric_limits<std::int64_t>::min(),
                                                  std::numeric_limits<std::int64_t>::max()};
    return any_chance(50) ? special[any_below(special.size())]
                          : static_cast<std::int64_t>(any_below(1'000));
}

history_value any_value(std::size_t depth = 0) {
    switch (any_below(depth < 3 ? 6 : 4)) {
        case 0:
            return {};
        case 1:
            return {any_chance(50)};
        case 2:
            return number(any_number());
        case 3:
            return text(any_text());
        default: {
            history_values made;
            for (std::size_t left = any_below(4); left > 0; --left) {
                made.push_back(any_value(depth + 1));
            }
            return list(std::move(made));
        }
    }
}

/// An event as it is to be written.
struct written_event {
    std::size_t operation = 0;
    bool responds = false;
    std::string type;
    history_value value;
    std::optional<history_value> result;
};

/// Operations of up to four processes and the events that tell of them.
struct any_history {
    bool keyed = any_chance(30);
    client_history operations;
    std::vector<written_event> events;

    any_history() {
        std::map<std::size_t, std::size_t> open;
        for (std::size_t left = any_below(12); left > 0; --left) {
            const std::size_t process = any_below(4);
            const auto found = open.find(process);
            if (found == open.end()) {
                open[process] = operations.size();
                invoke(process);
            } else {
                respond(found->second);
                open.erase(found);
            }
        }
    }

    void invoke(std::size_t process) {
        constexpr std::array functions{"read", "cas", "txn", "a \"function\""};
        client_operation& made = operations.emplace_back();
        made.process = static_cast<std::int64_t>(process);
        made.function = functions[any_below(functions.size())];
        if (keyed || any_chance(30)) made.key = any_chance(50) ? number(3) : text("k" + any_text());
        made.argument = any_value();
        made.invoked = events.size() + 1;
        events.push_back({operations.size() - 1, false, "invoke", made.argument, {}});
    }

    void respond(std::size_t index) {
        client_operation& made = operations[index];
        const bool transaction = made.function == "txn";
        written_event event{index, true, "info", made.argument, {}};
        if (any_chance(80)) {
            made.outcome = any_chance(70) ? response_kind::ok : response_kind::fail;
            made.responded = events.size() + 1;
            event.type = std::string(to_text(made.outcome));
            if (made.outcome == response_kind::ok) made.result = any_value();
            if (made.outcome == response_kind::fail && transaction) made.result = made.argument;
            if (!transaction && (any_chance(30) || made.result == made.argument)) {
                event.result = made.result;
            } else {
                event.value = made.result;
            }
        }
        events.push_back(std::move(event));
    }
};

using value_writer = std::function<std::string(const history_value&)>;

std::string escaped(const std::string& plain) {
    std::string made = "\"";
    for (const char letter : plain) {
        constexpr std::string_view letters = "\n\t\r\b\f\"\\";
        constexpr std::string_view names = "ntrbf\"\\";
        const auto at = letters.find(letter);
        if (at != std::string_view::npos) {
            made += {'\\', names[at]};
        } else if (letter == '\x01' || (letter == 'a' && any_chance(20))) {
            made += letter == 'a' ? "\\u0061" : "\\u0001";
        } else {
            made += letter;
        }
    }
    return made + "\"";
}

std::string between(const history_values& values, const char* begin, const char* comma,
                    const char* end, const value_writer& write) {
    std::string made = begin;
    for (std::size_t at = 0; at < values.size(); ++at)
        made += (at == 0 ? "" : comma) + write(values[at]);
    return made + end;
}

std::string in_json(const history_value& value) {
    if (const auto* plain = value.text()) return escaped(*plain);
    if (const auto* digits = value.number()) return std::to_string(*digits);
    if (const auto* values = value.list()) return between(*values, "[", ", ", "]", in_json);
    if (value.nothing()) return "null";
    return value == history_value{true} ? "true" : "false";
}

std::string in_edn(const history_value& value) {
    if (const auto* plain = value.text()) {
        return *plain == "key" || *plain == "a" || *plain == "read" ? ":" + *plain
                                                                    : escaped(*plain);
    }
    if (const auto* digits = value.number()) return std::to_string(*digits);
    if (value.nothing()) return "nil";
    const auto* values = value.list();
    if (values == nullptr) return value == history_value{true} ? "true" : "false";
    if (std::is_sorted(values->begin(), values->end()) && any_chance(50)) {
        return between({values->rbegin(), values->rend()}, "#{", ", ", "}", in_edn);
    }
    return any_chance(70) ? between(*values, "[", " ", "]", in_edn)
                          : between(*values, "( #_1 ", " #a/tag ", " #_[2] ; end\n)", in_edn);
}

struct entry {
    const char* name;
    history_value value;
};

std::vector<entry> entries_of(const any_history& of, const written_event& event) {
    const client_operation& operation = of.operations[event.operation];
    std::vector<entry> all{{"process", number(operation.process)},
                           {"type", text(event.type)},
                           {"f", text(operation.function)}};
    if (of.keyed) {
        all.push_back({"value", list({operation.key, event.value})});
    } else {
        if (!operation.key.nothing()) all.push_back({"key", operation.key});
        all.push_back({"value", event.value});
    }
    if (event.result) all.push_back({"result", *event.result});
    if (any_chance(20)) all.push_back({"error", any_value()});
    std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(any_below(all.size())),
                all.end());
    return all;
}

/// Writes the events, and notes their lines in the operations.
std::string written(any_history& of,
                    const std::function<std::string(const std::vector<entry>&)>& write,
                    const std::vector<std::string>& noise) {
    std::string made;
    for (const written_event& event : of.events) {
        if (any_chance(20)) made += noise[any_below(noise.size())] + "\n";
        const auto line = static_cast<std::size_t>(std::count(made.begin(), made.end(), '\n')) + 1;
        client_operation& operation = of.operations[event.operation];
        (event.responds ? operation.response_line : operation.line) = line;
        made += write(entries_of(of, event)) + (any_chance(20) ? "\r\n" : "\n");
    }
    if (!made.empty() && any_chance(30)) made.pop_back();
    return made;
}

std::string json_event(const std::vector<entry>& entries) {
    std::string made = "{";
    for (const entry& each : entries) {
        made += (made.size() > 1 ? ", \"" : "\"") + std::string(each.name) +
                "\": " + in_json(each.value);
    }
    return made + "}";
}

std::string edn_event(const std::vector<entry>& entries) {
    std::string made = "{";
    for (const entry& each : entries) {
        made +=
            (any_chance(80) ? " :" : "\n, :") + std::string(each.name) + " " + in_edn(each.value);
    }
    return made + "}";
}

void expect_read_back(const any_history& of, const std::string& bytes, history_form form) {
    history_options options;
    options.form = form;
    options.keyed_values = of.keyed;
    const auto found = parse_history(bytes, "h", options);
    RC_LOG() << bytes;
    if (!found) RC_FAIL(found.error().message);
    RC_ASSERT(*found == of.operations);
}

RC_GTEST_PROP(history_round_trip, any_history_is_read_as_it_was_written_in_json_lines, ()) {
    any_history of;
    const std::string bytes =
        written(of, json_event,
                {"", " \t", R"({"process":"nemesis","type":"info","f":"kill","value":{"a":1.5}})"});
    expect_read_back(of, bytes, history_form::json_lines);
}

RC_GTEST_PROP(history_round_trip, any_history_is_read_as_it_was_written_in_edn, ()) {
    any_history of;
    const std::string bytes =
        written(of, edn_event,
                {"", ",,", "; {:a", "#_{:process 0}",
                 "{:process :nemesis :type :info :f :kill :value {:a #{1.5}}}"});
    expect_read_back(of, bytes, history_form::edn);
}

RC_GTEST_PROP(history_round_trip, no_cut_and_no_change_of_a_byte_does_more_than_refuse, ()) {
    any_history of;
    std::string bytes =
        any_chance(50) ? written(of, json_event, {""}) : written(of, edn_event, {""});
    if (!bytes.empty()) bytes[any_below(bytes.size())] = static_cast<char>(any_below(256));
    bytes.resize(bytes.size() - any_below(bytes.size() + 1));
    for (const auto form : {history_form::json_lines, history_form::edn}) {
        history_options options;
        options.form = form;
        const auto found = parse_history(bytes, "h", options);
        if (!found) RC_ASSERT(found.error().message.starts_with("h:"));
    }
}

}  // namespace
