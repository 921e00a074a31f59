#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <partita/runtime/message.hpp>

#include "messages.hpp"

/// The messages and notes of atomic-commit.
namespace partita::commit::atomic {

enum class standing : std::uint8_t { prepared, aborted, committed };

/// What a node has on disk of a transaction: it exists from the node's vote on.
struct transaction_record {
    transaction id;
    std::string value;
    std::set<node_id> participants;
    standing now = standing::prepared;
};
PARTITA_MESSAGE(transaction_record, id, value, participants, now)

// Between the caller and the coordinator, on one node.
struct commit_all {
    std::string value;
    std::set<node_id> against;
};
PARTITA_MESSAGE(commit_all, value, against)
struct outcome_told {
    bool committed = false;
};
PARTITA_MESSAGE(outcome_told, committed)

// Between coordinator and participants.
struct vote_request {
    transaction id;
    std::string value;
    std::set<node_id> participants;
    std::set<node_id> against;  ///< who is to vote no
};
PARTITA_MESSAGE(vote_request, id, value, participants, against)
struct vote_cast {
    transaction id;
    bool yes = false;
};
PARTITA_MESSAGE(vote_cast, id, yes)
struct decision_order {
    transaction id;
    std::string value;
    bool commits = false;
};
PARTITA_MESSAGE(decision_order, id, value, commits)
struct decision_ack {
    transaction id;
};
PARTITA_MESSAGE(decision_ack, id)

// Between participants.
struct decision_question {
    transaction id;
    std::string value;
};
PARTITA_MESSAGE(decision_question, id, value)
struct decision_answer {
    transaction id;
    bool commits = false;
};
PARTITA_MESSAGE(decision_answer, id, commits)

// Timers.
struct votes_due {
    transaction id;
};
PARTITA_MESSAGE(votes_due, id)
struct acks_due {};
PARTITA_MESSAGE(acks_due)
struct in_doubt {
    transaction id;
};
PARTITA_MESSAGE(in_doubt, id)

// Notes.
struct voted {
    transaction id;
    std::string value;
    bool yes = false;
};
PARTITA_MESSAGE(voted, id, value, yes)
struct decided {
    transaction id;
    std::string value;
    bool committed = false;
};
PARTITA_MESSAGE(decided, id, value, committed)

}  // namespace partita::commit::atomic
