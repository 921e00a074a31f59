#pragma once

#include <partita/models/application.hpp>

/// Conflict-free replicated data types: Shapiro, Preguiça, Baquero, Zawirski: A comprehensive study
/// of convergent and commutative replicated data types (INRIA RR-7506, 2011).
namespace partita::crdt {

/// One replicated object as an application under test, `crdt`. Every node holds a replica, takes
/// updates without asking anybody, and tells the others later.
///
///     type          updates                          value
///     g-counter     increment N                      the sum (specification 6)
///     pn-counter    increment N, decrement N         the sum (specification 7)
///     g-set         add V                            all that was added (specification 11)
///     or-set        add V, remove V                  what has an add that no remove saw: an add at
///                                                    the same time as a remove wins (spec. 15)
///     lww-register  write V                          what was written last, by Lamport clocks
///                                                    (spec. 8)
///
/// `transport=state`: replicas send their whole state and merge; the OR-set without tombstones
/// (Bieniusa et al.: An optimized conflict-free replicated set, 2012). `transport=op`: they send
/// each update once it is on disk, in causal order, every replica passes on what another lacks, and
/// the OR-set needs no more than its tags. Both go on until each node heard that every other one
/// has what it has, and then are silent; while a node is down they try again every 8 s. An update
/// is acknowledged once it is on the disk of its node, which is all that a restart needs.
///
/// Commands: `NODE increment N`, `decrement N`, `add V`, `remove V`, `write V`; `NODE read`; `NODE
/// idle DURATION`, a client that does nothing for a while, so that news can spread. An update that
/// the type does not have, or the remove of what is not there, is a FAIL.
///
/// What is true of it, with messages lost, late, reordered and repeated, partitions, pauses,
/// crashes and restarts:
/// - `value`: at any time a replica's value is what the updates that it knows of say, by the
///   specification of the type from which update saw which (Burckhardt, Gotsman, Yang, Zawirski:
///   Replicated data types, POPL 2014); replicas that know of the same updates are equal (strong
///   eventual consistency);
/// - `converges`: once faults are gone, every node that is up has the value that all updates of
///   such nodes come to;
/// - `counts`: counters and the g-set pass check_counter and check_set, with what each node holds
///   in the end as a last read. An update of a node that stays down may be seen or not.
///
/// Nothing is promised of when an update is seen elsewhere, and nothing about damaged messages.
[[nodiscard]] application replicated();

}  // namespace partita::crdt
