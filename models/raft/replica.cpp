#include "replica.hpp"

#include <algorithm>

namespace partita::raft {
namespace {

constexpr duration heartbeat_interval = std::chrono::milliseconds(20);
constexpr duration election_timeout_min = std::chrono::milliseconds(150);
/// What is in vain is tried after pauses that double, this often.
constexpr std::uint32_t doublings_most = 4;

}  // namespace

void replica::on_start(context& self) {
    disk_ = disk(options_.planted);
    server_ = server(options_, disk_.kept_ballot(self.storage()), disk_.kept_log(self.storage()));
    self.monitor_nodes();
    carry_out(self);
}

// ---- what others want --------------------------------------------------------------------------

void replica::on_message(context& self, const client_request& asked) {
    if (!server_.leads()) return send_elsewhere(self, self.sender().node);
    const request& wanted = asked.request;
    if (wanted.kind == request_kind::read) {
        reads_[++last_token_] = {self.caller(), wanted.key};
        server_.read(last_token_);
    } else {
        requests_[wanted.client] = self.caller();
        server_.propose(wanted);
    }
    carry_out(self);
}

void replica::on_message(context& self, const change_members& asked) {
    if (!server_.leads()) return send_elsewhere(self, self.sender().node);
    const change_outcome outcome = server_.change(asked.server, asked.joins);
    const caller who = self.caller();
    if (outcome == change_outcome::begun) changes_[server_.log().last()] = who;
    if (outcome == change_outcome::refused) answer(self, who, answer_kind::refused, "it leads");
    if (outcome == change_outcome::as_it_was) answer(self, who, answer_kind::done);
    if (outcome == change_outcome::not_now) answer(self, who, answer_kind::elsewhere);
    carry_out(self);
}

/// Only the client's own server sees to it that there is a leader, so that not all do; unless it is
/// no member.
void replica::send_elsewhere(context& self, node_id asking) {
    answer(self, self.caller(), answer_kind::elsewhere);
    const bool ours = asking == self.node() || !server_.members().contains(asking);
    if (ours && server_.leader() == node_id{}) server_.wake();
    carry_out(self);
}

void replica::on_message(context& self, const leader_silent& what) {
    server_.suspect(what.leader);
    carry_out(self);
}

void replica::on_message(context& self, const node_down& what) {
    server_.suspect(what.node);
    carry_out(self);
}

void replica::on_message(context& self, const campaign_now&) {
    server_.campaign();
    carry_out(self);
}

void replica::on_message(context& self, const ask_leader&) {
    self.reply(self.caller(), leader_is{server_.leader()});
}

// ---- what the server wants ---------------------------------------------------------------------

void replica::carry_out(context& self) {
    const server_output output = server_.take_output();
    keep(self, output);
    say(self, output);
    for (const auto& [to, what] : output.messages) {
        std::visit([&, id = to](const auto& message) { self.send(self.peer(id), message); }, what);
    }
    apply_committed(self);
    answer_reads(self, output);
    if (!server_.leads()) give_up_lead(self);
    arm(self, output.restart_timer);
}

void replica::keep(context& self, const server_output& output) {
    if (output.ballot_changed) disk_.keep(self.storage(), server_.ballot());
    if (output.log_changed) disk_.keep(self.storage(), server_.log());
}

void replica::say(context& self, const server_output& output) {
    if (output.cut) self.note(log_cut{*output.cut});
    if (output.members_changed) self.note(configured{server_.members()});
    if (!output.elected) return;
    elected news{server_.ballot().term, {}};
    for (const entry& each : server_.log().entries()) news.log.push_back(each.term);
    self.note(news);
}

void replica::apply_committed(context& self) {
    while (applied_ < std::min(server_.commit(), server_.log().last())) {
        const entry& next = server_.log().at(++applied_);
        self.note(applied{applied_, server_.ballot().term, next});
        apply(self, next);
    }
}

/// Answers whoever waits for it here.
void replica::apply(context& self, const entry& what) {
    if (const auto change = changes_.extract(applied_)) {
        answer(self, change.mapped(), answer_kind::done);
    }
    if (what.kind != entry_kind::request) return;
    registers_.apply(what.request, options_.planted != bug::no_sessions);
    if (const auto waits = requests_.extract(what.request.client)) {
        answer(self, waits.mapped(), answer_kind::done);
    }
}

void replica::answer_reads(context& self, const server_output& output) {
    for (const std::uint64_t token : output.reads) {
        const auto waits = reads_.extract(token);
        if (!waits) continue;
        const auto& [who, key] = waits.mapped();
        answer(self, who, answer_kind::done, registers_.value_of(key));
    }
}

void replica::answer(context& self, const caller& to, answer_kind kind, std::string text) {
    self.reply(to, client_answer{kind, std::move(text), server_.whom_to_ask()});
}

void replica::give_up_lead(context& self) {
    for (const auto& [client, who] : std::exchange(requests_, {}))
        answer(self, who, answer_kind::elsewhere);
    for (const auto& [index, who] : std::exchange(changes_, {}))
        answer(self, who, answer_kind::elsewhere);
    for (const auto& [token, read] : std::exchange(reads_, {}))
        answer(self, read.first, answer_kind::elsewhere);
}

// ---- time --------------------------------------------------------------------------------------

void replica::on_message(context& self, const time_out&) {
    if (pace_ == pace::heartbeat) server_.beat();
    if (pace_ == pace::election) server_.campaign();
    pace_ = pace::asleep;
    carry_out(self);
}

void replica::arm(context& self, bool afresh) {
    const pace wanted = server_.next();
    if (wanted == pace_ && !afresh) return;
    if (std::exchange(pace_, wanted) != pace::asleep) self.cancel(timer_);
    if (wanted != pace::asleep) timer_ = self.send_after(pause(self), time_out{});
}

/// Elections are timed at random, so that seldom two begin together (paper, 5.2).
duration replica::pause(context& self) const {
    const auto factor = std::int64_t{1} << std::min(server_.failures(), doublings_most);
    if (pace_ == pace::heartbeat) return heartbeat_interval * factor;
    const auto some = self.random().between(0, election_timeout_min.count());
    return (election_timeout_min + duration(some)) * factor;
}

}  // namespace partita::raft
