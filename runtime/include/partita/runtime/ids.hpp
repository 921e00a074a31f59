#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace partita {

/// Time as a node sees it, in nanoseconds since its clock's epoch. In simulation this is virtual
/// time and the epoch is the start of the trial.
struct node_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<node_clock>;
    static constexpr bool is_steady = true;
};
using duration = node_clock::duration;
using time_point = node_clock::time_point;

/// `from` plus a time of 0 or more, at most the last time there is.
[[nodiscard]] constexpr time_point later(time_point from, duration by) {
    return by > time_point::max() - from ? time_point::max() : from + by;
}

/// 64-bit FNV-1a (Fowler, Noll, Vo). The digest of every name that crosses a process border.
[[nodiscard]] constexpr std::uint64_t name_hash(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char letter : name) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
    }
    return hash;
}

/// The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t bits) {
    bits += 0x9e3779b97f4a7c15ULL;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
}

/// One failure domain, by name. A plain value that means the same in every process: names of up to
/// eight ASCII characters stand for themselves, and order by length, then letters (n2 before n10);
/// longer ones are a 63-bit digest. The default is no node.
class node_id {
   public:
    constexpr node_id() = default;
    explicit constexpr node_id(std::string_view name) : bits_(bits_of(name)) {}
    [[nodiscard]] static constexpr node_id from_bits(std::uint64_t bits) {
        node_id id;
        id.bits_ = bits;
        return id;
    }
    [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
    /// The name; of a long one, `#` and its digest in hexadecimal digits.
    [[nodiscard]] std::string name() const;
    constexpr auto operator<=>(const node_id&) const = default;

   private:
    static constexpr std::uint64_t digest_bit = 1ULL << 63;
    [[nodiscard]] static constexpr std::uint64_t bits_of(std::string_view name) {
        if (name.size() > 8) return digest_bit | (name_hash(name) >> 1);
        std::uint64_t bits = static_cast<std::uint64_t>(name.size());
        std::uint64_t letters = 0;
        for (const char letter : name) {
            if (static_cast<unsigned char>(letter) > 127) {
                return digest_bit | (name_hash(name) >> 1);
            }
            letters = (letters << 7) | static_cast<unsigned char>(letter);
        }
        return (bits << 56) | letters;
    }
    std::uint64_t bits_ = 0;
};

/// The address of an actor: a plain, serialisable value. Either one spawned actor (dead once that
/// actor or its node is) or whoever bears a registered name on a node (survives restarts).
struct actor_id {
    node_id node;
    /// Spawned: incarnation of the node << 40 | spawn ordinal (from 1). Named: top bit | name
    /// digest.
    std::uint64_t local = 0;

    static constexpr std::uint64_t named_bit = 1ULL << 63;
    [[nodiscard]] static constexpr actor_id named(node_id node, std::string_view name) {
        return actor_id{node, named_bit | (name_hash(name) >> 1)};
    }
    [[nodiscard]] constexpr bool is_named() const { return (local & named_bit) != 0; }
    [[nodiscard]] constexpr bool valid() const { return local != 0; }
    constexpr auto operator<=>(const actor_id&) const = default;
};

/// A named lane between two nodes; pairwise FIFO holds inside a channel. Declare channels once:
/// `inline constexpr channel gossip{"gossip"};`. Requires: the name outlives the channel.
struct channel {
    std::string_view name;
    std::uint64_t hash = 0;
    constexpr channel() = default;
    explicit constexpr channel(std::string_view lane)
        : name(lane), hash(lane.empty() ? 0 : name_hash(lane)) {}
    friend constexpr bool operator==(const channel& left, const channel& right) {
        return left.hash == right.hash;
    }
};

/// A timer of one actor. The default names no timer.
struct timer_id {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const timer_id&) const = default;
};

/// The number of a trace event, from 1 in order of happening; 0 = none.
struct event_id {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const event_id&) const = default;
};

}  // namespace partita
