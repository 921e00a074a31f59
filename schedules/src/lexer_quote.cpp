#include "lexer_quote.hpp"

#include <algorithm>

#include "lexer_utf8.hpp"

namespace partita::detail {
namespace {

constexpr std::size_t shown_bytes_max = 40;

void append_hex(std::string& text, char letter) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(letter);
    text.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15U]);
}

/// Writes one ASCII character as it stands between quotes.
void append_ascii(std::string& text, char letter) {
    switch (letter) {
        case '"':
            text += "\\\"";
            break;
        case '\\':
            text += "\\\\";
            break;
        case '\n':
            text += "\\n";
            break;
        case '\t':
            text += "\\t";
            break;
        default:
            is_control(letter) ? append_hex(text, letter) : text.push_back(letter);
    }
}

}  // namespace

bool stands_bare(std::string_view word) {
    std::size_t size = 0;
    for (std::size_t at = 0; at < word.size(); at += size) {
        size = utf8_sequence_size(word, at);
        const char letter = word[at];
        constexpr std::string_view special = " \"#{}";
        if (size == 0 || is_control(letter) || special.find(letter) != std::string_view::npos) {
            return false;
        }
    }
    return !word.empty();
}

std::string quoted(std::string_view word) {
    std::string text = "\"";
    std::size_t size = 0;
    for (std::size_t at = 0; at < word.size(); at += size == 0 ? 1 : size) {
        size = utf8_sequence_size(word, at);
        switch (size) {
            case 0:
                append_hex(text, word[at]);
                break;
            case 1:
                append_ascii(text, word[at]);
                break;
            default:
                text.append(word.substr(at, size));
        }
    }
    return text + '"';
}

std::string written(std::string_view word) {
    return stands_bare(word) ? std::string(word) : quoted(word);
}

std::string shown(std::string_view word) {
    if (word.size() <= shown_bytes_max) {
        return quoted(word);
    }
    // A cut inside a character would show its first bytes as escapes.
    const auto size_at = [&](std::size_t at) {
        return std::max<std::size_t>(utf8_sequence_size(word, at), 1);
    };
    std::size_t end = 0;
    while (end + size_at(end) <= shown_bytes_max) {
        end += size_at(end);
    }
    auto text = quoted(word.substr(0, end));
    return text.insert(text.size() - 1, "...");
}

}  // namespace partita::detail
