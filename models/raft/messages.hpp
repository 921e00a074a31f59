#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <partita/runtime/message.hpp>

#include "log.hpp"

namespace partita::raft {

// Between servers (paper, figure 2). Each may be lost, late, out of order or repeated.
struct request_vote {
    term_number term = 0;
    log_end end;
};
PARTITA_MESSAGE(request_vote, term, end)
struct vote {
    term_number term = 0;
    bool granted = false;
};
PARTITA_MESSAGE(vote, term, granted)
/// At most one entry each, so that losing one is one fault.
struct append {
    term_number term = 0;
    log_end previous;
    std::vector<entry> entries;
    log_index commit = 0;
};
PARTITA_MESSAGE(append, term, previous, entries, commit)
struct appended {
    term_number term = 0;
    bool accepted = false;
    log_index match = 0;  ///< up to where the logs agree; refused: where to try next
    log_index commit = 0;
};
PARTITA_MESSAGE(appended, term, accepted, match, commit)
/// Whether the receiver still follows, for reads (thesis, 6.4).
struct confirm {
    term_number term = 0;
    std::uint64_t round = 0;
};
PARTITA_MESSAGE(confirm, term, round)
struct confirmed {
    term_number term = 0;
    std::uint64_t round = 0;
};
PARTITA_MESSAGE(confirmed, term, round)
/// To a candidate that was removed: stop.
struct not_a_member {};
PARTITA_MESSAGE(not_a_member)

// Between clients and servers.
struct client_request {
    raft::request request;
};
PARTITA_MESSAGE(client_request, request)
struct change_members {
    node_id server;
    bool joins = false;
};
PARTITA_MESSAGE(change_members, server, joins)
enum class answer_kind : std::uint8_t { done, refused, elsewhere };
struct client_answer {
    answer_kind kind = answer_kind::done;
    std::string text;  ///< the result, or why not
    node_id leader;    ///< elsewhere: who to ask; none: nobody knows
};
PARTITA_MESSAGE(client_answer, kind, text, leader)
/// From a client that got no answer, to the server on its own node.
struct leader_silent {
    node_id leader;
};
PARTITA_MESSAGE(leader_silent, leader)
struct campaign_now {};
PARTITA_MESSAGE(campaign_now)
struct ask_leader {};
PARTITA_MESSAGE(ask_leader)
struct leader_is {
    node_id leader;
};
PARTITA_MESSAGE(leader_is, leader)

/// The one timer of a server.
struct time_out {};
PARTITA_MESSAGE(time_out)

// Notes, for properties.
struct elected {
    term_number term = 0;
    std::vector<term_number> log;  ///< the terms of its entries
};
PARTITA_MESSAGE(elected, term, log)
struct applied {
    log_index index = 0;
    term_number during = 0;  ///< the server's term when it did
    entry what;
};
PARTITA_MESSAGE(applied, index, during, what)
struct log_cut {
    log_index from = 0;
};
PARTITA_MESSAGE(log_cut, from)
/// The members as this server takes them to be from now on.
struct configured {
    configuration members;
};
PARTITA_MESSAGE(configured, members)

}  // namespace partita::raft
