#include "search_worklist_item.hpp"

#include <algorithm>
#include <iterator>

namespace partita::detail {
namespace {

decision_lookup messages_of(const std::vector<worklist_line>& lines) {
    decision_lookup messages;
    for (const worklist_line& line : lines) {
        messages.insert(line.omission);
    }
    return messages;
}

template <typename Set>
Set difference(const Set& left, const Set& right) {
    Set rest;
    std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                        std::inserter(rest, rest.end()));
    return rest;
}

/// Where a sender omits messages, by place in a trace.
struct faulty_stretch {
    std::size_t first = SIZE_MAX;
    std::size_t last = 0;
    bool recovers = false;  ///< it sends a foreground message after `last`

    [[nodiscard]] bool covers(std::size_t place) const {
        return first <= place && (place <= last || !recovers);
    }
};

std::map<std::string, faulty_stretch> faulty_stretches(const std::vector<worklist_line>& lines,
                                                       const std::vector<bool>& omitted) {
    std::map<std::string, faulty_stretch> stretches;
    for (std::size_t place = 0; place < lines.size(); ++place) {
        if (omitted[place]) {
            faulty_stretch& stretch = stretches[lines[place].source];
            stretch = {std::min(stretch.first, place), place, false};
        } else if (!lines[place].background && stretches.contains(lines[place].source)) {
            stretches[lines[place].source].recovers = true;
        }
    }
    return stretches;
}

}  // namespace

shown_types types_shown(const std::vector<worklist_line>& lines, const decision_set& omissions) {
    const decision_lookup omitted(omissions.begin(), omissions.end());
    shown_types types;
    for (const worklist_line& line : lines) {
        if (line.background) {
            continue;
        }
        types.insert({line.type, false});
        if (!omitted.contains(line.omission)) {
            types.insert({line.type, true});
        }
    }
    return types;
}

worklist_item item_from(const worklist_trial& trial, const decision_set& omissions,
                        const worklist_item& before) {
    worklist_item item{trial.lines, omissions, {}, {}};
    item.new_types = difference(types_shown(trial.lines, omissions),
                                types_shown(before.lines, before.omissions));
    item.new_messages = difference(messages_of(trial.lines), messages_of(before.lines));
    return item;
}

candidate_walk::candidate_walk(const worklist_item& item, bool first)
    : first_(first), omitted_(item.lines.size()) {
    const decision_lookup base(item.omissions.begin(), item.omissions.end());
    for (std::size_t place = 0; place < item.lines.size(); ++place) {
        const worklist_line& line = item.lines[place];
        const std::size_t number = numbers_.try_emplace(line.type, numbers_.size()).first->second;
        type_of_.push_back(number);
        remaining_.resize(numbers_.size());
        ++remaining_[number];
        if (!line.background && (first || item.new_messages.contains(line.omission))) {
            foreground_.push_back(place);
        }
        if (!line.background && base.contains(line.omission)) {
            set(place, true);
        }
    }
}

void candidate_walk::set(std::size_t line, bool omitted) {
    if (omitted_[line] != omitted) {
        omitted_[line] = omitted;
        remaining_[type_of_[line]] += omitted ? UINT32_MAX : 1;  // modulo 2^32: one less, one more
    }
}

void candidate_walk::advance() {
    if (first_) {
        count_up();
        return;
    }
    at_set_ = std::exchange(has_second_, false);
    for (const std::size_t place : foreground_) {
        set(place, true);
    }
}

void candidate_walk::count_up() {
    for (std::size_t place = foreground_.size(); place-- > 0;) {
        const bool carries = omitted_[foreground_[place]];
        set(foreground_[place], !carries);
        if (!carries) {
            return;
        }
    }
    at_set_ = false;
}

decision_set with_background(const std::vector<worklist_line>& lines,
                             const std::vector<bool>& omitted) {
    const auto stretches = faulty_stretches(lines, omitted);
    decision_set omissions;
    for (std::size_t place = 0; place < lines.size(); ++place) {
        const auto found = stretches.find(lines[place].source);
        const bool faulty =
            lines[place].background && found != stretches.end() && found->second.covers(place);
        if (omitted[place] || faulty) {
            omissions.push_back(lines[place].omission);
        }
    }
    return omissions;
}

}  // namespace partita::detail
