#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include <partita/runtime/context.hpp>

#include "atomic_messages.hpp"

namespace partita::commit::atomic {

/// A mistake made on purpose; see bugs.cpp for what each is.
enum class bug {
    none,
    late_vote,
    forgotten_abort,
    waits_for_unknown,
    one_question,
    reused_number,
    vote_in_memory,
    hasty_recovery,
    unforced_decision,
    impatient,
    majority_commits,
    counted_votes,
    shared_timer,
};

struct commit_options {
    bug planted = bug::none;
    bool resends = true;  ///< a decision until it is acknowledged, not once
};

inline constexpr std::string_view actor_name = "atomic-commit";
inline constexpr std::chrono::seconds votes_time{1};
inline constexpr std::chrono::seconds acks_time{1};
inline constexpr std::chrono::seconds doubt_time{2};

/// Coordinator of the transactions that begin on this node and participant of all, with one record
/// for both: a coordinator takes part as well, and votes first.
class committer {
   public:
    using accepts = messages<commit_all, vote_request, vote_cast, decision_order, decision_ack,
                             decision_question, decision_answer, votes_due, acks_due, in_doubt>;

    explicit committer(const commit_options& options) : options_(options) {}

    void on_start(context&);

    // Coordinator.
    void on_message(context&, const commit_all&);
    void on_message(context&, const vote_cast&);
    void on_message(context&, const votes_due&);
    void on_message(context&, const decision_ack&);
    void on_message(context&, const acks_due&);

    // Participant.
    void on_message(context&, const vote_request&);
    void on_message(context&, const decision_order&);
    void on_message(context&, const in_doubt&);
    void on_message(context&, const decision_question&);
    void on_message(context&, const decision_answer&);

   private:
    struct collection {
        caller client;
        std::vector<node_id> yes;
    };

    [[nodiscard]] bool has(bug which) const { return options_.planted == which; }
    [[nodiscard]] transaction_record* find(const transaction&);
    static std::set<node_id> others(const context&, const transaction_record&);
    void keep(context&, const transaction_record&, bool forced = true);
    void vote(context&, transaction_record, bool yes);
    void decide(context&, transaction_record&, bool commits);
    void conclude(context&, transaction_record&, bool commits);
    void announce(context&, const transaction_record&);
    void recover(context&, transaction_record&);

    commit_options options_;
    std::uint32_t last_number_ = 0;
    std::map<transaction, transaction_record> records_;

    // Of a coordinator.
    std::map<transaction, collection> collecting_;
    std::map<transaction, std::set<node_id>> unacknowledged_;
    bool resending_ = false;
};

}  // namespace partita::commit::atomic
