#include "json_codec_bytes.hpp"

#include <cstdint>

#include "lexer_utf8.hpp"

namespace partita::detail {
namespace {

/// U+EF80 to U+EFFF in UTF-8 are EE, then BE or BF, then any continuation byte.
bool is_byte_character(std::string_view text, std::size_t at, std::size_t size) {
    return size == 3 && text[at] == '\xee' && (text[at + 1] == '\xbe' || text[at + 1] == '\xbf');
}

void append_byte_character(std::string& text, char letter) {
    const auto byte = static_cast<std::uint8_t>(letter);
    text.push_back('\xee');
    text.push_back(byte < 0xc0 ? '\xbe' : '\xbf');
    text.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
}

char byte_of_character(std::string_view text, std::size_t at) {
    const auto low = static_cast<std::uint8_t>(text[at + 2]) & 0x3f;
    return static_cast<char>((text[at + 1] == '\xbe' ? 0x80 : 0xc0) | low);
}

}  // namespace

std::string to_json_string(std::string_view word) {
    std::string text;
    text.reserve(word.size());
    for (std::size_t at = 0; at < word.size();) {
        const auto size = utf8_sequence_size(word, at);
        if (size == 0 || is_byte_character(word, at, size)) {
            append_byte_character(text, word[at++]);
        } else {
            text.append(word.substr(at, size));
            at += size;
        }
    }
    return text;
}

std::string from_json_string(std::string_view text) {
    std::string word;
    word.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto size = utf8_sequence_size(text, at);
        if (is_byte_character(text, at, size)) {
            word.push_back(byte_of_character(text, at));
        } else {
            word.append(text.substr(at, size));
        }
        at += size == 0 ? 1 : size;
    }
    return word;
}

}  // namespace partita::detail
