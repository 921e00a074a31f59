#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include <partita/runtime/channel_options.hpp>
#include <partita/runtime/describe.hpp>
#include <partita/runtime/ids.hpp>
#include <partita/runtime/ports.hpp>

namespace partita {

/// The name of the actor that runs a dynamic overlay's protocol, one on each node. What it says to
/// its namesakes goes over membership_channel and passes the hooks like all messages between nodes.
inline constexpr std::string_view membership_name = "partita.membership";

/// Why sync_join failed. `refused`: one of the two does not connect to nodes of the other's role,
/// or the contact has left.
enum class join_error : std::uint8_t { timeout, refused };

// ---- what the gossiped overlays say ------------------------------------------------------------

/// What is known of one node: the greater of two records by (incarnation, joining, left, version)
/// counts, so records may arrive in any order and any number of times. Who left stays so until it
/// joins again itself, with a greater `joining`, or in a later life.
struct membership_record {
    peer_spec node;
    std::uint64_t incarnation = 0;  ///< the life of the node
    std::uint64_t joining = 0;      ///< how often it came back in that life
    bool left = false;
    std::uint64_t version = 0;     ///< of `clients`, which only the node itself writes
    std::vector<node_id> clients;  ///< of a server: the clients connected to it, in order
    bool operator==(const membership_record&) const = default;
};
PARTITA_MESSAGE(membership_record, node, incarnation, joining, left, version, clients)

/// All that the sender knows, in order of node_id.
struct membership_state {
    std::vector<membership_record> records;
};
PARTITA_MESSAGE(membership_state, records)

/// The answer to a state that told the receiver nothing new and lacks nothing.
struct membership_equal {
    std::uint64_t digest = 0;
};
PARTITA_MESSAGE(membership_equal, digest)

// ---- what the static overlay says --------------------------------------------------------------

/// "Be linked with me": the how-manieth join of the sender in this life.
struct link_request {
    std::uint64_t incarnation = 0;
    std::uint64_t joining = 0;
};
PARTITA_MESSAGE(link_request, incarnation, joining)

/// "We part": undoes the receiver's requests up to that one.
struct link_end {
    std::uint64_t incarnation = 0;
    std::uint64_t joining = 0;
};
PARTITA_MESSAGE(link_end, incarnation, joining)

// ---- what its own node says to the membership actor --------------------------------------------

/// Answered with `membership_joined` when it is a call.
struct membership_join {
    peer_spec contact;
    duration timeout{0};
};
PARTITA_MESSAGE(membership_join, contact, timeout)

struct membership_joined {
    bool refused = false;
};
PARTITA_MESSAGE(membership_joined, refused)

struct membership_leave {
    node_id who;
};
PARTITA_MESSAGE(membership_leave, who)

struct membership_peer_up {
    peer_spec peer;
    std::uint64_t incarnation = 0;
};
PARTITA_MESSAGE(membership_peer_up, peer, incarnation)

struct membership_peer_down {
    node_id peer;
};
PARTITA_MESSAGE(membership_peer_down, peer)

struct membership_tick {};
PARTITA_MESSAGE(membership_tick)

}  // namespace partita
