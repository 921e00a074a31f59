#include "specification.hpp"

#include <algorithm>
#include <vector>

namespace partita::crdt {
namespace {

std::int64_t change_of(const request& it) {
    return it.what == update_kind::decrement ? -it.amount : it.amount;
}

}  // namespace

std::set<std::string> values_of(object_type type, const update_history& all,
                                const update_ids& known) {
    std::vector<const update_made*> made;
    for (const update_id& id : known) {
        if (const auto found = all.find(id); found != all.end()) made.push_back(&found->second);
    }
    std::int64_t sum = 0;
    std::set<std::string> elements;
    std::set<std::string> latest;
    for (const update_made* const each : made) {
        const request& asked = each->asked;
        const auto undone_by = [&](update_kind what) {
            return std::any_of(made.begin(), made.end(), [&](const update_made* other) {
                return other->asked.what == what && other->saw.contains(each->id) &&
                       (what == update_kind::write || other->asked.value == asked.value);
            });
        };
        sum += change_of(asked);
        if (asked.what == update_kind::add && !undone_by(update_kind::remove))
            elements.insert(asked.value);
        if (asked.what == update_kind::write && !undone_by(update_kind::write))
            latest.insert(asked.value);
    }
    if (type == object_type::g_set || type == object_type::or_set) return {text_of(elements)};
    if (type == object_type::lww_register)
        return latest.empty() ? std::set{std::string(nothing)} : latest;
    return {std::to_string(sum)};
}

}  // namespace partita::crdt
