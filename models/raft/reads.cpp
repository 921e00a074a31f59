#include <algorithm>

#include "server.hpp"

/// Linearizable reads without an entry in the log (thesis, 6.4): a leader that has committed an
/// entry of its own term makes sure that a majority still follows it, and then answers with what is
/// committed.
namespace partita::raft {

void server::read(std::uint64_t token) {
    reads_.push_back({token, 0});
    if (!has(bug::early_read)) ensure_entry_of_term();
    place_reads();
}

/// The reads that waited for the first commit of the term. What is committed now is applied before
/// they are answered, so there is no index to keep.
void server::place_reads() {
    if (!committed_in_term() && !has(bug::early_read)) return;
    const std::uint64_t before = round_;
    for (waiting_read& each : reads_) {
        if (each.round == 0) each.round = ++round_;
    }
    if (round_ != before) ask_followers();
    answer_reads();
}

void server::ask_followers() {
    const bool waits = std::any_of(reads_.begin(), reads_.end(),
                                   [](const waiting_read& each) { return each.round != 0; });
    if (!waits) return;
    for (const auto& [id, each] : followers_) {
        if (each.round < round_) send(id, confirm{ballot_.term, round_});
    }
}

void server::receive(node_id from, const confirm& asked) {
    see(asked.term);
    if (asked.term == ballot_.term) send(from, confirmed{ballot_.term, asked.round});
}

void server::receive(node_id from, const confirmed& answer) {
    see(answer.term);
    const auto found = followers_.find(from);
    if (answer.term != ballot_.term || found == followers_.end()) return;
    found->second.round = std::max(found->second.round, answer.round);
    answer_reads();
}

void server::answer_reads() {
    std::erase_if(reads_, [this](const waiting_read& it) {
        configuration heard{options_.self};
        for (const auto& [id, each] : followers_) {
            if (each.round >= it.round) heard.insert(id);
        }
        const bool leads = is_majority(heard, members_) || has(bug::unconfirmed_read);
        if (it.round == 0 || !leads) return false;
        output_.reads.push_back(it.token);
        return true;
    });
}

}  // namespace partita::raft
