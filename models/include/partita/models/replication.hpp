#pragma once

#include <partita/models/application.hpp>

/// Primary-backup replication (Alsberg and Day, A Principle for Resilient Sharing of Distributed
/// Resources, 1976).
namespace partita::replication {

/// A replicated register per key as an application under test, `primary-backup`.
///
/// Commands: `NODE write KEY VALUE` and `NODE read KEY`, on any node, which asks the primary. After
/// 4 s the client goes (TIMEOUT): the write may have happened, or yet happen.
///
/// The primary gives each write a place in one order, a backup takes it only after the one before,
/// and it is seen by readers and acknowledged once all members have it on disk. What differs is
/// what happens when messages or nodes are missing. All of it holds under omission, delay,
/// reordering, duplication, partitions, pauses, crashes, and restarts, at any time:
///
///     variant     promises
///     plain       linearizable; each node has every acknowledged write
///     acked       the same; and once all nodes are up, all have the same writes, all committed
///     membership  linearizable; no acknowledged write is lost; and while a majority is up and
///                 connected, clients are served again after a few seconds
///
/// plain sends everything once: after one lost message no write is ever acknowledged again. It and
/// acked have n1 for primary, and wait for a backup that is gone. membership changes the view (who
/// is primary, who are members) when somebody is silent for about 2 s, and so goes on without. A
/// silent node may be alive behind a partition, so that both sides would do so; Alsberg and Day
/// left that open and Partisan's heartbeats do split there. Here a view has a majority of all
/// nodes, which promise (on disk) to obey no earlier one; its primary begins with the most recent
/// log among theirs (as in Viewstamped Replication, Oki and Liskov 1988), and asks a majority
/// before each read whether it still is primary. A node that comes back is taken in by a new view.
///
/// Properties: linearizable; kept (with membership: by the log that a change of view would choose,
/// when a majority is up in the end); converged (no write stays open, and logs are equal when all
/// are up); quiet (when all are up, no timer goes on for ever). How soon clients are served again
/// is not checked. Logs are never cut; names and number of the nodes are fixed. Retries go on while
/// a node is missing.
///
/// `bug=NAME` plants one of bugs.hpp; tests/scenarios/replication has stories of some.
[[nodiscard]] application primary_backup();

}  // namespace partita::replication
