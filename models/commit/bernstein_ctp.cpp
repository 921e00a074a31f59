#include <partita/models/commit.hpp>

#include "common.hpp"

namespace partita::commit {
namespace {

/// Coordinator and participant in one, as in protocols/bernstein_ctp.erl.
class bernstein {
   public:
    using accepts = messages<broadcast, prepare, prepared, commit, commit_ack, abort, abort_ack,
                             decision_request, decision, coordinator_timeout, participant_timeout>;

    // ---- coordinator: that of two-phase commit ----

    void on_message(context& self, const broadcast& request) {
        const transaction id{self.node(), ++last_number_};
        const std::set<node_id> all = everyone(self);
        coordinating_[id] = {phase::preparing, self.caller(), all,
                             answers(all),     answers(all),  answers(all)};
        self.send_after(coordinator_time, coordinator_timeout{id});
        self.send_peers(all, prepare{id, request.value});
    }

    void on_message(context& self, const prepared& vote) {
        const auto found = coordinating_.find(vote.id);
        if (found == coordinating_.end() || !found->second.votes.add(self.sender().node)) return;
        found->second.now = phase::committing;
        self.reply(found->second.caller, ok{});
        self.send_peers(found->second.participants, commit{vote.id});
    }

    void on_message(context& self, const commit_ack& ack) {
        const auto found = coordinating_.find(ack.id);
        if (found != coordinating_.end() && found->second.commits.add(self.sender().node)) {
            coordinating_.erase(found);
        }
    }

    void on_message(context& self, const abort_ack& ack) {
        const auto found = coordinating_.find(ack.id);
        if (found != coordinating_.end() && found->second.aborts.add(self.sender().node)) {
            coordinating_.erase(found);
        }
    }

    void on_message(context& self, const coordinator_timeout& timeout) {
        const auto found = coordinating_.find(timeout.id);
        if (found == coordinating_.end() || found->second.now != phase::preparing) return;
        found->second.now = phase::aborting;
        self.reply(found->second.caller, error{});
        self.send_peers(found->second.participants, abort{timeout.id});
    }

    // ---- participant ----

    void on_message(context& self, const prepare& request) {
        taking_part_[request.id] = {answer::uncertain, request.value, everyone(self), {}};
        self.send_after(participant_time, participant_timeout{request.id});
        self.send(self.sender(), prepared{request.id});
    }

    void on_message(context& self, const commit& order) {
        if (const auto found = taking_part_.find(order.id); found != taking_part_.end()) {
            decide(self, found->second, answer::commit);
        }
        self.send(self.sender(), commit_ack{order.id});
    }

    void on_message(context& self, const abort& order) {
        taking_part_.erase(order.id);
        self.send(self.sender(), abort_ack{order.id});
    }

    void on_message(context& self, const participant_timeout& timeout) {
        const auto found = taking_part_.find(timeout.id);
        if (found == taking_part_.end() || found->second.decided != answer::uncertain) return;
        self.send_peers(found->second.participants, decision_request{timeout.id});
    }

    void on_message(context& self, const decision_request& request) {
        const auto found = taking_part_.find(request.id);
        const answer known =
            found == taking_part_.end() ? answer::uncertain : found->second.decided;
        self.send(self.sender(), decision{request.id, known});
    }

    void on_message(context& self, const decision& told) {
        const auto found = taking_part_.find(told.id);
        if (found == taking_part_.end() || found->second.decided != answer::uncertain) return;
        if (told.what == answer::uncertain) {
            found->second.uncertain.insert(self.sender().node);
            return;
        }
        decide(self, found->second, told.what);
        self.send_peers(found->second.uncertain, decision{told.id, told.what});
        found->second.uncertain.clear();
    }

   private:
    enum class phase { preparing, committing, aborting };
    struct coordination {
        phase now = phase::preparing;
        partita::caller caller;
        std::set<node_id> participants;
        answers votes;
        answers commits;
        answers aborts;
    };
    struct participation {
        answer decided = answer::uncertain;
        std::string value;
        std::set<node_id> participants;
        std::set<node_id> uncertain;  // who told me that they are in doubt, too
    };

    static void decide(context& self, participation& mine, answer what) {
        mine.decided = what;
        if (what == answer::commit) self.note(delivered{mine.value});
    }

    std::uint32_t last_number_ = 0;
    std::map<transaction, coordination> coordinating_;
    std::map<transaction, participation> taking_part_;
};

/// As those of two-phase commit (lampson_2pc.cpp), with the questions of participants in doubt.
application::worklist_notes notes() {
    return {.protocol = {.annotations = {after("prepared", {{"prepare", 1}}),
                                         after("commit", {{"prepared", 3}}),
                                         after("ok", {{"prepared", 3}}),
                                         after("commit_ack", {{"commit", 1}}),
                                         after("abort_ack", {{"abort", 1}}),
                                         after("decision_request", {{"prepared", 3}}),
                                         after("decision", {{"decision_request", 1}})},
                         .causality = {{"commit_ack", {}},
                                       {"abort_ack", {}},
                                       {"decision", {"decision"}},
                                       {"prepared", {"commit", "ok"}},
                                       {"commit", {"commit_ack"}},
                                       {"abort", {"abort_ack"}},
                                       {"decision_request", {"decision"}},
                                       {"prepare", {"prepared"}}}},
            .background = {}};
}

}  // namespace

application bernstein_ctp() {
    return commit_application("bernstein-ctp", "two-phase commit with cooperative termination")
        .on_start([](node& here, const settings&) { here.spawn<bernstein>("commit"); })
        .command(broadcast_command())
        .annotate(notes());
}

}  // namespace partita::commit
