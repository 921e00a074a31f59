#include <algorithm>

#include "server.hpp"

namespace partita::raft {

/// With a past, it does not know what it missed.
server::server(options with, raft::ballot kept, raft::log entries)
    : options_(std::move(with)), ballot_(kept), log_(std::move(entries)) {
    log_is_now();
    awake_ = ballot_.term != 0 || log_.last() != 0;
}

pace server::next() const {
    if (role_ != role::leader) return awake_ ? pace::election : pace::asleep;
    const bool lags = std::any_of(followers_.begin(), followers_.end(), [this](const auto& each) {
        return lacks_entries(each.second) || each.second.commit < commit_;
    });
    return lags || !reads_.empty() ? pace::heartbeat : pace::asleep;
}

/// Of any message: a later term makes a follower of everybody (paper, 5.1).
void server::see(term_number term) {
    if (term <= ballot_.term) return;
    enter(term, node_id{});
    role_ = role::follower;
    leader_ = node_id{};
    wake();
}

void server::enter(term_number term, node_id voted_for) {
    ballot_ = {term, voted_for};
    output_.ballot_changed = true;
    followers_.clear();
    reads_.clear();
}

void server::wake() {
    if (role_ != role::leader && !awake_) output_.restart_timer = awake_ = true;
}

void server::suspect(node_id who) {
    if (role_ == role::leader || leader_ != who) return;
    leader_ = node_id{};
    wake();
}

void server::follow(node_id leader) {
    if (has(bug::vote_reset)) ballot_.voted_for = node_id{};
    role_ = role::follower;
    leader_ = leader;
    failures_ = 0;
    output_.restart_timer = awake_ = true;
}

/// A server that is no member by its own log waits to be told.
void server::campaign() {
    if (role_ == role::leader) return;
    awake_ = members_.contains(options_.self);
    if (!awake_) return;
    enter(ballot_.term + 1, options_.self);
    role_ = role::candidate;
    leader_ = node_id{};
    ++failures_;
    output_.restart_timer = true;
    votes_ = {options_.self};
    for (const node_id each : voters()) {
        if (each != options_.self) send(each, request_vote{ballot_.term, end_of(log_)});
    }
    count_votes();
}

void server::receive(node_id from, const request_vote& asked) {
    if (was_removed(from, asked)) return send(from, not_a_member{});
    see(asked.term);
    const bool is_free = ballot_.voted_for == node_id{} || ballot_.voted_for == from;
    const bool up_to_date = has(bug::any_log_wins) || asked.end >= end_of(log_);
    const bool granted = asked.term == ballot_.term && is_free && up_to_date;
    if (granted) {
        ballot_.voted_for = from;
        output_.ballot_changed = output_.restart_timer = true;
    }
    send(from, vote{ballot_.term, granted});
}

void server::receive(node_id from, const vote& given) {
    see(given.term);
    if (role_ != role::candidate || given.term != ballot_.term || !given.granted) return;
    votes_.insert(from);
    count_votes();
}

/// Clients that ask here had better ask there.
void server::receive(node_id from, const not_a_member&) {
    if (role_ == role::leader) return;
    leader_ = from;
    awake_ = false;
}

void server::count_votes() {
    const bool enough = has(bug::own_vote_twice) ? 2 * (votes_.size() + 1) > voters().size()
                                                 : is_majority(votes_, voters());
    if (enough) lead();
}

/// By the log, whether or not that is committed (thesis, 4.1).
const configuration& server::voters() const {
    return has(bug::committed_members_only) ? members_at(commit_) : members_;
}

/// A log that is all committed needs no entry of the new term before somebody wants something
/// (paper, 8, appends one always).
void server::lead() {
    role_ = role::leader;
    leader_ = options_.self;
    failures_ = 0;
    output_.elected = true;
    log_is_now();
    spread();
    if (commit_ < log_.last()) ensure_entry_of_term();
}

}  // namespace partita::raft
