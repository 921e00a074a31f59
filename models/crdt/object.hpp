#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <partita/runtime/message.hpp>

#include "options.hpp"

namespace partita::crdt {

enum class update_kind : std::uint8_t { increment, decrement, add, remove, write };

/// What a client asks for.
struct request {
    update_kind what = update_kind::add;
    std::string value;        ///< of sets and the register
    std::int64_t amount = 0;  ///< of counters
};
PARTITA_MESSAGE(request, what, value, amount)

/// The number of an update among those of its node, from 1; never used twice.
struct dot {
    node_id node;
    std::uint64_t number = 0;
    auto operator<=>(const dot&) const = default;
};
PARTITA_MESSAGE(dot, node, number)

/// Per node, how many of its updates.
using vector_clock = std::map<node_id, std::uint64_t>;
[[nodiscard]] std::uint64_t count_of(const vector_clock&, node_id);
[[nodiscard]] bool covers(const vector_clock&, const dot&);
/// Pointwise the greater.
void join(vector_clock&, const vector_clock&);

/// What one update does at every replica, as its origin prepared it.
struct effect {
    dot by;
    request asked;
    std::vector<dot> observed{};  ///< remove: the tags it takes away
    std::uint64_t time = 0;       ///< write: by a Lamport clock
};
PARTITA_MESSAGE(effect, by, asked, observed, time)

/// A written value; of two, the later stays.
struct written {
    std::uint64_t time = 0;
    node_id by;
    std::string value;
    bool operator==(const written&) const = default;
};
PARTITA_MESSAGE(written, time, by, value)

/// What a replica holds: a part for each type, of which an object uses those of its own. A product
/// of semilattices is one, so one merge does for all.
struct contents {
    std::map<node_id, std::int64_t> up;    ///< counters: the increments at each node
    std::map<node_id, std::int64_t> down;  ///< and the decrements
    std::set<std::string> elements;        ///< g-set
    std::map<dot, std::string> tagged;     ///< or-set: the adds that were not removed
    vector_clock seen;                     ///< or-set: all adds known, removed or not
    written last;                          ///< lww-register
    bool operator==(const contents&) const = default;
};
PARTITA_MESSAGE(contents, up, down, elements, tagged, seen, last)

/// At its origin, with what is held there.
[[nodiscard]] effect prepared(const object_options&, const contents&, const request&, dot by);
/// Why that update cannot be: the type has none such, or there is nothing to remove.
[[nodiscard]] std::optional<std::string> refusal(object_type, const effect&);
/// At every replica, the origin included.
void apply(const object_options&, contents&, const effect&);
/// The least that both are part of.
void merge(const object_options&, contents&, const contents& other);
/// As a read shows it: `7`, `{a b}`, `nothing`.
[[nodiscard]] std::string value_of(object_type, const contents&);
[[nodiscard]] std::string text_of(const std::set<std::string>& elements);
/// Of its bytes: equal contents have equal digests.
[[nodiscard]] std::uint64_t digest(const contents&);

/// What a register holds before it is written.
inline constexpr std::string_view nothing = "nothing";

}  // namespace partita::crdt
