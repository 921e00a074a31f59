#pragma once

#include <cstdint>

namespace partita::raft {

/// A mistake on purpose, one or two lines in the code that has it; see bugs().
enum class bug : std::uint8_t {
    none,
    commit_by_counting,
    ballot_in_memory,
    vote_reset,
    own_vote_twice,
    any_log_wins,
    early_change,
    two_changes,
    committed_members_only,
    early_read,
    unconfirmed_read,
    blind_cut,
    commit_past_match,
    log_in_memory,
    no_sessions,
};

}  // namespace partita::raft
