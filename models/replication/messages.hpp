#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/message.hpp>

namespace partita::replication {

/// Names a client's request for ever: the node it was made at, that node's life, a count.
struct request_number {
    node_id origin;
    std::uint64_t life = 0;
    std::uint64_t number = 0;
    auto operator<=>(const request_number&) const = default;
};
PARTITA_MESSAGE(request_number, origin, life, number)

/// One write in the order that the primary gave it.
struct entry {
    std::uint64_t place = 0;  ///< in that order, from 1
    request_number by;
    std::string key;
    std::string value;
    auto operator<=>(const entry&) const = default;
};
PARTITA_MESSAGE(entry, place, by, key, value)

/// Who replicates for whom during one epoch.
struct view {
    std::uint64_t epoch = 0;
    node_id primary;
    std::set<node_id> members;  ///< the primary among them
    bool operator==(const view&) const = default;
};
PARTITA_MESSAGE(view, epoch, primary, members)

/// All that a replica knows, and what its storage keeps.
struct replica_state {
    std::uint64_t promised = 0;  ///< no message of an earlier epoch is obeyed
    view now;                    ///< the view that `log` is of
    std::vector<entry> log;
    std::uint64_t committed = 0;  ///< all members had the entries up to here
    bool operator==(const replica_state&) const = default;
};
PARTITA_MESSAGE(replica_state, promised, now, log, committed)

// Between a client and the replica on its node.
struct client_write {
    std::string key;
    std::string value;
};
PARTITA_MESSAGE(client_write, key, value)
struct client_read {
    std::string key;
};
PARTITA_MESSAGE(client_read, key)

// Between that replica and the primary.
struct forward {
    request_number by;
    bool reads = false;
    std::string key;
    std::string value;
};
PARTITA_MESSAGE(forward, by, reads, key, value)
/// Comes to the client as well.
struct answered {
    request_number by;
    std::string value;
};
PARTITA_MESSAGE(answered, by, value)

// Between the primary and the backups.
struct replicate {
    std::uint64_t epoch = 0;
    entry what;
};
PARTITA_MESSAGE(replicate, epoch, what)
/// I have all entries up to that place.
struct replicated {
    std::uint64_t epoch = 0;
    std::uint64_t place = 0;
};
PARTITA_MESSAGE(replicated, epoch, place)
/// Is that still the epoch, now that somebody wants to read?
struct confirm {
    std::uint64_t epoch = 0;
    request_number reader;
};
PARTITA_MESSAGE(confirm, epoch, reader)
struct confirmed {
    std::uint64_t epoch = 0;
    request_number reader;
};
PARTITA_MESSAGE(confirmed, epoch, reader)
/// To a node outside the view.
struct probe {};
PARTITA_MESSAGE(probe)
/// Answers a probe, and whatever comes of an epoch that is over.
struct alive {
    std::uint64_t promised = 0;
};
PARTITA_MESSAGE(alive, promised)

// Of a change of view.
struct join_epoch {
    std::uint64_t epoch = 0;
};
PARTITA_MESSAGE(join_epoch, epoch)
struct epoch_joined {
    std::uint64_t epoch = 0;
    replica_state known;
};
PARTITA_MESSAGE(epoch_joined, epoch, known)
struct install {
    view next;
    std::vector<entry> log;
    std::uint64_t committed = 0;
};
PARTITA_MESSAGE(install, next, log, committed)
struct installed {
    std::uint64_t epoch = 0;
    std::uint64_t place = 0;
};
PARTITA_MESSAGE(installed, epoch, place)

// Timers.
struct forward_again {
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(forward_again, number)
struct retry {};
PARTITA_MESSAGE(retry)
struct elect {};
PARTITA_MESSAGE(elect)
struct enough_joined {
    std::uint64_t epoch = 0;
};
PARTITA_MESSAGE(enough_joined, epoch)

/// Noted at each change, for properties.
struct replica_is {
    replica_state known;
};
PARTITA_MESSAGE(replica_is, known)

}  // namespace partita::replication
