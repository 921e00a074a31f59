#include "prefixes.hpp"

#include <algorithm>
#include <vector>

#include "content.hpp"
#include "digits.hpp"
#include "escape.hpp"

namespace partita::detail::store {
namespace {

constexpr std::size_t prefix_length_min = 4;
constexpr std::size_t abbreviation_length_min = 8;
constexpr std::size_t candidates_shown_max = 8;

std::string lower_case(std::string_view text) {
    std::string lowered(text);
    for (char& letter : lowered) {
        letter = letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return lowered;
}

bool is_prefix(std::string_view text) {
    return text.size() >= prefix_length_min && text.size() <= id_length && is_hex(text);
}

// All ids that begin with the prefix, in order. `g` comes after every digit.
result<std::vector<std::string>> ids_below(const database& file, std::string_view prefix) {
    auto query = file.prepare(
        "SELECT id FROM counterexamples WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id");
    if (!query) {
        return tl::unexpected(query.error());
    }
    query->bind(1, prefix);
    std::vector<std::string> ids;
    auto more = query->step();
    for (; more && *more; more = query->step()) {
        ids.push_back(query->text(0));
    }
    return more.map([&ids](bool) { return std::move(ids); });
}

// How long an abbreviation must be for all of these to differ. Requires: sorted, no two equal.
std::size_t distinct_length(const std::vector<std::string>& ids) {
    std::size_t length = abbreviation_length_min;
    for (std::size_t index = 1; index < ids.size(); ++index) {
        const auto [here, there] =
            std::mismatch(ids[index].begin(), ids[index].end(), ids[index - 1].begin());
        length = std::max(length, static_cast<std::size_t>(here - ids[index].begin()) + 1);
    }
    return length;
}

std::string candidates(const std::vector<std::string>& ids) {
    const std::size_t length = distinct_length(ids);
    const std::size_t shown = std::min(ids.size(), candidates_shown_max);
    std::string list;
    for (std::size_t index = 0; index < shown; ++index) {
        list.append(index == 0 ? "" : ", ").append(ids[index].substr(0, length));
    }
    return shown == ids.size() ? list
                               : list + " and " + std::to_string(ids.size() - shown) + " more";
}

}  // namespace

result<std::string> resolve_prefix(const database& file, std::string_view prefix) {
    const std::string wanted = lower_case(prefix);
    if (!is_prefix(wanted)) {
        return file.failure(
            error_code::bad_input,
            "expected 4 to 64 hexadecimal digits of an id, found '" + escaped(prefix) + "'");
    }
    auto ids = ids_below(file, wanted);
    if (!ids) {
        return tl::unexpected(ids.error());
    }
    if (ids->empty()) {
        return file.failure(error_code::not_found, "no counterexample " + wanted);
    }
    if (ids->size() > 1) {
        return file.failure(error_code::conflict, wanted + " fits " + std::to_string(ids->size()) +
                                                      " counterexamples: " + candidates(*ids));
    }
    return std::move(ids->front());
}

}  // namespace partita::detail::store
