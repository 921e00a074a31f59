#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "bug.hpp"
#include "log.hpp"
#include "messages.hpp"

namespace partita::raft {

/// What a server knows of another one that it leads.
struct follower_state {
    log_index match = 0;      ///< the logs are known to agree up to there
    log_index next = 1;       ///< the entry to send
    log_index commit = 0;     ///< as it said last
    std::uint64_t round = 0;  ///< of reads, that it confirmed
    bool probing = true;      ///< not known yet where the logs agree: no entries (LogCabin)
    bool in_flight = false;   ///< something was sent and not answered since
    bool answered = false;    ///< since the last beat
};

using server_message =
    std::variant<request_vote, vote, append, appended, confirm, confirmed, not_a_member>;

/// What has to be done outside after an input, in this order: what changed must be durable before
/// any message leaves.
struct server_output {
    bool ballot_changed = false;
    bool log_changed = false;
    bool members_changed = false;
    bool elected = false;
    bool restart_timer = false;
    std::optional<log_index> cut;
    std::vector<std::pair<node_id, server_message>> messages;
    std::vector<std::uint64_t>
        reads;  ///< that may be answered once all that is committed is applied
};

/// How to go on without further input.
enum class pace : std::uint8_t { asleep, election, heartbeat };

/// What became of an order to change the members.
enum class change_outcome : std::uint8_t { as_it_was, begun, not_now, refused };

/// The consensus module of one Raft server (Ongaro and Ousterhout, 2014), a pure state machine:
/// inputs change it, and what is to be done outside is taken with take_output(). It knows no clock
/// and no disk. One file an idea: election.cpp, replication.cpp, reads.cpp, membership.cpp.
///
/// Invariants: the term never falls; one vote a term; an entry at or below the commit index never
/// changes.
class server {
   public:
    struct options {
        node_id self;
        configuration first;  ///< the members as long as the log names none
        bug planted = bug::none;
    };
    /// As it comes back from its disk; new with the defaults.
    server(options, ballot, log);

    void receive(node_id from, const request_vote&);
    void receive(node_id from, const vote&);
    void receive(node_id from, const append&);
    void receive(node_id from, const appended&);
    void receive(node_id from, const confirm&);
    void receive(node_id from, const confirmed&);
    void receive(node_id from, const not_a_member&);

    /// The election timeout passed, or somebody wants it so.
    void campaign();
    /// The heartbeat interval passed.
    void beat();
    /// That server does not answer, or is down. If it leads, there will have to be an election.
    void suspect(node_id);
    /// A client waits for a leader.
    void wake();

    /// Requires: leads().
    void propose(const request&);
    void read(std::uint64_t token);
    [[nodiscard]] change_outcome change(node_id, bool joins);

    [[nodiscard]] server_output take_output() { return std::exchange(output_, {}); }
    [[nodiscard]] bool leads() const { return role_ == role::leader; }
    [[nodiscard]] node_id leader() const { return leader_; }
    /// The leader; where nobody is known and this is no member, a member.
    [[nodiscard]] node_id whom_to_ask() const;
    [[nodiscard]] const raft::ballot& ballot() const { return ballot_; }
    [[nodiscard]] const raft::log& log() const { return log_; }
    [[nodiscard]] log_index commit() const { return commit_; }
    [[nodiscard]] const configuration& members() const { return members_; }
    /// A server with nothing outstanding sleeps, like CockroachDB's quiescent ranges.
    [[nodiscard]] pace next() const;
    /// How often in a row the last pace was in vain; the next pause is to be longer.
    [[nodiscard]] std::uint32_t failures() const { return failures_; }

   private:
    enum class role : std::uint8_t { follower, candidate, leader };
    struct waiting_read {
        std::uint64_t token = 0;
        std::uint64_t round = 0;  ///< 0: there is no commit in this term yet
    };

    // election.cpp
    void see(term_number);
    void enter(term_number, node_id voted_for);
    void follow(node_id);
    void count_votes();
    [[nodiscard]] const configuration& voters() const;
    void lead();
    // replication.cpp
    void add(entry);
    void send_append(node_id, follower_state&);
    [[nodiscard]] bool lacks_entries(const follower_state&) const;
    void spread();
    [[nodiscard]] bool merge(const append&);
    void refuse(node_id, const append&);
    void accepted_by(follower_state&, const appended&);
    void refused_by(follower_state&, const appended&);
    void advance_commit();
    [[nodiscard]] log_index agreed() const;
    [[nodiscard]] bool committed_in_term() const { return log_.term_at(commit_) == ballot_.term; }
    void ensure_entry_of_term();
    // reads.cpp
    void place_reads();
    void ask_followers();
    void answer_reads();
    // membership.cpp
    void log_is_now();
    [[nodiscard]] const configuration& members_at(log_index) const;
    [[nodiscard]] bool was_removed(node_id, const request_vote&) const;
    [[nodiscard]] static bool is_majority(const configuration& some, const configuration& of);

    [[nodiscard]] bool has(bug which) const { return options_.planted == which; }
    template <typename Message>
    void send(node_id to, Message&& what) {
        output_.messages.emplace_back(to, std::forward<Message>(what));
    }

    options options_;
    raft::ballot ballot_;
    raft::log log_;
    configuration members_;
    log_index members_at_ = 0;  ///< where in the log they are from
    log_index commit_ = 0;
    role role_ = role::follower;
    node_id leader_;
    bool awake_ = false;  ///< as a follower: there is, or may be, something outstanding
    std::uint32_t failures_ = 0;
    configuration votes_;
    std::map<node_id, follower_state> followers_;
    std::vector<waiting_read> reads_;
    std::uint64_t round_ = 0;
    server_output output_;
};

}  // namespace partita::raft
