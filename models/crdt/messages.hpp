#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <partita/runtime/context.hpp>
#include <partita/runtime/message.hpp>

#include "object.hpp"

namespace partita::crdt {

inline constexpr std::string_view replica_name = "crdt";

/// Names an update for the properties alone: no replica decides by it, so that no mistake with dots
/// reaches it.
struct update_id {
    node_id node;
    std::uint64_t life = 0;
    std::uint64_t number = 0;  ///< in that life
    auto operator<=>(const update_id&) const = default;
};
PARTITA_MESSAGE(update_id, node, life, number)
using update_ids = std::set<update_id>;

// Between a client and the replica of its node.
struct client_update {
    request asked;
};
PARTITA_MESSAGE(client_update, asked)
struct client_read {};
PARTITA_MESSAGE(client_read)
struct client_done {};
PARTITA_MESSAGE(client_done)
struct client_refused {
    std::string why;
};
PARTITA_MESSAGE(client_refused, why)
struct client_value {
    std::string value;
};
PARTITA_MESSAGE(client_value, value)

// transport=state.
struct state_is {
    contents held;
    update_ids updates;  ///< those that are in it
};
PARTITA_MESSAGE(state_is, held, updates)
/// What I hold, now that I have merged yours.
struct state_taken {
    std::uint64_t digest = 0;
};
PARTITA_MESSAGE(state_taken, digest)

// transport=op.
struct operation_is {
    effect what;
    vector_clock after;  ///< all that its origin had applied
    update_id id;
};
PARTITA_MESSAGE(operation_is, what, after, id)
/// What I have applied, of each node.
struct operations_taken {
    vector_clock applied;
};
PARTITA_MESSAGE(operations_taken, applied)

// A timer: tell those again who do not have what I have.
struct tell_again {};
PARTITA_MESSAGE(tell_again)

// Notes.
struct update_made {
    update_id id;
    request asked;
    update_ids saw;  ///< those that its origin knew of
};
PARTITA_MESSAGE(update_made, id, asked, saw)
struct replica_holds {
    std::string value;
    update_ids updates;
};
PARTITA_MESSAGE(replica_holds, value, updates)

// ---- on disk -----------------------------------------------------------------------------------

template <described T>
[[nodiscard]] std::string to_bytes(const T& value) {
    payload bytes;
    encode(bytes, value);
    return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()};
}
template <described T>
[[nodiscard]] std::optional<T> from_bytes(std::string_view text) {
    T value{};
    if (!decode(std::as_bytes(std::span(text)), value)) return std::nullopt;
    return value;
}

}  // namespace partita::crdt
