#include "shrink_quantity.hpp"

#include <charconv>

#include "duration_units.hpp"

namespace partita::detail {

std::optional<quantity> quantity_of(std::string_view word) {
    quantity found;
    found.negative = word.starts_with('-');
    const auto digits = word.substr(found.negative ? 1 : 0);
    const auto* const end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, found.count);
    const bool leading_zero = digits.starts_with('0') && stop != digits.data() + 1;
    if (code != std::errc{} || leading_zero) {
        return std::nullopt;
    }
    if (stop != end) {
        found.unit = duration_unit_of({stop, static_cast<std::size_t>(end - stop)});
        if (!found.unit || found.negative) {
            return std::nullopt;
        }
    }
    return found;
}

std::string to_text(const quantity& given) {
    const bool has_sign = given.negative && given.count != 0;
    auto text = (has_sign ? "-" : "") + std::to_string(given.count);
    return given.unit ? text.append(duration_units[*given.unit].name) : text;
}

std::optional<quantity> halved(const quantity& given) {
    if (given.count == 0) {
        return std::nullopt;
    }
    auto half = given;
    if (given.count == 1 && given.unit.value_or(0) > 0) {
        half.unit = *given.unit - 1;
        half.count =
            duration_units[*given.unit].nanoseconds / duration_units[*half.unit].nanoseconds / 2;
    } else {
        half.count /= 2;
    }
    return half;
}

std::optional<quantity> one_less(const quantity& given) {
    if (given.count == 0) {
        return std::nullopt;
    }
    auto less = given;
    --less.count;
    return less;
}

}  // namespace partita::detail
