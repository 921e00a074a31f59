#include "digits.hpp"

#include <charconv>

namespace partita::detail::store {

bool is_hex(std::string_view text) {
    return text.find_first_not_of(hex_digits) == std::string_view::npos;
}

bool is_hex(std::string_view text, std::size_t length) {
    return text.size() == length && is_hex(text);
}

std::string to_hex(std::uint64_t number) {
    std::string text(16, '0');
    for (std::size_t place = 16; place-- > 0; number >>= 4) {
        text[place] = hex_digits[number & 15];
    }
    return text;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    if (!is_hex(text, 16)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return number;
}

}  // namespace partita::detail::store
