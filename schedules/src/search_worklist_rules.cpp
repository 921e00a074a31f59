#include "search_worklist_rules.hpp"

#include <algorithm>

namespace partita::detail {
namespace {

/// A type that the trace does not have: none of it ever remains.
constexpr std::size_t absent = SIZE_MAX;

std::size_t number_in(const std::map<std::string, std::size_t>& numbers, const std::string& type) {
    const auto found = numbers.find(type);
    return found == numbers.end() ? absent : found->second;
}

}  // namespace

worklist_rules::worklist_rules(const worklist_protocol& protocol, bool original_causality,
                               const std::map<std::string, std::size_t>& type_numbers)
    : dependencies_(type_numbers.size()) {
    for (const type_annotation& annotation : protocol.annotations) {
        add_annotation(annotation, type_numbers);
    }
    for (const type_causality& entry : protocol.causality) {
        const bool binding = !original_causality || &entry == &protocol.causality.back();
        add_causality(entry, binding, type_numbers);
    }
}

void worklist_rules::add_annotation(const type_annotation& annotation,
                                    const std::map<std::string, std::size_t>& numbers) {
    if (annotation.received.empty()) {
        return;
    }
    std::vector<condition> conditions;
    for (const received_count& wanted : annotation.received) {
        conditions.push_back({number_in(numbers, wanted.type), wanted.count});
    }
    annotations_.push_back(std::move(conditions));
}

void worklist_rules::add_causality(const type_causality& entry, bool binding,
                                   const std::map<std::string, std::size_t>& numbers) {
    const std::size_t cause = number_in(numbers, entry.received);
    for (const std::string& type : entry.sent) {
        const std::size_t number = number_in(numbers, type);
        if (number == absent) {
            continue;
        }
        dependency& needed = dependencies_[number];
        needed.binding = needed.binding || binding;
        if (cause != absent) {
            needed.causes.push_back(cause);
        }
    }
}

bool worklist_rules::holds(const std::vector<condition>& conditions,
                           const std::vector<std::uint32_t>& remaining) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const condition& wanted) {
        return (wanted.type == absent ? 0 : remaining[wanted.type]) >= wanted.count;
    });
}

worklist_rules::schedule_class worklist_rules::class_of(
    const std::vector<std::uint32_t>& remaining) const {
    schedule_class found;
    for (const std::vector<condition>& conditions : annotations_) {
        found.push_back(holds(conditions, remaining));
    }
    return found;
}

bool worklist_rules::is_possible(const std::vector<std::uint32_t>& remaining) const {
    for (std::size_t type = 0; type < dependencies_.size(); ++type) {
        const dependency& needed = dependencies_[type];
        const bool caused = std::any_of(needed.causes.begin(), needed.causes.end(),
                                        [&](std::size_t cause) { return remaining[cause] > 0; });
        if (remaining[type] > 0 && needed.binding && !caused) {
            return false;
        }
    }
    return true;
}

}  // namespace partita::detail
