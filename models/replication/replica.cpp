#include "replica.hpp"

#include <algorithm>

namespace partita::replication {
namespace {

constexpr std::string_view state_key = "primary-backup/state";
constexpr int tries_most = 4;     // then the client has given up
constexpr int tries_patient = 2;  // then the primary is suspected

std::string to_bytes(const replica_state& value) {
    payload bytes;
    encode(bytes, value);
    const auto all = bytes.bytes();
    return {reinterpret_cast<const char*>(all.data()), all.size()};
}

}  // namespace

void replica::on_start(context& self) {
    state_.now = {0, nodes_.front(), {nodes_.begin(), nodes_.end()}};
    if (const auto kept = self.storage().value_of(state_key)) {
        (void)decode(std::as_bytes(std::span(kept->data(), kept->size())), state_);
    }
    self.note(replica_is{state_});
    if (restless()) arm_election(self);
    if (!leads(self)) return;
    open_log();
    if (options_.retries()) arm_retry(self);
}

std::set<node_id> replica::others(const context& self) const {
    std::set<node_id> all(nodes_.begin(), nodes_.end());
    all.erase(self.node());
    return all;
}

std::set<node_id> replica::backups(const context& self) const {
    std::set<node_id> all = state_.now.members;
    all.erase(self.node());
    return all;
}

/// As far as all members have it.
std::string replica::value_of(const std::string& key) const {
    for (auto each = state_.log.rbegin(); each != state_.log.rend(); ++each) {
        if (each->place <= state_.committed && each->key == key) return each->value;
    }
    return std::string(not_found);
}

void replica::save(context& self) {
    self.storage().put(state_key, to_bytes(state_));
    self.storage().sync();
    self.note(replica_is{state_});
}

// ---- for the clients of this node --------------------------------------------------------------

void replica::on_message(context& self, const client_write& asked) {
    begin(self, {{}, false, asked.key, asked.value});
}

void replica::on_message(context& self, const client_read& asked) {
    begin(self, {{}, true, asked.key, {}});
}

void replica::begin(context& self, forward what) {
    const std::uint64_t number = ++last_number_;
    what.by = {self.node(), life_, number};
    pending_[number] = {self.caller(), what};
    if (options_.retries()) self.send_after(retry_time, forward_again{number});
    pass_on(self, what);
}

void replica::pass_on(context& self, const forward& what) {
    if (leads(self)) {
        serve(self, what);
    } else if (!restless() && state_.now.primary != self.node()) {
        self.send(self.peer(state_.now.primary), what);
    }
}

void replica::pass_on_all(context& self) {
    std::vector<forward> all;  // serving one may answer it at once
    for (const auto& [number, each] : pending_) all.push_back(each.what);
    for (const forward& each : all) pass_on(self, each);
}

void replica::on_message(context& self, const answered& told) {
    if (told.by.life != life_) return;
    const auto found = pending_.find(told.by.number);
    if (found == pending_.end()) return;
    self.reply(found->second.client, told);
    pending_.erase(found);
}

void replica::on_message(context& self, const forward_again& due) {
    const auto found = pending_.find(due.number);
    if (found == pending_.end()) return;
    if (++found->second.tries >= tries_most) {
        pending_.erase(found);
        return;
    }
    self.send_after(retry_time, due);
    const bool suspects = found->second.tries >= tries_patient && options_.changes_views();
    if (suspects && !leads(self) && !restless()) return begin_election(self, state_.promised);
    pass_on(self, forward(found->second.what));
}

void replica::answer(context& self, const request_number& by, std::string value) {
    const answered told{by, std::move(value)};
    if (by.origin == self.node()) return on_message(self, told);
    self.send(self.peer(by.origin), told);
}

// ---- primary -----------------------------------------------------------------------------------

void replica::on_message(context& self, const forward& what) {
    if (leads(self)) serve(self, what);
}

void replica::serve(context& self, const forward& what) {
    if (what.reads) return serve_read(self, what);
    serve_write(self, what);
}

void replica::serve_write(context& self, const forward& what) {
    const auto same = [&](const entry& each) { return each.by == what.by; };
    const auto known = std::find_if(state_.log.begin(), state_.log.end(), same);
    if (known != state_.log.end() && !has(bug::double_apply)) {
        if (known->place <= state_.committed) answer(self, what.by, {});
        return;
    }
    const entry fresh{last_place() + 1, what.by, what.key, what.value};
    state_.log.push_back(fresh);
    writes_[fresh.place];
    save(self);
    self.send_peers(backups(self), replicate{state_.now.epoch, fresh});
    if (options_.retries()) arm_retry(self);
    complete(self);
}

/// Where nobody else can have become primary, nobody has to be asked.
void replica::serve_read(context& self, const forward& what) {
    if (!options_.changes_views() || has(bug::unconfirmed_read)) {
        return answer(self, what.by, value_of(what.key));
    }
    reads_.try_emplace(what.by, open_read{what.key, {}});
    self.send_peers(backups(self), confirm{state_.now.epoch, what.by});
    arm_retry(self);
    finish_reads(self);
}

void replica::on_message(context& self, const replicated& ack) {
    if (ack.epoch != state_.now.epoch || !leads(self)) return;
    count_reply(self.sender().node, ack.place);
    complete(self);
}

void replica::count_reply(node_id from, std::uint64_t place) {
    silent_[from] = 0;
    for (auto& [at, each] : writes_) {
        if (at > place) break;
        const bool is_new = std::count(each.replies.begin(), each.replies.end(), from) == 0;
        if (is_new || has(bug::duplicate_acks)) each.replies.push_back(from);
    }
}

/// In order: an entry is committed with all before it.
void replica::complete(context& self) {
    const std::size_t needed = has(bug::early_commit) ? 0 : state_.now.members.size() - 1;
    for (auto at = writes_.begin(); at != writes_.end() && at->second.replies.size() >= needed;) {
        const std::uint64_t place = at->first;
        state_.committed = std::max(state_.committed, place);
        save(self);
        const auto is_it = [&](const entry& each) { return each.place == place; };
        answer(self, std::find_if(state_.log.begin(), state_.log.end(), is_it)->by, {});
        const bool forgets = !at->second.retried || !has(bug::never_forgotten);
        at = forgets ? writes_.erase(at) : std::next(at);
    }
    finish_reads(self);
}

void replica::on_message(context& self, const confirmed& ack) {
    const auto found = reads_.find(ack.reader);
    if (ack.epoch != state_.now.epoch || !leads(self) || found == reads_.end()) return;
    silent_[self.sender().node] = 0;
    found->second.confirmers.insert(self.sender().node);
    finish_reads(self);
}

void replica::finish_reads(context& self) {
    if (state_.committed < served_from_) return;
    for (auto at = reads_.begin(); at != reads_.end();) {
        if (at->second.confirmers.size() + 1 < majority()) {
            ++at;
            continue;
        }
        answer(self, at->first, value_of(at->second.key));
        at = reads_.erase(at);
    }
}

void replica::on_message(context& self, const retry&) {
    retry_armed_ = false;
    if (!leads(self)) return;
    bool waits = !writes_.empty() || !reads_.empty();
    bool suspects = false;
    for (const node_id each : others(self)) {
        if (!state_.now.members.contains(each)) {
            waits = true;
            self.send(self.peer(each), probe{});
        } else if (send_again(self, each)) {
            waits = true;
            suspects = ++silent_[each] > tries_patient || suspects;
        }
    }
    if (suspects && options_.changes_views()) {
        if (!has(bug::acks_alone)) return begin_election(self, state_.promised);
        drop_silent(self);
    }
    if (waits && !has(bug::one_retry)) arm_retry(self);
}

/// Whatever that backup has not answered yet; false when it has answered all.
bool replica::send_again(context& self, node_id to) {
    if (!installed_.contains(to)) {
        self.send(self.peer(to), install{state_.now, state_.log, state_.committed});
        return true;
    }
    bool any = false;
    for (const entry& each : state_.log) {
        const auto at = writes_.find(each.place);
        if (at == writes_.end()) continue;
        const auto& replies = at->second.replies;
        if (std::count(replies.begin(), replies.end(), to) != 0 && !has(bug::never_forgotten)) {
            continue;
        }
        at->second.retried = any = true;
        self.send(self.peer(to), replicate{state_.now.epoch, each});
    }
    for (const auto& [reader, each] : reads_) {
        if (each.confirmers.contains(to)) continue;
        any = true;
        self.send(self.peer(to), confirm{state_.now.epoch, reader});
    }
    return any;
}

void replica::arm_retry(context& self) {
    if (retry_armed_) return;
    retry_armed_ = true;
    self.send_after(retry_time, retry{});
}

// ---- backup ------------------------------------------------------------------------------------

/// Whether a message of that epoch is to be obeyed; tells the sender of one that is over.
bool replica::obeys(context& self, std::uint64_t epoch) {
    if (epoch < state_.promised) self.send(self.sender(), alive{state_.promised});
    return epoch == state_.promised && epoch == state_.now.epoch;
}

void replica::on_message(context& self, const replicate& order) {
    if (!obeys(self, order.epoch)) return;
    const std::uint64_t next = last_place() + 1;
    if (order.what.place == next || (order.what.place > next && has(bug::arrival_order)) ||
        (order.what.place < next && has(bug::retry_overwrites))) {
        state_.log.push_back(order.what);
        save(self);
    }
    if (order.what.place > last_place()) return;  // the one before is missing
    self.send(self.sender(), replicated{order.epoch, last_place()});
}

void replica::on_message(context& self, const confirm& question) {
    if (obeys(self, question.epoch)) {
        self.send(self.sender(), confirmed{question.epoch, question.reader});
    }
}

}  // namespace partita::replication
