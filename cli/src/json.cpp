#include "json.hpp"

#include <cstdio>

#include "utf8.hpp"

namespace partita::cli {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

void append_escaped(std::string& to, char letter) {
    switch (letter) {
        case '"':
            to += "\\\"";
            return;
        case '\\':
            to += "\\\\";
            return;
        case '\n':
            to += "\\n";
            return;
        case '\t':
            to += "\\t";
            return;
        case '\r':
            to += "\\r";
            return;
        default:
            break;
    }
    const auto code = static_cast<unsigned char>(letter);
    if (code >= 0x20 && code != 0x7f) {
        to += letter;
        return;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(code));
    to += escape;
}

}  // namespace

std::string json_quoted(std::string_view text) {
    std::string quoted = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            quoted += replacement;
        } else if (length == 1) {
            append_escaped(quoted, text.front());
        } else {
            quoted += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return quoted + "\"";
}

json_object& json_object::raw(std::string_view key, std::string_view value) {
    members_.append(members_.empty() ? "" : ",").append(json_quoted(key)).append(":").append(value);
    return *this;
}

json_object& json_object::text(std::string_view key, std::string_view value) {
    return raw(key, json_quoted(value));
}

json_object& json_object::number(std::string_view key, std::uint64_t value) {
    return raw(key, std::to_string(value));
}

json_object& json_object::signed_number(std::string_view key, std::int64_t value) {
    return raw(key, std::to_string(value));
}

json_object& json_object::real(std::string_view key, double value) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.3f", value);
    return raw(key, digits);
}

json_object& json_object::flag(std::string_view key, bool value) {
    return raw(key, value ? "true" : "false");
}

std::string json_array(const std::vector<std::string>& values) {
    std::string all;
    for (const std::string& value : values) all.append(all.empty() ? "" : ",").append(value);
    return "[" + all + "]";
}

std::string json_texts(const std::vector<std::string>& texts) {
    std::vector<std::string> values;
    for (const std::string& text : texts) values.push_back(json_quoted(text));
    return json_array(values);
}

std::string json_numbers(const std::vector<std::uint64_t>& numbers) {
    std::vector<std::string> values;
    for (const std::uint64_t number : numbers) values.push_back(std::to_string(number));
    return json_array(values);
}

std::string hex_digits(std::uint64_t number) {
    char digits[20];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
    return digits;
}

}  // namespace partita::cli
