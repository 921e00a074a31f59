#include <algorithm>

#include "server.hpp"

namespace partita::raft {

// ---- the leader --------------------------------------------------------------------------------

void server::propose(const request& wanted) {
    add({ballot_.term, entry_kind::request, wanted, {}});
}

void server::ensure_entry_of_term() {
    if (log_.last_term() != ballot_.term) add({ballot_.term, entry_kind::nothing, {}, {}});
}

void server::add(entry fresh) {
    log_.append(std::move(fresh));
    output_.log_changed = output_.restart_timer = true;
    failures_ = 0;
    log_is_now();
    advance_commit();
    spread();
}

/// A new leader knows nothing of its followers: they all get a first, empty append.
bool server::lacks_entries(const follower_state& of) const {
    return of.probing || of.match < log_.last();
}

/// To those that have answered what they were sent before. That something is committed is told with
/// the next entry, or heartbeat.
void server::spread() {
    for (auto& [id, each] : followers_) {
        if (!each.in_flight && lacks_entries(each)) send_append(id, each);
    }
}

void server::send_append(node_id id, follower_state& to) {
    const log_end previous{log_.term_at(to.next - 1), to.next - 1};
    append sent{ballot_.term, previous, {}, commit_};
    if (!to.probing && to.next <= log_.last()) sent.entries.push_back(log_.at(to.next));
    to.in_flight = true;
    send(id, std::move(sent));
}

/// To those that lack something, whether or not what they were sent is still under way.
void server::beat() {
    bool in_vain = true;
    for (auto& [id, each] : followers_) {
        if (!lacks_entries(each) && each.commit >= commit_) continue;
        in_vain = in_vain && !each.answered;
        each.answered = false;
        send_append(id, each);
    }
    failures_ = in_vain ? failures_ + 1 : 0;
    ask_followers();
    output_.restart_timer = true;
}

void server::receive(node_id from, const appended& answer) {
    see(answer.term);
    const auto found = followers_.find(from);
    const bool is_leader = role_ == role::leader && answer.term == ballot_.term;
    if (!is_leader || found == followers_.end()) return;
    found->second.answered = true;
    if (answer.accepted) accepted_by(found->second, answer);
    if (!answer.accepted) refused_by(found->second, answer);
    advance_commit();
    spread();
}

/// What brings no news is a copy: it calls for nothing, or copies would breed copies.
void server::accepted_by(follower_state& it, const appended& answer) {
    const bool is_news = it.probing || answer.match > it.match || answer.commit > it.commit;
    it.match = it.probing ? answer.match : std::max(it.match, answer.match);
    it.next = it.match + 1;
    it.commit = answer.commit;
    it.probing = false;
    if (is_news) it.in_flight = false;
}

void server::refused_by(follower_state& it, const appended& answer) {
    if (answer.match + 1 >= it.next) return;
    it.next = answer.match + 1;
    it.probing = true;
    it.in_flight = false;
}

/// The last index that a majority has.
log_index server::agreed() const {
    std::vector<log_index> all;
    for (const node_id each : members_) {
        all.push_back(each == options_.self ? log_.last() : followers_.at(each).match);
    }
    std::sort(all.begin(), all.end(), std::greater<>());
    return all[all.size() / 2];
}

/// Only an entry of this term is committed by counting; those before it are with it (paper, 5.4.2).
void server::advance_commit() {
    const log_index now = agreed();
    const bool of_term = log_.term_at(now) == ballot_.term || has(bug::commit_by_counting);
    if (now <= commit_ || !of_term) return;
    commit_ = now;
    place_reads();
}

// ---- followers ---------------------------------------------------------------------------------

void server::receive(node_id from, const append& sent) {
    see(sent.term);
    if (sent.term < ballot_.term) return refuse(from, sent);
    follow(from);
    if (!merge(sent)) return refuse(from, sent);
    const log_index match = sent.previous.index + sent.entries.size();
    const log_index known = has(bug::commit_past_match) ? log_.last() : match;
    commit_ = std::max(commit_, std::min(sent.commit, known));
    awake_ = commit_ < log_.last();
    send(from, appended{ballot_.term, true, match, commit_});
}

void server::refuse(node_id from, const append& sent) {
    const log_index before = sent.previous.index == 0 ? 0 : sent.previous.index - 1;
    send(from, appended{ballot_.term, false, std::min(before, log_.last()), commit_});
}

/// An entry is cut off only by another one in its place: the message may be old.
bool server::merge(const append& sent) {
    if (!log_.matches(sent.previous.index, sent.previous.term)) return false;
    log_index at = sent.previous.index;
    for (const entry& each : sent.entries) {
        if (log_.matches(++at, each.term) && !has(bug::blind_cut)) continue;
        if (at <= log_.last()) output_.cut = at;
        if (at <= log_.last()) log_.cut(at);
        log_.append(each);
        output_.log_changed = true;
        log_is_now();
    }
    return true;
}

}  // namespace partita::raft
