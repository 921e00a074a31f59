#pragma once

#include <partita/models/application.hpp>

namespace partita::commit {

/// Two-phase commit as it should be, `atomic-commit` (Bernstein, Hadzilacos and Goodman,
/// Concurrency Control and Recovery in Database Systems, 1987, chapter 7): votes and decisions are
/// on disk before anybody hears of them, decisions are sent until they are acknowledged, and a
/// participant in doubt asks all others, again and again (cooperative termination, 7.4).
///
/// Command: `NODE commit VALUE [no=NODE ...]`: all nodes take part, those named vote no. It gives
/// ok (committed), fail (aborted), or TIMEOUT after 4 s.
///
/// What is true of it, with omission, delay, reordering, duplication, partitions, pauses, crashes
/// and restarts (AC1 to AC5 as in 7.3; the caller is one of those that decide):
///
///     AC1  all that decide decide the same
///     AC2  nobody reverses a decision
///     AC3  what is committed had everybody's yes
///     AC4  without failures, what had everybody's yes is committed. Checked as: a coordinator that
///          stays up waits 1 s for votes before it aborts what nobody voted against
///     AC5  once all nodes are up and connected, all that voted decide. And while some are down,
///          nobody that is up is in doubt as long as another that is up has decided, or has not
///          voted
///
/// `resend=off`: a decision is sent once, and whoever missed it has to ask. The same is true.
///
/// It blocks: when the coordinator stays down after all have voted yes, everybody else is in doubt
/// for as long (7.4, theorem 7.2). That breaks none of these. The property `nonblocking` says that
/// nobody up ends in doubt; it is checked with `require=nonblocking`, or by `check nonblocking`.
///
/// `bug=NAME` plants one of models/commit/bugs.cpp.
[[nodiscard]] application atomic_commit();

}  // namespace partita::commit
