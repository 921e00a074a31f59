#pragma once

#include <partita/models/application.hpp>

/// Epidemic replication: Demers, Greene, Hauser, Irish, Larson, Shenker, Sturgis, Swinehart, Terry:
/// Epidemic algorithms for replicated database maintenance (PODC 1987).
namespace partita::gossip {

/// A database of keys on every node, and messages to all, as an application under test, `gossip`.
/// An update takes place at one node, which puts it on disk and acknowledges it; `protocol` says
/// how it gets to the others. The greater timestamp wins, the node where it was made breaks ties.
///
///     protocol            how (section of the paper)
///     direct-mail         one letter to each node (1.2)
///     direct-mail-acked   letters are sent again until acknowledged, also after a restart
///     anti-entropy        a node with news compares with the others, one a round in random order,
///                         and both take what they lack, until each has said that they are equal
///                         (1.3, push-pull)
///     rumor-mongering     a node with news tells one at random each round, until two in a row knew
///                         it already (1.4: feedback, counter), and anti-entropy backs it up (1.5)
///
/// Rounds end when there is nothing left to tell; while a node is down they come ever more rarely.
///
/// A delete leaves a death certificate. The mail protocols keep them for ever. The others forget
/// one after `certificates`, but for two nodes that keep it dormant, and awaken it when they meet
/// what it has deleted: it is then activated anew and keeps its ordinary timestamp (section 2).
/// Where the paper trusts that so long a time is enough to reach those two, a node here activates a
/// certificate anew until they said that they have it.
///
/// Commands: `NODE put KEY VALUE`, `NODE delete KEY`, `NODE read KEY`; `NODE broadcast VALUE`;
/// `NODE idle DURATION`, a client that does nothing for a while.
///
/// What is true of it once faults are gone, with messages lost, late, reordered and repeated,
/// partitions, pauses, crashes and restarts before:
///
///     property            direct-mail  acked  anti-entropy, rumor-mongering
///     no-creation         yes          yes    yes     what is held or delivered was written
///     no-duplication      yes          yes    yes     a message is delivered once at each node
///     reliable-broadcast  no           (1)    yes     all nodes that are up deliver what one of
///                                                     them delivered or broadcast
///     converges           no           (1)    (2)     all nodes that are up hold the same
///     last-update         no           (1)    (2)     and nothing that a node that is up has
///                                                     overwritten later
///
/// (1) of what was done at nodes that are up: nobody passes letters on. (2) unless both nodes that
/// keep a certificate dormant go down for good while an older copy is somewhere. What is not
/// promised is not checked: direct mail by itself is not reliable, and one lost letter shows it.
/// Later is what the clocks say, which a simulated world has in step and real machines only nearly.
[[nodiscard]] application demers();

}  // namespace partita::gossip
