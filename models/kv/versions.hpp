#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/message.hpp>

/// What a key holds, and which of two versions is the later. Pure: no actor, no clock.
namespace partita::kv {

/// When a value was written. Of equal times the later life and the greater node win, so that no two
/// writes have one timestamp.
struct timestamp {
    std::int64_t time = 0;   ///< from 1; 0: none, which is earlier than any
    std::uint64_t life = 0;  ///< of the writer; see node::incarnation
    node_id writer;
    [[nodiscard]] bool none() const { return time == 0; }
    auto operator<=>(const timestamp&) const = default;
};
PARTITA_MESSAGE(timestamp, time, life, writer)

/// How many writes of each node one knows of (Parker et al. 1983). The counts need not be dense.
using version_vector = std::map<node_id, std::uint64_t>;
/// Whether everything in `older` is in `newer`; equal vectors include each other.
[[nodiscard]] bool includes(const version_vector& newer, const version_vector& older);
[[nodiscard]] version_vector joined(version_vector, const version_vector&);

/// One value, or that there is none any more (a tombstone).
struct version {
    std::string value;
    bool deleted = false;
    timestamp written;        ///< none: a fault made this
    version_vector past;      ///< what the writer knew of, this write included
    std::uint64_t check = 0;  ///< see seal(); 0: none
    bool operator==(const version&) const = default;
};
PARTITA_MESSAGE(version, value, deleted, written, past, check)

/// What a node holds for a key: nothing, one version, or several that do not know of each other
/// (siblings, in order; only with version vectors).
struct object {
    std::vector<version> siblings;
    [[nodiscard]] bool absent() const { return siblings.empty(); }
    bool operator==(const object&) const = default;
};
PARTITA_MESSAGE(object, siblings)

/// Which of two versions stays: the one written last (Dynamo's, and the original's), or both unless
/// one knew of the other.
enum class versioning : std::uint8_t { timestamps, vectors };

/// Both as one: commutative, associative, idempotent. What a fault made, without a timestamp, loses
/// against any write.
[[nodiscard]] object merged(versioning, const object&, const object&);
/// The same as a reader folds the answers of replicas, in the order of their arrival: a value
/// without a timestamp takes the place of all before it, and leaves its own to the next. This is
/// the original's rule, and how one flipped value at one replica can win.
[[nodiscard]] object folded(versioning, const object& before, const object& next);
/// Whether the object holds that version or later ones: merging it in would change nothing.
[[nodiscard]] bool covers(versioning, const object&, const version&);
[[nodiscard]] bool covers(versioning, const object&, const object&);

/// All that the siblings' writers knew of.
[[nodiscard]] version_vector past_of(const object&);
/// The latest timestamp; none if nothing is there.
[[nodiscard]] timestamp written_last(const object&);
/// Of its bytes: equal objects have equal digests.
[[nodiscard]] std::uint64_t digest(const object&);

/// Protects a version of that key against bits that flip later.
void seal(version&, std::string_view key);
/// The object without the versions that changed since they were sealed, or never were.
[[nodiscard]] object intact(const object&, std::string_view key);

}  // namespace partita::kv
