#include "atomic_node.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace partita::commit::atomic {
namespace {

constexpr std::string_view number_key = "atomic-commit/number";
constexpr std::string_view record_prefix = "atomic-commit/record/";

std::string record_key(const transaction& of) {
    return std::string(record_prefix) + of.coordinator.name() + "/" + std::to_string(of.number);
}

std::string to_bytes(const transaction_record& value) {
    payload bytes;
    encode(bytes, value);
    const auto all = bytes.bytes();
    return {reinterpret_cast<const char*>(all.data()), all.size()};
}

}  // namespace

// ---- disk --------------------------------------------------------------------------------------

void committer::on_start(context& self) {
    if (const auto text = self.storage().value_of(number_key)) {
        (void)std::from_chars(text->data(), text->data() + text->size(), last_number_);
    }
    for (const std::string& key : self.storage().keys()) {
        if (!key.starts_with(record_prefix)) continue;
        const std::string bytes = *self.storage().value_of(key);
        transaction_record known;
        if (decode(std::as_bytes(std::span(bytes.data(), bytes.size())), known)) {
            records_[known.id] = known;
        }
    }
    for (auto& [id, known] : records_) recover(self, known);
}

/// A coordinator that had not decided may abort; one that had must see to it that all hear of it.
void committer::recover(context& self, transaction_record& known) {
    if (known.id.coordinator == self.node()) {
        if (known.now == standing::prepared || has(bug::hasty_recovery)) {
            conclude(self, known, false);
        } else {
            announce(self, known);
        }
    } else if (known.now == standing::prepared) {
        self.send_after(duration{0}, in_doubt{known.id});
    }
}

void committer::keep(context& self, const transaction_record& known, bool forced) {
    self.storage().put(record_key(known.id), to_bytes(known));
    if (forced) self.storage().sync();
}

transaction_record* committer::find(const transaction& id) {
    const auto found = records_.find(id);
    return found == records_.end() ? nullptr : &found->second;
}

std::set<node_id> committer::others(const context& self, const transaction_record& of) {
    std::set<node_id> all = of.participants;
    all.erase(self.node());
    return all;
}

// ---- coordinator -------------------------------------------------------------------------------

void committer::on_message(context& self, const commit_all& asked) {
    const transaction id{self.node(), ++last_number_};
    if (!has(bug::reused_number)) {
        self.storage().put(number_key, std::to_string(last_number_));
    }
    const std::set<node_id> all(self.members().begin(), self.members().end());
    collecting_[id] = {self.caller(), {}};
    vote(self, {id, asked.value, all, standing::prepared}, !asked.against.contains(self.node()));
    transaction_record& mine = records_.at(id);
    if (mine.now == standing::aborted) {
        self.reply(self.caller(), outcome_told{false});
        return;
    }
    self.send_peers(others(self, mine), vote_request{id, asked.value, all, asked.against});
    self.send_after(votes_time, votes_due{id});
}

void committer::on_message(context& self, const vote_cast& cast) {
    transaction_record* const mine = find(cast.id);
    const auto open = collecting_.find(cast.id);
    if (mine == nullptr || open == collecting_.end()) return;
    if (mine->now != standing::prepared && !has(bug::late_vote)) return;
    if (!cast.yes) return conclude(self, *mine, false);
    auto& yes = open->second.yes;
    const node_id from = self.sender().node;
    if (std::count(yes.begin(), yes.end(), from) == 0 || has(bug::counted_votes)) {
        yes.push_back(from);
    }
    if (yes.size() + 1 >= mine->participants.size()) conclude(self, *mine, true);
}

void committer::on_message(context& self, const votes_due& due) {
    for (auto& [id, open] : collecting_) {
        if (id != due.id && !has(bug::shared_timer)) continue;
        transaction_record& mine = records_.at(id);
        if (mine.now != standing::prepared) continue;
        const bool most = 2 * (open.yes.size() + 1) > mine.participants.size();
        conclude(self, mine, most && has(bug::majority_commits));
    }
}

/// Decided by the coordinator, who tells the caller and, until they acknowledge it, everybody.
void committer::conclude(context& self, transaction_record& mine, bool commits) {
    decide(self, mine, commits);
    if (const auto open = collecting_.find(mine.id); open != collecting_.end()) {
        self.reply(open->second.client, outcome_told{commits});
    }
    announce(self, mine);
}

