#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/message.hpp>

#include "roster.hpp"
#include "versions.hpp"

namespace partita::kv {

/// One read or write of a coordinator. The life keeps late answers to an earlier life apart.
struct operation_number {
    std::uint64_t life = 0;
    std::uint64_t number = 0;
    auto operator<=>(const operation_number&) const = default;
};
PARTITA_MESSAGE(operation_number, life, number)

// Between a client and the coordinator, on one node.
struct client_read {
    std::string key;
};
PARTITA_MESSAGE(client_read, key)
struct client_write {
    std::string key;
    std::string value;
    bool deletes = false;
};
PARTITA_MESSAGE(client_write, key, value, deletes)
struct client_value {
    object found;
};
PARTITA_MESSAGE(client_value, found)
struct client_done {};
PARTITA_MESSAGE(client_done)
/// Too few replicas answered in time; a write may have happened, or yet happen.
struct client_timeout {};
PARTITA_MESSAGE(client_timeout)

// From the coordinator to the replicas, and back.
struct get_object {
    operation_number of;
    std::string key;
};
PARTITA_MESSAGE(get_object, of, key)
struct object_found {
    operation_number of;
    object found;
};
PARTITA_MESSAGE(object_found, of, found)
struct put_object {
    operation_number of;
    std::string key;
    object content;
    node_id hinted;  ///< the absent owner; none: the receiver is one
};
PARTITA_MESSAGE(put_object, of, key, content, hinted)
struct object_stored {
    operation_number of;
    node_id hinted;
};
PARTITA_MESSAGE(object_stored, of, hinted)
struct repair_object {
    std::string key;
    object content;
};
PARTITA_MESSAGE(repair_object, key, content)

// Between replicas.
/// Yours; sent again until it is acknowledged. With the ring by which it is yours: nodes that
/// disagree on that would hand a key to and fro, and in the end both forget it.
struct hand_over {
    std::string key;
    object content;
    roster members;
};
PARTITA_MESSAGE(hand_over, key, content, members)
struct handed_over {
    std::string key;
    std::uint64_t digest = 0;  ///< of what came
};
PARTITA_MESSAGE(handed_over, key, digest)
/// What I hold of the keys that you hold too.
struct compare_holdings {
    std::map<std::string, std::uint64_t> digests;
    roster members;
};
PARTITA_MESSAGE(compare_holdings, digests, members)
/// What I hold that you do not, and what I want of yours.
struct holdings_compared {
    std::map<std::string, object> mine;
    std::vector<std::string> wanted;
    roster members;
};
PARTITA_MESSAGE(holdings_compared, mine, wanted, members)

// Of the ring.
struct admit_node {
    node_id who;
};
PARTITA_MESSAGE(admit_node, who)
struct retire_node {
    node_id who;
};
PARTITA_MESSAGE(retire_node, who)
/// Answered once all that has to move because of it has moved.
struct ring_changed {
    roster members;
};
PARTITA_MESSAGE(ring_changed, members)
struct ring_members {
    roster members;
};
PARTITA_MESSAGE(ring_members, members)

// Timers.
struct late_replicas {
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(late_replicas, number)
struct operation_over {
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(operation_over, number)
struct pay_debts {};
PARTITA_MESSAGE(pay_debts)
struct compare_again {};
PARTITA_MESSAGE(compare_again)

/// The fault `byzantine NODE bitflip|diskloss` strikes.
struct damage {
    bool erases = false;
};
PARTITA_MESSAGE(damage, erases)

// Notes, for properties.
/// A coordinator is about to store that.
struct version_made {
    std::string key;
    version what;
};
PARTITA_MESSAGE(version_made, key, what)
/// This node holds that for the key from now on.
struct replica_holds {
    std::string key;
    object content;
};
PARTITA_MESSAGE(replica_holds, key, content)
/// This node begins a life, with nothing yet.
struct replica_started {
    std::uint64_t life = 0;
};
PARTITA_MESSAGE(replica_started, life)
/// Who this node believes is in the ring from now on.
struct ring_is {
    roster members;
};
PARTITA_MESSAGE(ring_is, members)

}  // namespace partita::kv
