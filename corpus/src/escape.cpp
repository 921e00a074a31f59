#include "escape.hpp"

#include <array>
#include <charconv>

#include "digits.hpp"

namespace partita::detail::store {
namespace {

// The letter at the front of a text; length 0 when no well-formed one stands there (RFC 3629).
struct letter {
    char32_t value = 0;
    std::size_t length = 0;
};

std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC0 || lead > 0xF4) {
        return 0;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

letter front_letter(std::string_view text) {
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(lead);
    if (length == 0 || text.size() < length) {
        return {};
    }
    char32_t value = length == 1 ? lead : lead & (0x7FU >> length);
    for (const char next : text.substr(1, length - 1)) {
        const auto byte = static_cast<unsigned char>(next);
        if ((byte & 0xC0U) != 0x80) {
            return {};
        }
        value = (value << 6U) | (byte & 0x3FU);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < smallest[length] || value > 0x10FFFF || surrogate ? letter{}
                                                                     : letter{value, length};
}

// Whether a letter shows as itself: no control, no line separator, nothing that turns the direction
// of what follows or has no width ("Trojan Source", Boucher and Anderson, 2021).
bool shows_as_itself(char32_t value) {
    const bool control = value < 0x20 || (value >= 0x7F && value <= 0x9F);
    const bool invisible = (value >= 0x200B && value <= 0x200F) || value == 0xFEFF;
    const bool turning =
        (value >= 0x2028 && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
    return !control && !invisible && !turning;
}

void append_escape(std::string& line, char byte) {
    switch (byte) {
        case '\\':
            line += "\\\\";
            return;
        case '\n':
            line += "\\n";
            return;
        case '\t':
            line += "\\t";
            return;
        default:
            break;
    }
    const auto value = static_cast<unsigned char>(byte);
    line += "\\x";
    line += hex_digits[value >> 4];
    line += hex_digits[value & 15];
}

// How many of the front bytes may stand as they are; 0: the first has to be escaped.
std::size_t plain_length(std::string_view bytes) {
    const letter first = front_letter(bytes);
    return first.length > 0 && first.value != '\\' && shows_as_itself(first.value) ? first.length
                                                                                   : 0;
}

// Reads the escape that `text` begins with into `bytes`. Returns its length; 0: it is none.
std::size_t read_escape(std::string_view text, std::string& bytes) {
    const char kind = text.size() > 1 ? text[1] : '\0';
    if (kind == '\\' || kind == 'n' || kind == 't') {
        bytes += kind == 'n' ? '\n' : kind == 't' ? '\t' : '\\';
        return 2;
    }
    const std::string_view digits = text.substr(text.size() > 1 ? 2 : text.size()).substr(0, 2);
    if (kind != 'x' || !is_hex(digits, 2)) {
        return 0;
    }
    unsigned value = 0;
    std::from_chars(digits.data(), digits.data() + 2, value, 16);
    bytes += static_cast<char>(value);
    return 4;
}

}  // namespace

std::string escaped(std::string_view bytes) {
    const std::size_t size = bytes.size();
    std::string line;
    line.reserve(size);
    for (std::size_t at = 0; at < size;) {
        const bool blank_at_an_end = bytes[at] == ' ' && (at == 0 || at + 1 == size);
        const std::size_t plain = blank_at_an_end ? 0 : plain_length(bytes.substr(at));
        if (plain == 0) {
            append_escape(line, bytes[at++]);
        } else {
            line += bytes.substr(at, plain);
            at += plain;
        }
    }
    return line;
}

tl::expected<std::string, std::size_t> unescaped(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '\\') {
            bytes += text[at++];
            continue;
        }
        const std::size_t length = read_escape(text.substr(at), bytes);
        if (length == 0) {
            return tl::unexpected<std::size_t>(at);
        }
        at += length;
    }
    return bytes;
}

}  // namespace partita::detail::store