void committer::announce(context& self, const transaction_record& mine) {
    const std::set<node_id> all = others(self, mine);
    self.send_peers(all, decision_order{mine.id, mine.value, mine.now == standing::committed});
    unacknowledged_[mine.id] = all;
    if (!options_.resends || std::exchange(resending_, true)) return;
    self.send_after(acks_time, acks_due{});
}

void committer::on_message(context& self, const decision_ack& ack) {
    const auto found = unacknowledged_.find(ack.id);
    if (found == unacknowledged_.end()) return;
    found->second.erase(self.sender().node);
    if (!found->second.empty()) return;
    unacknowledged_.erase(found);
    collecting_.erase(ack.id);
}

void committer::on_message(context& self, const acks_due&) {
    for (const auto& [id, missing] : unacknowledged_) {
        const transaction_record& mine = records_.at(id);
        self.send_peers(missing, decision_order{id, mine.value, mine.now == standing::committed});
    }
    resending_ = !unacknowledged_.empty();
    if (resending_) self.send_after(acks_time, acks_due{});
}

// ---- participant -------------------------------------------------------------------------------

void committer::vote(context& self, transaction_record mine, bool yes) {
    self.note(voted{mine.id, mine.value, yes});
    transaction_record& kept = records_[mine.id] = std::move(mine);
    if (!yes) return decide(self, kept, false);
    const bool forgets = has(bug::vote_in_memory) && kept.id.coordinator != self.node();
    if (!forgets) keep(self, kept);
}

/// Requires: a commit has everybody's yes, and an abort is not of what may be committed elsewhere.
void committer::decide(context& self, transaction_record& mine, bool commits) {
    mine.now = commits ? standing::committed : standing::aborted;
    keep(self, mine, !has(bug::unforced_decision));
    self.note(decided{mine.id, mine.value, commits});
}

void committer::on_message(context& self, const vote_request& asked) {
    if (const transaction_record* const known = find(asked.id)) {
        if (known->now != standing::committed) {
            self.send(self.sender(), vote_cast{asked.id, known->now == standing::prepared});
        }
        return;
    }
    const bool yes = !asked.against.contains(self.node());
    vote(self, {asked.id, asked.value, asked.participants, standing::prepared}, yes);
    self.send(self.sender(), vote_cast{asked.id, yes});
    if (yes) self.send_after(doubt_time, in_doubt{asked.id});
}

/// Of a transaction that is not known here there can only be an abort: nothing was voted on.
void committer::on_message(context& self, const decision_order& order) {
    transaction_record* known = find(order.id);
    if (known == nullptr && !order.commits) {
        known = &(records_[order.id] = {order.id, order.value, {}, standing::prepared});
    }
    if (known != nullptr && known->now == standing::prepared) decide(self, *known, order.commits);
    self.send(self.sender(), decision_ack{order.id});
}

void committer::on_message(context& self, const in_doubt& due) {
    transaction_record* const mine = find(due.id);
    if (mine == nullptr || mine->now != standing::prepared) return;
    if (has(bug::impatient)) return decide(self, *mine, false);
    self.send_peers(others(self, *mine), decision_question{due.id, mine->value});
    if (!has(bug::one_question)) self.send_after(doubt_time, due);
}

/// Who has not voted may decide alone, and who is in doubt cannot help.
void committer::on_message(context& self, const decision_question& question) {
    transaction_record* known = find(question.id);
    if (known == nullptr) {
        if (has(bug::waits_for_unknown)) return;
        known = &(records_[question.id] = {question.id, question.value, {}, standing::prepared});
        decide(self, *known, false);
    }
    if (known->now == standing::prepared) return;
    const bool commits = known->now == standing::committed;
    if (commits || !has(bug::forgotten_abort)) {
        self.send(self.sender(), decision_answer{question.id, commits});
    }
}

void committer::on_message(context& self, const decision_answer& told) {
    transaction_record* const mine = find(told.id);
    if (mine != nullptr && mine->now == standing::prepared) decide(self, *mine, told.commits);
}

}  // namespace partita::commit::atomic
