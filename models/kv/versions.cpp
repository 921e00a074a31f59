#include "versions.hpp"

#include <algorithm>
#include <tuple>

namespace partita::kv {
namespace {

std::uint64_t hash_of(const payload& bytes) {
    const auto all = bytes.bytes();
    return name_hash({reinterpret_cast<const char*>(all.data()), all.size()});
}

/// By something that is the same on every node, so that equal sets are equal objects.
bool in_order(const version& one, const version& other) {
    return std::tie(one.written, one.value, one.deleted, one.past, one.check) <
           std::tie(other.written, other.value, other.deleted, other.past, other.check);
}

object last_written(const object& one, const object& other) {
    if (one.absent()) return other;
    if (other.absent()) return one;
    return in_order(one.siblings.front(), other.siblings.front()) ? other : one;
}

/// Without those that another knew of. Two with one past are one write, and one of them damaged.
object maximal(std::vector<version> all) {
    std::sort(all.begin(), all.end(), in_order);
    object kept;
    for (std::size_t at = 0; at < all.size(); ++at) {
        bool known = false;
        for (std::size_t other = 0; other < all.size() && !known; ++other) {
            known = other != at && includes(all[other].past, all[at].past) &&
                    (other > at || all[other].past != all[at].past);
        }
        if (!known) kept.siblings.push_back(all[at]);
    }
    return kept;
}

std::uint64_t check_of(const version& of, std::string_view key) {
    version unsealed = of;
    unsealed.check = 0;
    payload bytes;
    encode(bytes, std::string(key));
    encode(bytes, unsealed);
    return hash_of(bytes) | 1U;  // never 0
}

}  // namespace

bool includes(const version_vector& newer, const version_vector& older) {
    return std::all_of(older.begin(), older.end(), [&](const auto& each) {
        const auto found = newer.find(each.first);
        return found != newer.end() && found->second >= each.second;
    });
}

version_vector joined(version_vector one, const version_vector& other) {
    for (const auto& [node, count] : other) one[node] = std::max(one[node], count);
    return one;
}

object merged(versioning how, const object& one, const object& other) {
    if (how == versioning::timestamps) return last_written(one, other);
    std::vector<version> all = one.siblings;
    all.insert(all.end(), other.siblings.begin(), other.siblings.end());
    return maximal(std::move(all));
}

object folded(versioning how, const object& before, const object& next) {
    if (before.absent() || next.absent()) return merged(how, before, next);
    if (written_last(before).none() || written_last(next).none()) return next;
    return merged(how, before, next);
}

bool covers(versioning how, const object& holder, const version& one) {
    return covers(how, holder, object{{one}});
}

bool covers(versioning how, const object& holder, const object& other) {
    return merged(how, holder, other) == holder;
}

version_vector past_of(const object& of) {
    version_vector past;
    for (const version& each : of.siblings) past = joined(std::move(past), each.past);
    return past;
}

timestamp written_last(const object& of) {
    timestamp last;
    for (const version& each : of.siblings) last = std::max(last, each.written);
    return last;
}

std::uint64_t digest(const object& of) {
    payload bytes;
    encode(bytes, of);
    return hash_of(bytes);
}

void seal(version& of, std::string_view key) { of.check = check_of(of, key); }

object intact(const object& of, std::string_view key) {
    object kept;
    for (const version& each : of.siblings) {
        if (each.check == check_of(each, key)) kept.siblings.push_back(each);
    }
    return kept;
}

}  // namespace partita::kv
