#pragma once

#include <partita/models/application.hpp>

/// Registers replicated by Raft (Ongaro and Ousterhout, USENIX ATC 2014; Ongaro's thesis, Stanford
/// 2014): leader election, log replication, members that change one at a time, reads by read index,
/// clients with sessions.
namespace partita::raft {

/// The registers as an application under test, `raft`.
///
/// Commands: `NODE write KEY VALUE`, `NODE append KEY VALUE`, `NODE read KEY`; `NODE remove SERVER`
/// and `NODE add SERVER` change the members; with `NODE campaign` that node's server stands for
/// election, and says within 5 ms whether it leads. Any node may be asked: a client tries the
/// server on its own node, then whoever that says leads, and asks again, as the same session, until
/// 2 s have passed; then the outcome is unknown (TIMEOUT). A request may be in the log more than
/// once and is done once. The leader itself cannot be removed ("it leads"); another has to campaign
/// first.
///
/// `members=N`: the first N nodes are members at first, the others wait to be added.
///
/// Kept on the node's storage, and synced before anything is answered: term, vote, log. What is
/// true of it with any number of lost, late, reordered and repeated messages, partitions, pauses,
/// crashes and restarts:
///
///     election-safety        at most one leader is elected in a term, and once
///     leader-completeness    a leader has all that was committed in earlier terms
///     state-machine-safety   no two servers apply different entries at one index
///     keeps-committed        no server cuts off what it has applied
///     linearizable           writes, appends and reads of each register
///     converges              once the faults are over, all members that are up apply the same;
///                            promised only while a majority of the members is up, by the log of
///                            every server, since a change of members may be half done
///
/// A corrupted message may break any of it: nothing is checksummed.
///
/// Work is finite. Servers whose logs agree and are all committed sleep, without heartbeats and
/// election timeouts, like CockroachDB's quiescent ranges. A client that finds no leader, one that
/// gets no answer, and news that the leader's node is down wake its server. What is in vain is
/// tried again after growing pauses: a trial with a member that never comes back ends by its bound
/// of 15 s. A leader whose log is all committed appends its first entry of the term when somebody
/// needs one, not at once. An append bears one entry, so that each loss is a fault of its own.
///
/// Left out: compaction of the log and of sessions, pre-vote, leadership transfer, and rounds in
/// which a new member catches up before it counts: trials are short.
///
/// `bug=NAME` plants a mistake of a line or two, with the least schedules that show them in
/// models/raft/bugs.cpp:
///
///     ballot-in-memory        neither the term nor the vote is on the disk
///     vote-reset              who learns of a leader forgets its vote
///     own-vote-twice          a candidate counts its own vote twice
///     any-log-wins            a vote goes to a candidate whose log lacks something
///     commit-by-counting      an entry of an earlier term is committed by counting (figure 8)
///     blind-cut               an append cuts the log off even where it agrees
///     commit-past-match       a follower commits beyond where the logs are known to agree
///     log-in-memory           an entry is acknowledged before it is on the disk
///     early-change            members change before the first commit of the term
///     two-changes             members change while the change before is not committed
///     committed-members-only  a candidate goes by the committed members, not its log's
///     early-read              a leader reads before the first commit of its term
///     unconfirmed-read        a leader reads without making sure that it still leads
///     no-sessions             a request that comes again is done again
///
/// All but commit-by-counting and early-change are found by a few thousand random trials; those two
/// take one particular order of half a dozen events.
[[nodiscard]] application service();

}  // namespace partita::raft
