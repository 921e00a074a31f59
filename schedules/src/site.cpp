#include <partita/schedules/site.hpp>

#include <charconv>

#include "lexer_quote.hpp"
#include "site_words.hpp"

namespace partita {
namespace detail {

std::string_view take_word(std::string_view& rest) {
    std::size_t begin = 0;
    while (begin < rest.size() && is_blank(rest[begin])) {
        ++begin;
    }
    std::size_t end = begin;
    while (end < rest.size() && !is_blank(rest[end])) {
        ++end;
    }
    const auto word = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return word;
}

bool names_node(std::string_view word) {
    if (word.size() < 2 || word[0] != 'n' || word[1] == '0') {
        return false;
    }
    return word.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::optional<std::uint64_t> ordinal_of(std::string_view word) {
    if (word.size() < 2 || word[0] != '#' || !is_digit(word[1]) || word[1] == '0') {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto* const end = word.data() + word.size();
    const auto [stop, code] = std::from_chars(word.data() + 1, end, number);
    return code == std::errc{} && stop == end ? std::optional{number} : std::nullopt;
}

result<std::uint64_t> parse_ordinal(std::string_view word) {
    if (const auto number = ordinal_of(word)) {
        return *number;
    }
    const auto digits = word.empty() ? word : word.substr(1);
    const bool numeric = word.size() > 1 && word[0] == '#' &&
                         digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!numeric) {
        return fail(error_code::bad_input, "expected an ordinal such as #1, found " + shown(word));
    }
    if (digits.find_first_not_of('0') == std::string_view::npos) {
        return fail(error_code::bad_input, "ordinals count from #1, found " + shown(word));
    }
    return fail(error_code::bad_input,
                digits[0] == '0' ? "expected an ordinal without leading zeros, found " + shown(word)
                                 : "expected an ordinal of at most 2^64 - 1, found " + shown(word));
}

label_parts parts_of(std::string_view label) {
    const auto blank = label.rfind(' ');
    const auto last = blank == std::string_view::npos ? label : label.substr(blank + 1);
    const auto stem = blank == std::string_view::npos ? std::string_view{} : label.substr(0, blank);
    return {stem, ordinal_of(last).value_or(0)};
}

result<void> check_label(std::string_view text) {
    auto rest = text;
    std::string_view last;
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
        last = word;
    }
    if (last.empty() || last[0] != '#') {
        return fail(error_code::bad_input,
                    "expected a site that ends in an ordinal such as #1, found " + shown(text));
    }
    if (auto number = parse_ordinal(last); !number) {
        return tl::unexpected(std::move(number.error()));
    }
    if (site_label(text).text() != text) {
        return fail(error_code::bad_input,
                    "expected a site with one blank between two words, found " + shown(text));
    }
    return {};
}

}  // namespace detail

site_id site_id_of(std::string_view label) {
    site_hasher hasher;
    for (auto word = detail::take_word(label); !word.empty(); word = detail::take_word(label)) {
        const auto number = detail::ordinal_of(word);
        hasher = number ? hasher.ordinal(*number) : hasher.word(word);
    }
    return hasher.id();
}

site_label::site_label(std::string_view text) : id_(site_id_of(text)) {
    text_.reserve(text.size());
    for (auto word = detail::take_word(text); !word.empty(); word = detail::take_word(text)) {
        text_.append(text_.empty() ? "" : " ").append(word);
    }
}

}  // namespace partita
