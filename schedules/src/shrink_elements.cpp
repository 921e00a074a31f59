#include "shrink_elements.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

namespace partita::detail {
namespace {

element_kind kind_of(const step& each) {
    return std::holds_alternative<fault_step>(each) ? element_kind::fault : element_kind::workload;
}

/// The arguments of an element, as constant as the schedule; null for other steps.
template <typename Schedule>
auto arguments_of(Schedule& given, element where) -> decltype(&given.deviations[0].arguments) {
    if (where >= given.steps.size()) {
        return &given.deviations[where - given.steps.size()].arguments;
    }
    auto& each = given.steps[where];
    if (auto* const found = std::get_if<command>(&each)) {
        return &found->arguments;
    }
    auto* const found = std::get_if<fault_step>(&each);
    return found != nullptr ? &found->arguments : nullptr;
}

template <typename List>
void append_kept(List& kept, const List& all, const std::vector<element>& removed, element first) {
    for (std::size_t index = 0; index < all.size(); ++index) {
        if (!std::binary_search(removed.begin(), removed.end(), first + index)) {
            kept.push_back(all[index]);
        }
    }
}

}  // namespace

std::vector<element> elements_of(const schedule& given, element_kind kind) {
    std::vector<element> elements;
    for (element index = 0; index < element_count(given); ++index) {
        const bool is_step = index < given.steps.size();
        if ((is_step ? kind_of(given.steps[index]) : element_kind::fault) == kind) {
            elements.push_back(index);
        }
    }
    return elements;
}

std::size_t element_count(const schedule& given) {
    return given.steps.size() + given.deviations.size();
}

schedule without(const schedule& given, const std::vector<element>& removed) {
    schedule rest{given.application, {}, {}};
    append_kept(rest.steps, given.steps, removed, 0);
    append_kept(rest.deviations, given.deviations, removed, given.steps.size());
    return rest;
}

std::vector<word_place> word_places(const schedule& given) {
    std::vector<word_place> places;
    for (element index = 0; index < element_count(given); ++index) {
        const auto* const arguments = arguments_of(given, index);
        const bool is_wait =
            index < given.steps.size() && std::holds_alternative<wait_step>(given.steps[index]);
        const auto count = arguments != nullptr ? arguments->size() : is_wait ? 1U : 0U;
        for (std::size_t argument = 0; argument < count; ++argument) {
            places.push_back({index, argument});
        }
    }
    return places;
}

std::string word_at(const schedule& given, word_place place) {
    const auto* const arguments = arguments_of(given, place.where);
    return arguments != nullptr ? (*arguments)[place.argument]
                                : to_text(std::get<wait_step>(given.steps[place.where]).duration);
}

schedule with_word(schedule given, word_place place, const std::string& word) {
    if (auto* const arguments = arguments_of(given, place.where)) {
        (*arguments)[place.argument] = word;
    } else {
        std::get<wait_step>(given.steps[place.where]).duration = parse_duration(word).value();
    }
    return given;
}

}  // namespace partita::detail
