#include "broadcaster.hpp"

#include <algorithm>
#include <chrono>

namespace partita::causal_broadcast {
namespace {

// Pauses before messages are sent again: short after news, then up to a quarter of the time that a
// trial has to settle.
constexpr duration pause_first = std::chrono::milliseconds(500);
constexpr duration pause_most = std::chrono::seconds(8);

std::string key_of(std::size_t position) { return "causal/" + std::to_string(position); }

void put(storage_port& disk, std::size_t position, const text& it) {
    payload bytes;
    encode(bytes, it);
    disk.put(key_of(position), {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()});
    disk.sync();
}

std::optional<text> saved_at(const storage_port& disk, std::size_t position) {
    const auto saved = disk.value_of(key_of(position));
    text it;
    if (!saved || !decode(std::as_bytes(std::span(*saved)), it)) return std::nullopt;
    return it;
}

}  // namespace

void broadcaster::on_start(context& self) {
    pause_ = pause_first;
    while (const auto it = saved_at(self.storage(), delivered_.size() + 1)) {
        delivered_.push_back(*it);
        if (planted_ != bug::clock_forgotten) order_.deliver(*it);
    }
    self.note(node_started{});
    arm_unless_told(self);
}

void broadcaster::deliver(context& self, const text& it) {
    delivered_.push_back(it);
    put(self.storage(), delivered_.size(), it);
    self.note(message_delivered{it.id, it.value});
    unanswered_ = it.from != self.node();
    pause_ = pause_first;
}

void broadcaster::broadcast(context& self, const std::string& value) {
    const text it{self.node(), order_.next(self.node()), value, {self.node(), life_, ++made_}};
    self.note(message_made{it.id, value});
    order_.deliver(it);
    deliver(self, it);
    for (const node_id each : self.members()) {
        if (each != self.node()) self.send(self.peer(each), it);
    }
}

void broadcaster::on_message(context& self, const client_broadcast& wanted) {
    if (wanted.replies && !unanswered_) {
        replies_.push_back({self.caller(), wanted.value});
        return;
    }
    broadcast(self, wanted.value);
    self.reply(self.caller(), client_done{});
    arm_unless_told(self);
}

void broadcaster::answer_waiting(context& self) {
    if (!unanswered_ || replies_.empty()) return;
    const waiting_reply first = replies_.front();
    replies_.erase(replies_.begin());
    broadcast(self, first.value);
    self.reply(first.client, client_done{});
}

void broadcaster::on_message(context& self, const client_read&) {
    client_values all;
    for (const text& each : delivered_) all.values.push_back(each.value);
    self.reply(self.caller(), all);
}

void broadcaster::on_message(context& self, const text& it) {
    std::uint64_t& theirs = others_[self.sender().node][it.from];
    theirs = std::max(theirs, it.number());
    order_.receive(it);
    while (const auto due = order_.take()) {
        deliver(self, *due);
        answer_waiting(self);
    }
    self.send(self.sender(), delivered_so_far{order_.clock()});
    arm_unless_told(self);
}

void broadcaster::on_message(context& self, const delivered_so_far& theirs) {
    vector_clock& known = others_[self.sender().node];
    for (const auto& [node, count] : theirs.clock) known[node] = std::max(known[node], count);
    arm_unless_told(self);
}

/// What that node is not known to have delivered, in the order in which it may.
std::vector<text> broadcaster::lacking(node_id peer) const {
    const auto known = others_.find(peer);
    std::vector<text> all = delivered_;
    if (known == others_.end()) return all;
    std::erase_if(
        all, [&](const text& each) { return each.number() <= count_of(known->second, each.from); });
    return all;
}

void broadcaster::arm_unless_told(context& self) {
    if (armed_) return;
    for (const node_id each : self.members()) {
        if (each == self.node() || lacking(each).empty()) continue;
        armed_ = true;
        self.send_after(pause_, tell_again{});
        return;
    }
}

void broadcaster::on_message(context& self, const tell_again&) {
    armed_ = planted_ == bug::told_once;
    pause_ = std::min(pause_ * 2, pause_most);
    for (const node_id each : self.members()) {
        if (each == self.node()) continue;
        for (const text& lacks : lacking(each)) self.send(self.peer(each), lacks);
    }
    arm_unless_told(self);
}

}  // namespace partita::causal_broadcast
