#include "object.hpp"

#include <algorithm>
#include <tuple>

#include <partita/runtime/wire.hpp>

namespace partita::crdt {
namespace {

bool later(const object_options& of, const written& one, const written& other) {
    if (of.has(bug::no_tie_break)) return one.time > other.time;
    return std::tie(one.time, one.by) > std::tie(other.time, other.by);
}

void keep_later(const object_options& of, written& kept, const written& other) {
    if (later(of, other, kept)) kept = other;
}

/// Each entry is written by its own node alone, and grows.
void merge_counts(const object_options& of, std::map<node_id, std::int64_t>& mine,
                  const std::map<node_id, std::int64_t>& other) {
    for (const auto& [node, count] : other) {
        std::int64_t& own = mine[node];
        own = of.has(bug::merge_by_sum) ? (own + count) % 1'000'000 : std::max(own, count);
    }
}

/// A tag that only one of them has is new to the other if it never saw it, and removed otherwise.
void merge_tags(contents& mine, const contents& other) {
    std::erase_if(mine.tagged, [&](const auto& each) {
        return !other.tagged.contains(each.first) && covers(other.seen, each.first);
    });
    for (const auto& [tag, element] : other.tagged) {
        if (!covers(mine.seen, tag)) mine.tagged[tag] = element;
    }
    join(mine.seen, other.seen);
}

std::int64_t sum_of(const std::map<node_id, std::int64_t>& counts) {
    std::int64_t sum = 0;
    for (const auto& [node, count] : counts) sum += count;
    return sum;
}

bool has(object_type type, update_kind what) {
    switch (what) {
        case update_kind::increment:
            return type == object_type::g_counter || type == object_type::pn_counter;
        case update_kind::decrement:
            return type == object_type::pn_counter;
        case update_kind::add:
            return type == object_type::g_set || type == object_type::or_set;
        case update_kind::remove:
            return type == object_type::or_set;
        case update_kind::write:
            return type == object_type::lww_register;
    }
    return false;
}

}  // namespace

std::uint64_t count_of(const vector_clock& clock, node_id node) {
    const auto found = clock.find(node);
    return found == clock.end() ? 0 : found->second;
}

bool covers(const vector_clock& clock, const dot& one) {
    return one.number <= count_of(clock, one.node);
}

void join(vector_clock& clock, const vector_clock& other) {
    for (const auto& [node, count] : other) clock[node] = std::max(clock[node], count);
}

effect prepared(const object_options& of, const contents& held, const request& asked, dot by) {
    effect made{by, asked};
    if (asked.what == update_kind::remove) {
        for (const auto& [tag, element] : held.tagged) {
            if (element == asked.value) made.observed.push_back(tag);
        }
    }
    if (asked.what == update_kind::write)
        made.time = of.has(bug::local_clock) ? by.number : held.last.time + 1;
    return made;
}

std::optional<std::string> refusal(object_type type, const effect& it) {
    if (!has(type, it.asked.what)) return "not of this type";
    if (it.asked.what == update_kind::remove && it.observed.empty()) return "not there";
    return std::nullopt;
}

void apply(const object_options& of, contents& to, const effect& it) {
    switch (it.asked.what) {
        case update_kind::increment:
            to.up[it.by.node] += it.asked.amount;
            return;
        case update_kind::decrement:
            if (of.has(bug::one_map)) {
                to.up[it.by.node] -= it.asked.amount;
            } else {
                to.down[it.by.node] += it.asked.amount;
            }
            return;
        case update_kind::add:
            if (of.type == object_type::g_set) {
                to.elements.insert(it.asked.value);
                return;
            }
            to.tagged[it.by] = it.asked.value;
            to.seen[it.by.node] = std::max(to.seen[it.by.node], it.by.number);
            return;
        case update_kind::remove:
            for (const dot& tag : it.observed) to.tagged.erase(tag);
            if (of.has(bug::remove_all_tags)) {
                std::erase_if(to.tagged,
                              [&](const auto& each) { return each.second == it.asked.value; });
            }
            return;
        case update_kind::write:
            keep_later(of, to.last, {it.time, it.by.node, it.asked.value});
            return;
    }
}

void merge(const object_options& of, contents& mine, const contents& other) {
    merge_counts(of, mine.up, other.up);
    merge_counts(of, mine.down, other.down);
    mine.elements.insert(other.elements.begin(), other.elements.end());
    merge_tags(mine, other);
    keep_later(of, mine.last, other.last);
}

std::string text_of(const std::set<std::string>& elements) {
    std::string text;
    for (const std::string& each : elements) text += (text.empty() ? "" : " ") + each;
    return "{" + text + "}";
}

std::string value_of(object_type type, const contents& of) {
    switch (type) {
        case object_type::g_counter:
        case object_type::pn_counter:
            return std::to_string(sum_of(of.up) - sum_of(of.down));
        case object_type::g_set:
            return text_of(of.elements);
        case object_type::or_set: {
            std::set<std::string> elements;
            for (const auto& [tag, element] : of.tagged) elements.insert(element);
            return text_of(elements);
        }
        case object_type::lww_register:
            break;
    }
    return of.last.time == 0 ? std::string(nothing) : of.last.value;
}

std::uint64_t digest(const contents& of) {
    payload bytes;
    encode(bytes, of);
    std::string_view text(reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size());
    return name_hash(text);
}

}  // namespace partita::crdt
