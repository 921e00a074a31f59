#pragma once

#include <partita/models/application.hpp>

/// The atomic commitment protocols of Partisan (protocols/*.erl), as applications under test: node
/// 1 (or whichever is asked) coordinates and takes part, messages to itself never touch the
/// network. Command: `NODE broadcast VALUE`. Property: reliable_broadcast.
namespace partita::commit {

/// Two-phase commit (Lampson and Sturgis, 1976). Participants have no timer: one that misses the
/// decision waits for ever. Defects kept from Partisan: the caller is told ok before the commits
/// are out, and a vote that comes after the decision to abort still counts.
[[nodiscard]] application lampson_2pc();

/// Two-phase commit with cooperative termination (Bernstein, Hadzilacos and Goodman, 1987, 7.4): a
/// participant in doubt after 2,000 ms asks all others, once.
[[nodiscard]] application bernstein_ctp();

/// Three-phase commit (Skeen, SIGMOD 1981) with timeouts in place of an election. Option
/// `variant=master` (aborts on any timeout before the commit) or `variant=february-2019` (a
/// coordinator that waits for precommit_ack blocks).
[[nodiscard]] application skeen_3pc();

}  // namespace partita::commit
