#include <partita/models/client_history.hpp>

#include <algorithm>
#include <string_view>

namespace partita {
namespace {

void append_escaped(std::string& text, char letter) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
        text += {'\\', letter};
    } else if (letter == '\n') {
        text += "\\n";
    } else if (letter == '\t') {
        text += "\\t";
    } else if (letter == '\r') {
        text += "\\r";
    } else if (code < 0x20) {
        text += "\\u00";
        text += {digits[code >> 4U], digits[code & 0xFU]};
    } else {
        text += letter;
    }
}

std::string quoted(const std::string& plain) {
    std::string text = "\"";
    for (const char letter : plain) append_escaped(text, letter);
    return text + '"';
}

std::string listed(const history_values& values) {
    std::string text = "[";
    for (const history_value& each : values) {
        if (text.size() > 1) text += ',';
        text += to_text(each);
    }
    return text + ']';
}

/// A name needs no quotation marks, unless it would do something to a terminal.
std::string name_text(const std::string& name) {
    const bool plain = !name.empty() && std::none_of(name.begin(), name.end(), [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return code <= 0x20 || code == 0x7f;
    });
    return plain ? name : quoted(name);
}

std::string key_text(const history_value& key) {
    const std::string* name = key.text();
    return name != nullptr ? name_text(*name) : to_text(key);
}

}  // namespace

std::strong_ordering operator<=>(const history_value& left, const history_value& right) {
    if (left.is.index() != right.is.index()) return left.is.index() <=> right.is.index();
    if (const auto* flag = std::get_if<bool>(&left.is)) return *flag <=> std::get<bool>(right.is);
    if (const auto* number = left.number()) return *number <=> *right.number();
    if (const auto* text = left.text()) return text->compare(*right.text()) <=> 0;
    if (const auto* list = left.list()) {
        return std::lexicographical_compare_three_way(list->begin(), list->end(),
                                                      right.list()->begin(), right.list()->end());
    }
    return std::strong_ordering::equal;
}

std::string to_text(const history_value& value) {
    if (const auto* flag = std::get_if<bool>(&value.is)) return *flag ? "true" : "false";
    if (const auto* number = value.number()) return std::to_string(*number);
    if (const auto* text = value.text()) return quoted(*text);
    if (const auto* list = value.list()) return listed(*list);
    return "null";
}

std::string to_text(const client_operation& operation) {
    std::string text =
        "process " + std::to_string(operation.process) + " " + name_text(operation.function);
    if (!operation.key.nothing()) text += " " + key_text(operation.key);
    if (!operation.argument.nothing()) text += " " + to_text(operation.argument);
    text += " : ";
    text += to_text(operation.outcome);
    if (operation.outcome == response_kind::ok && !operation.result.nothing()) {
        text += " " + to_text(operation.result);
    }
    return text;
}

}  // namespace partita
