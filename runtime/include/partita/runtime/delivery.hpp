#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <partita/runtime/describe.hpp>
#include <partita/runtime/ids.hpp>
#include <partita/runtime/wire.hpp>

/// Reliable and causal delivery: between the node that sends and the node that receives, whatever
/// nodes relay between them. Ask for it per message (send_options) or per channel
/// (channel_options).
///
/// Reliable: kept and sent again until acknowledged, so it reaches its actor at least once while
/// its sender lives, also over restarts of the receiver; with `deduplicate` exactly once per life
/// of the receiver (a new life does not get again what an earlier one acknowledged). Messages of
/// one sender (or partition key) on one channel reach the node in the order they were sent. An
/// acknowledgement says that the actor was handed the message, or that there is no such actor; not
/// that it did something with it. Lost when the sender's node stops, and when it gives up. No order
/// holds between reliable messages and others.
///
/// Causal (Raynal, Schiper, Toueg, IPL 39, 1991, with the matrix kept sparse): reliable, and not
/// given to an actor before any causal message to that node that causally precedes it, over any
/// number of nodes and over all causal channels. All actors of a node count as one process: what
/// one of them received precedes all that any of them sends later. A causal message is for one
/// life of its destination. Chains through messages that are not causal are not seen.
namespace partita {

/// How a node keeps, sends again and holds back. Nodes that talk with each other should have the
/// same.
struct delivery_options {
    duration retransmit_interval = std::chrono::seconds(1);       ///< before the second try; > 0
    duration retransmit_interval_max = std::chrono::seconds(30);  ///< doubling ends here
    std::uint32_t tries_max = 10;  ///< unanswered in a row, then a message is given up; from 1
    std::size_t outstanding_max = 10'000;  ///< unacknowledged messages to one node
    /// False: a repetition may reach the actor, as in Partisan. Causal messages never repeat.
    bool deduplicate = true;
    std::size_t held_max = 10'000;  ///< received messages that wait for others
    /// No message waits longer for others; they are refused if they come after all. Longer than
    /// it takes to give up (181 s with these defaults), so that their sender has given up by then.
    duration hold_max = std::chrono::seconds(240);
    /// The life of every node not heard of: 1 where lives are counted from 1 and each later one is
    /// told by node::peer_up, as in simulation. 0: unknown, as it is to sockets for nodes behind
    /// relays; the first message to such a node then takes two tries.
    std::uint64_t incarnation_assumed = 1;
    /// Whether an actor is sent `undelivered` for each of its messages that is given up. A handler
    /// that does not accept it is left alone; a fiber should receive it, or its mailbox fills.
    bool report_undelivered = false;
};

/// Local message to an actor, one of whose messages was given up. It may have arrived all the same.
struct undelivered {
    actor_id destination;
    std::string type;  ///< of the message
    std::uint32_t tries = 0;
    std::string reason;
};
PARTITA_MESSAGE(undelivered, destination, type, tries, reason)

/// The last causal message from a row's node to `destination` that is not known to have arrived.
struct causal_entry {
    node_id destination;
    std::uint64_t incarnation = 0;  ///< of the destination; 0 = not known yet
    std::uint64_t sequence = 0;
    bool operator==(const causal_entry&) const = default;
};
PARTITA_MESSAGE(causal_entry, destination, incarnation, sequence)

/// What one node had sent and not known to have arrived. Of two rows of one life the greater
/// version knows more.
struct causal_row {
    node_id source;
    std::uint64_t incarnation = 0;
    std::uint64_t version = 0;
    /// Says that earlier lives of the node ended, which somebody may still wait for.
    bool announced = false;
    std::vector<causal_entry> entries;
    bool operator==(const causal_row&) const = default;
};
PARTITA_MESSAGE(causal_row, source, incarnation, version, announced, entries)

/// What a causal message must not overtake: all that precedes it and may still be under way. The
/// row of its sender is always there.
struct causal_past {
    std::vector<causal_row> rows;
    bool operator==(const causal_past&) const = default;
};
PARTITA_MESSAGE(causal_past, rows)

/// What reliable and causal delivery add to a message. Sequences count the messages from one life
/// of the sender (one thread of it) to one node, from 1.
struct delivery_stamp {
    std::uint64_t incarnation = 0;  ///< of the sender
    std::uint32_t thread = 0;       ///< of the sender's node
    /// The life it is for, which alone accepts it; 0 = not known yet. So no copy that was for an
    /// earlier life comes late, behind its successors.
    std::uint64_t destination_incarnation = 0;
    std::uint64_t sequence = 0;
    std::uint64_t after = 0;  ///< the unacknowledged one before it in its lane; 0 = none
    std::uint64_t floor = 0;  ///< all below it are acknowledged or given up
    std::optional<causal_past> causal;
    bool operator==(const delivery_stamp&) const = default;
};
PARTITA_MESSAGE(delivery_stamp, incarnation, thread, destination_incarnation, sequence, after,
                floor, causal)

/// Answers stamped messages, from node to node on their channel, so that the channel's faults apply
/// to it too. Lost or repeated, it does no harm. With no sequence it only tells the incarnation.
struct acknowledgement {
    std::uint64_t incarnation = 0;         ///< of who answers
    std::uint64_t sender_incarnation = 0;  ///< whose sequences these are
    std::vector<std::uint64_t> reached;    ///< handed over, or there is no such actor
    std::vector<std::uint64_t> held;       ///< arrived, and wait for others
    std::vector<std::uint64_t> refused;    ///< came too late: what depends on it was handed over
    bool operator==(const acknowledgement&) const = default;
};
PARTITA_MESSAGE(acknowledgement, incarnation, sender_incarnation, reached, held, refused)

}  // namespace partita
