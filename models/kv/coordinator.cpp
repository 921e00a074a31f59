#include "coordinator.hpp"

#include <algorithm>

namespace partita::kv {
namespace {

actor_id replica_on(node_id id) { return actor_id::named(id, replica_name); }

}  // namespace

coordinator::operations::iterator coordinator::find(const operation_number& of) {
    return of.life == view_->life ? open_.find(of.number) : open_.end();
}

coordinator::open_operation& coordinator::begin(context& self, const std::string& key) {
    const std::uint64_t number = ++last_number_;
    open_operation& made = open_[number];
    made.id = {view_->life, number};
    made.client = self.caller();
    made.key = key;
    made.owners = view_->owners(key);
    made.over = self.send_after(view_->options.timeout, operation_over{number});
    return made;
}

// ---- what replicas hold ------------------------------------------------------------------------

void coordinator::on_message(context& self, const client_read& asked) {
    ask(self, begin(self, asked.key));
}

void coordinator::ask(context& self, open_operation& it) {
    for (const node_id owner : it.owners) {
        self.send(replica_on(owner), get_object{it.id, it.key});
    }
}

void coordinator::on_message(context& self, const object_found& found) {
    const auto at = find(found.of);
    if (at == open_.end()) return;
    open_operation& it = at->second;
    const node_id from = self.sender().node;
    if (!it.heard.insert(from).second && !has(bug::duplicate_acks)) return;
    it.answers.emplace_back(from, found.found);
    const std::size_t needed = std::min(view_->options.read_quorum, it.owners.size());
    if (it.answers.size() <= needed)
        it.found = folded(view_->options.versions, it.found, found.found);
    if (it.answers.size() == needed) decide(self, it);
    finish_if_complete(self, at);
}

/// A quorum of reads has answered.
void coordinator::decide(context& self, open_operation& it) {
    const version_vector past = past_of(it.found);
    if (it.write) {
        known_[it.key] = joined(known_[it.key], past);
        return write(self, it, written_last(it.found).time);
    }
    if (view_->options.atomic && !has(bug::no_write_back)) return write_back(self, it);
    answer(self, it);
}

/// What a read found has to be at a quorum of writes before anyone is told, or the next read may
/// miss it.
void coordinator::write_back(context& self, open_operation& it) {
    it.content = it.found;
    for (const auto& [node, held] : it.answers) {
        if (covers(view_->options.versions, held, it.content)) it.stored.insert(node);
    }
    it.acknowledged = it.stored.size();
    put(self, it);
}

// ---- writes ------------------------------------------------------------------------------------

void coordinator::on_message(context& self, const client_write& asked) {
    open_operation& it = begin(self, asked.key);
    it.write = asked;
    it.late = self.send_after(view_->options.timeout / 2, late_replicas{it.id.number});
    if (view_->options.atomic && !has(bug::no_query)) return ask(self, it);
    write(self, it, 0);
}

/// By the clock; of an atomic store one more than any that it can have been told of.
timestamp coordinator::stamp(context& self, std::int64_t seen) {
    const std::int64_t clock = self.now().time_since_epoch().count();
    last_time_ =
        view_->options.atomic ? std::max(last_time_, seen) + 1 : std::max(last_time_ + 1, clock);
    return {last_time_, view_->life, self.node()};
}

void coordinator::write(context& self, open_operation& it, std::int64_t seen) {
    const timestamp written = stamp(self, seen);
    version_vector& past = known_[it.key];
    // By the clock, so that a later life, which has forgotten the count, goes on above it.
    std::uint64_t& mine = past[self.node()];
    mine = std::max(mine + 1, static_cast<std::uint64_t>(self.now().time_since_epoch().count()));
    version made{it.write->deletes ? "" : it.write->value, it.write->deletes, written, past, 0};
    if (view_->options.versions == versioning::timestamps) made.past.clear();
    if (view_->options.checksum) seal(made, it.key);
    self.note(version_made{it.key, made});
    it.content = object{{std::move(made)}};
    put(self, it);
}

void coordinator::put(context& self, open_operation& it) {
    it.storing = true;
    // In a ring that all have left there is no owner, and nobody to acknowledge anything.
    it.needed = std::clamp<std::size_t>(view_->options.write_quorum, 1,
                                        std::max<std::size_t>(it.owners.size(), 1));
    if (it.acknowledged >= it.needed) return answer(self, it);
    for (const node_id owner : it.owners) {
        if (it.stored.contains(owner)) continue;
        self.send(replica_on(owner), put_object{it.id, it.key, it.content, node_id{}});
    }
}

void coordinator::on_message(context& self, const object_stored& done) {
    const auto at = find(done.of);
    if (at == open_.end()) return;
    open_operation& it = at->second;
    const bool stands_in = done.hinted != node_id{};
    if (stands_in) {
        // What a node owes does not make a quorum for one that promises atomic reads, nor does what
        // the coordinator keeps because nobody else could.
        const auto who = it.stand_ins.find(done.hinted);
        if (who == it.stand_ins.end() || view_->options.atomic) return;
    }
    const bool fresh = it.stored.insert(stands_in ? done.hinted : self.sender().node).second;
    if (fresh || has(bug::duplicate_acks)) ++it.acknowledged;
    if (!it.answered && it.acknowledged >= it.needed) answer(self, it);
    finish_if_complete(self, at);
}

/// Half the time is over: others stand in for the owners that have not answered (Dynamo, 4.6).
void coordinator::on_message(context& self, const late_replicas& timer) {
    const auto at = open_.find(timer.number);
    if (at == open_.end() || !at->second.storing) return;
    open_operation& it = at->second;
    if (has(bug::shrinking_quorum)) {
        it.needed = it.acknowledged;
        if (!it.answered && it.needed != 0) answer(self, it);
    }
    if (!view_->options.handoff) return;
    const auto others = view_->ring.fallbacks(it.key, view_->options.replicas);
    auto next = others.begin();
    for (const node_id owner : it.owners) {
        if (it.stored.contains(owner) || next == others.end()) continue;
        it.stand_ins[owner] = *next;
        hint(self, it, owner, *next++);
    }
}

void coordinator::hint(context& self, open_operation& it, node_id absent, node_id at) {
    self.send(replica_on(at), put_object{it.id, it.key, it.content, absent});
}

// ---- ends --------------------------------------------------------------------------------------

void coordinator::answer(context& self, open_operation& it) {
    it.answered = true;
    if (it.write) return self.reply(it.client, client_done{});
    known_[it.key] = joined(known_[it.key], past_of(it.found));
    self.reply(it.client, client_value{it.found});
}

/// Nothing more can come, or nothing that matters.
void coordinator::finish_if_complete(context& self, operations::iterator at) {
    const open_operation& it = at->second;
    const bool all_known = it.heard.size() == it.owners.size();
    const bool all_stored = it.stored.size() == it.owners.size();
    if (!it.answered || !(it.write ? all_stored : all_known)) return;
    if (!it.write) repair_stale(self, it);
    self.cancel(it.over);
    self.cancel(it.late);
    open_.erase(at);
}

void coordinator::on_message(context& self, const operation_over& timer) {
    const auto at = open_.find(timer.number);
    if (at == open_.end()) return;
    open_operation& it = at->second;
    if (!it.answered) self.reply(it.client, client_timeout{});
    if (!it.write) repair_stale(self, it);
    if (it.write && it.storing && view_->options.handoff) {
        for (const node_id owner : it.owners) {
            if (!it.stored.contains(owner)) hint(self, it, owner, self.node());
        }
    }
    open_.erase(at);
}

void coordinator::repair_stale(context& self, const open_operation& it) {
    if (!view_->options.repair) return;
    const versioning how = view_->options.versions;
    object latest;
    for (const auto& [node, held] : it.answers) latest = merged(how, latest, held);
    for (const auto& [node, held] : it.answers) {
        if (!covers(how, held, latest)) {
            self.send(replica_on(node), repair_object{it.key, latest});
        }
    }
}

}  // namespace partita::kv
