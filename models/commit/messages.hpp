#pragma once

#include <cstdint>
#include <string>

#include <partita/runtime/message.hpp>

/// The messages that the three protocols have in common.
namespace partita::commit {

struct transaction {
    node_id coordinator;
    std::uint32_t number = 0;
    auto operator<=>(const transaction&) const = default;
};
PARTITA_MESSAGE(transaction, coordinator, number)

// Between the caller and the coordinator, on one node.
struct broadcast {
    std::string value;
};
PARTITA_MESSAGE(broadcast, value)
struct ok {};
PARTITA_MESSAGE(ok)
struct error {};
PARTITA_MESSAGE(error)

// From the coordinator to the participants.
struct prepare {
    transaction id;
    std::string value;
};
PARTITA_MESSAGE(prepare, id, value)
struct precommit {
    transaction id;
};
PARTITA_MESSAGE(precommit, id)
struct commit {
    transaction id;
};
PARTITA_MESSAGE(commit, id)
struct abort {
    transaction id;
};
PARTITA_MESSAGE(abort, id)

// And back.
struct prepared {
    transaction id;
};
PARTITA_MESSAGE(prepared, id)
struct precommit_ack {
    transaction id;
};
PARTITA_MESSAGE(precommit_ack, id)
struct commit_ack {
    transaction id;
};
PARTITA_MESSAGE(commit_ack, id)
struct abort_ack {
    transaction id;
};
PARTITA_MESSAGE(abort_ack, id)

// Between participants in doubt.
struct decision_request {
    transaction id;
};
PARTITA_MESSAGE(decision_request, id)
enum class answer : std::uint8_t { abort, commit, uncertain };
struct decision {
    transaction id;
    answer what = answer::uncertain;
};
PARTITA_MESSAGE(decision, id, what)

// Timers.
struct coordinator_timeout {
    transaction id;
};
PARTITA_MESSAGE(coordinator_timeout, id)
struct participant_timeout {
    transaction id;
};
PARTITA_MESSAGE(participant_timeout, id)

}  // namespace partita::commit
