#include <algorithm>

#include "server.hpp"

/// Members change one at a time (thesis, 4): any majority of the old has a server of any majority
/// of the new, and a change is in effect where it is in the log.
namespace partita::raft {

bool server::is_majority(const configuration& some, const configuration& of) {
    const auto counted =
        std::count_if(of.begin(), of.end(), [&](node_id each) { return some.contains(each); });
    return 2 * static_cast<std::size_t>(counted) > of.size();
}

const configuration& server::members_at(log_index limit) const {
    const log_index from = log_.members_before(limit);
    return from == 0 ? options_.first : log_.at(from).members;
}

/// A leader cannot be removed: another has to lead first. A second change, or one before the leader
/// knows what is committed, could make two majorities that do not meet (Ongaro, raft-dev, 2015).
change_outcome server::change(node_id who, bool joins) {
    if (!committed_in_term() && !has(bug::early_change)) {
        ensure_entry_of_term();
        return change_outcome::not_now;
    }
    if (members_at_ > commit_ && !has(bug::two_changes)) return change_outcome::not_now;
    if (members_.contains(who) == joins) return change_outcome::as_it_was;
    if (who == options_.self) return change_outcome::refused;
    configuration changed = members_;
    if (joins) changed.insert(who);
    if (!joins) changed.erase(who);
    add({ballot_.term, entry_kind::members, {}, std::move(changed)});
    return change_outcome::begun;
}

node_id server::whom_to_ask() const {
    const bool knows = leader_ != node_id{} || members_.contains(options_.self);
    return knows || members_.empty() ? leader_ : *members_.begin();
}

/// After each change of the log, and of who leads.
void server::log_is_now() {
    members_at_ = log_.members_before(log_.last());
    const configuration& now = members_at(log_.last());
    output_.members_changed = output_.members_changed || now != members_;
    members_ = now;
    if (role_ != role::leader) return;
    std::erase_if(followers_, [this](const auto& each) { return !members_.contains(each.first); });
    for (const node_id each : members_) {
        if (each != options_.self)
            followers_.try_emplace(each, follower_state{.next = log_.last() + 1});
    }
}

/// It campaigns because it does not know, and would go on for ever. One that lacks a committed
/// entry cannot win, so nothing is lost by not listening.
bool server::was_removed(node_id who, const request_vote& asked) const {
    const log_index at = log_.members_before(commit_);
    return at != 0 && !log_.at(at).members.contains(who) &&
           asked.end < log_end{log_.term_at(at), at};
}

}  // namespace partita::raft
