#pragma once

#include <partita/models/application.hpp>

/// Causal broadcast: Birman, Schiper, Stephenson: Lightweight causal and atomic group multicast
/// (ACM TOCS 9(3), 1991), section 5.1.
namespace partita::causal_broadcast {

/// The protocol as an application under test, `causal-broadcast`. A message bears the vector clock
/// of its sender; a receiver delivers it when it is the next of that sender, and everything its
/// sender had delivered before is delivered here too; until then it waits. The paper has it over
/// channels that lose nothing: here each node keeps what it delivered on disk, and passes it on
/// until every other one has said that it has it. A node that comes back goes on with its clock,
/// and gets from the others what it lost or missed.
///
/// Commands: `NODE broadcast VALUE`; `NODE reply VALUE`, broadcast once the node has delivered a
/// message of another that it has not answered yet (TIMEOUT after 3 s: it may still happen);
/// `NODE read`, the values delivered here, in order. A broadcast is acknowledged once it is on disk
/// at its sender. Each value is broadcast once.
///
/// What is true of it, with messages lost, late, reordered and repeated, partitions, pauses,
/// crashes and restarts:
/// - `causal-order`: nobody delivers a message before everything that its sender had broadcast or
///   delivered before it. What comes before what is taken from the order in which the nodes did
///   things, and not from the clocks under test;
/// - `no-duplication`, `no-creation`: a node delivers a message once in all its lives, and only
///   what was broadcast;
/// - `agreement`: once faults are gone, all nodes that are up have delivered the same;
/// - `validity`: among that is everything that such a node was asked to broadcast and acknowledged.
///
/// Messages that do not know of each other are delivered in any order, and what a node that stays
/// down had told nobody is lost.
[[nodiscard]] application bss();

}  // namespace partita::causal_broadcast
