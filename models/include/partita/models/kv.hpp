#pragma once

#include <partita/models/application.hpp>

/// A replicated key-value store after Dynamo and Riak Core, the system that the original's deck
/// tests: consistent hashing with virtual nodes, N replicas of each key, quorums, read repair,
/// hinted hand-off, and a ring that nodes join and leave.
namespace partita::kv {

/// The store as an application under test, `kv`.
///
/// Commands: `NODE read KEY [EXPECTED]`, `NODE write KEY VALUE`, `NODE delete KEY`,
/// `NODE echo TEXT`; `join A B` (B joins the ring of A), `leave A`. A read or write that does not
/// reach its quorum in time has outcome unknown (TIMEOUT): it may have happened, or yet happen.
/// Fault of its own: `fault byzantine NODE [bitflip|diskloss]`: every value at that node becomes -1
/// and loses its timestamp, or is gone.
///
/// What is true of it, with any faults of messages, partitions, pauses, crashes and restarts:
///
///     replicas r w atomic storage    holds
///     N        any  off   durable    eventual: replicas converge, no acknowledged write is lost
///     N  r+w > N    on    durable    linearizable as well (versions=timestamps)
///     N        any  any   memory     replicas converge; a crash may lose what was acknowledged
///
/// `consistency=promised` checks what this table says, any other value something of its own. With
/// atomic=off the store is not linearizable, nor causal, nor keeps sessions, whatever its quorums:
/// what a write that timed out left behind is seen by one read and not by the next. handoff=on
/// makes quorums sloppy where there are more nodes than replicas (unless atomic=on), exchange=off
/// gives convergence up when a coordinator crashes, checksum=off believes what a fault flipped, and
/// r + w <= N reads stale values with no fault at all. The last writer is so by the clocks of the
/// coordinators, which a simulated world has in step and real machines only nearly.
///
/// `consistency=deck` is the model of the deck: a read gives what was acknowledged last, and is
/// answered in spite of partitions. Each of the deck's three counterexamples breaks that.
///
/// `bug=NAME` plants a mistake of a line or two; tests/scenarios/kv/bug-NAME.scenario is the least
/// that shows it:
///
///     duplicate-acks     a quorum counts answers, not who gave them
///     shrinking-quorum   a write is content with who answers in half the timeout
///     no-write-back      an atomic read does not store what it found before it answers
///     no-query           an atomic write asks nobody for the last timestamp
///     blind-repair       a read repair overwrites whatever is there
///     forgetful-hint     what is kept for an absent replica is sent once
///     hasty-hand-over    who is no owner any more forgets a key before the owner has it
///     no-tombstone       a delete only erases
///     no-sync            a write is acknowledged before it is on disk
///
/// Joins and leaves are written by hand only, and nothing but convergence is promised while the
/// ring changes, once nodes that crashed are back: one that stays away may be the only one that
/// knows of both halves of a ring. Tombstones are kept for ever.
[[nodiscard]] application store();

}  // namespace partita::kv
