#include "utf8.hpp"

namespace partita::cli {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

bool within(unsigned byte, unsigned least, unsigned most) { return byte >= least && byte <= most; }

/// The range of the second byte, which rules out what the first would allow too much.
bool second_fits(unsigned first, unsigned second) {
    switch (first) {
        case 0xe0:
            return within(second, 0xa0, 0xbf);
        case 0xed:
            return within(second, 0x80, 0x9f);
        case 0xf0:
            return within(second, 0x90, 0xbf);
        case 0xf4:
            return within(second, 0x80, 0x8f);
        default:
            return within(second, 0x80, 0xbf);
    }
}

std::size_t length_by(unsigned first) {
    if (first < 0x80) return 1;
    if (within(first, 0xc2, 0xdf)) return 2;
    if (within(first, 0xe0, 0xef)) return 3;
    return within(first, 0xf0, 0xf4) ? 4 : 0;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
    if (text.empty()) return 0;
    const unsigned first = byte_at(text, 0);
    const std::size_t length = length_by(first);
    if (length < 2) return length;
    if (!second_fits(first, byte_at(text, 1))) return 0;
    for (std::size_t at = 2; at < length; ++at) {
        if (!within(byte_at(text, at), 0x80, 0xbf)) return 0;
    }
    return length;
}

}  // namespace partita::cli
