#include "lexer_utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace partita::detail {
namespace {

/// A row of the table of well-formed sequences: for a lead byte in a range, how many bytes there
/// are in all, and the range of the second one. The rest are 80 to BF.
struct sequence_form {
    std::uint8_t lead_min;
    std::uint8_t lead_max;
    std::size_t size;
    std::uint8_t second_min;
    std::uint8_t second_max;
};

constexpr sequence_form forms[] = {
    {0x00, 0x7f, 1, 0x80, 0xbf}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

const sequence_form* form_of(std::uint8_t lead) {
    const auto* const found = std::find_if(
        std::begin(forms), std::end(forms),
        [&](const auto& form) { return form.lead_min <= lead && lead <= form.lead_max; });
    return found == std::end(forms) ? nullptr : found;
}

}  // namespace

std::size_t utf8_sequence_size(std::string_view text, std::size_t at) {
    const auto byte_at = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
    const auto* const form = form_of(byte_at(at));
    if (form == nullptr || form->size > text.size() - at) {
        return 0;
    }
    for (std::size_t index = 1; index < form->size; ++index) {
        const auto least = index == 1 ? form->second_min : std::uint8_t{0x80};
        const auto most = index == 1 ? form->second_max : std::uint8_t{0xbf};
        if (byte_at(at + index) < least || byte_at(at + index) > most) {
            return 0;
        }
    }
    return form->size;
}

}  // namespace partita::detail
