#include <partita/models/commit.hpp>

#include "common.hpp"

namespace partita::commit {
namespace {

/// The coordinator's timer in Partisan as of 26 February 2019 let it block once it had authorised
/// the commit; the participant's timer fired after 1,000 ms and looked the transaction up in the
/// coordinator's table, so that only the coordinating node ever asked the others, to no effect.
enum class variant { master, february_2019 };

/// Coordinator and participant in one, as in protocols/skeen_3pc.erl.
class skeen {
   public:
    using accepts =
        messages<broadcast, prepare, prepared, precommit, precommit_ack, commit, commit_ack, abort,
                 abort_ack, decision_request, decision, coordinator_timeout, participant_timeout>;
    explicit skeen(variant which) : variant_(which) {}

    // ---- coordinator ----

    void on_message(context& self, const broadcast& request) {
        const transaction id{self.node(), ++last_number_};
        const std::set<node_id> all = everyone(self);
        coordinating_[id] = {phase::preparing, self.caller(), all,         answers(all),
                             answers(all),     answers(all),  answers(all)};
        self.send_after(coordinator_time, coordinator_timeout{id});
        self.send_peers(all, prepare{id, request.value});
    }

    void on_message(context& self, const prepared& vote) {
        const auto found = coordinating_.find(vote.id);
        if (found == coordinating_.end() || !found->second.votes.add(self.sender().node)) return;
        found->second.now = phase::commit_authorized;
        self.send_peers(found->second.participants, precommit{vote.id});
    }

    void on_message(context& self, const precommit_ack& ack) {
        const auto found = coordinating_.find(ack.id);
        if (found == coordinating_.end() || !found->second.precommits.add(self.sender().node))
            return;
        found->second.now = phase::commit_finalizing;
        self.reply(found->second.caller, ok{});
        self.send_peers(found->second.participants, commit{ack.id});
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
        if (found == coordinating_.end()) return;
        coordination& mine = found->second;
        const bool gives_up = mine.now == phase::preparing ||
                              (mine.now == phase::commit_authorized && variant_ == variant::master);
        if (!gives_up) return;
        mine.now = phase::aborting;
        self.reply(mine.caller, error{});
        self.send_peers(mine.participants, abort{timeout.id});
    }

    // ---- participant ----

    void on_message(context& self, const prepare& request) {
        taking_part_[request.id] = {state::prepared, request.value};
        self.send_after(variant_ == variant::master ? participant_time : coordinator_time,
                        participant_timeout{request.id});
        self.send(self.sender(), prepared{request.id});
    }

    void on_message(context& self, const precommit& order) {
        if (const auto found = taking_part_.find(order.id); found != taking_part_.end()) {
            found->second.now = state::precommitted;
        }
        self.send(self.sender(), precommit_ack{order.id});
    }

    void on_message(context& self, const commit& order) {
        if (const auto found = taking_part_.find(order.id); found != taking_part_.end()) {
            deliver(self, found->second);
        }
        self.send(self.sender(), commit_ack{order.id});
    }

    void on_message(context& self, const abort& order) {
        taking_part_.erase(order.id);
        self.send(self.sender(), abort_ack{order.id});
    }

    void on_message(context& self, const participant_timeout& timeout) {
        if (variant_ == variant::february_2019) return ask_in_vain(self, timeout.id);
        const auto found = taking_part_.find(timeout.id);
        if (found == taking_part_.end()) return;
        if (found->second.now == state::prepared) found->second.now = state::aborted;
        if (found->second.now == state::precommitted) deliver(self, found->second);
    }

    void on_message(context& self, const decision_request& request) {
        const auto found = taking_part_.find(request.id);
        const bool committed = found != taking_part_.end() && found->second.now == state::committed;
        const bool aborted = found != taking_part_.end() && found->second.now == state::aborted;
        const answer known = committed ? answer::commit
                             : aborted ? answer::abort
                                       : answer::uncertain;
        self.send(self.sender(), decision{request.id, known});
    }

    void on_message(context&, const decision&) {}  // nobody who asks has a record to decide

   private:
    enum class phase { preparing, commit_authorized, commit_finalizing, aborting };
    struct coordination {
        phase now = phase::preparing;
        partita::caller caller;
        std::set<node_id> participants;
        answers votes;
        answers precommits;
        answers commits;
        answers aborts;
    };
    enum class state { prepared, precommitted, committed, aborted };
    struct participation {
        state now = state::prepared;
        std::string value;
    };

    static void deliver(context& self, participation& mine) {
        mine.now = state::committed;
        self.note(delivered{mine.value});
    }

    void ask_in_vain(context& self, const transaction& id) {
        const auto found = coordinating_.find(id);
        if (found != coordinating_.end())
            self.send_peers(found->second.participants, decision_request{id});
    }

    variant variant_;
    std::uint32_t last_number_ = 0;
    std::map<transaction, coordination> coordinating_;
    std::map<transaction, participation> taking_part_;
};

/// As those of two-phase commit (lampson_2pc.cpp), with the phase in between.
application::worklist_notes notes() {
    return {.protocol = {.annotations = {after("prepared", {{"prepare", 1}}),
                                         after("commit", {{"precommit_ack", 3}}),
                                         after("precommit_ack", {{"precommit", 1}}),
                                         after("precommit", {{"prepared", 3}}),
                                         after("ok", {{"prepared", 3}}),
                                         after("commit_ack", {{"commit", 1}}),
                                         after("abort_ack", {{"abort", 1}})},
                         .causality = {{"precommit_ack", {"commit", "ok"}},
                                       {"commit_ack", {}},
                                       {"abort_ack", {}},
                                       {"prepared", {"precommit"}},
                                       {"precommit", {"precommit_ack"}},
                                       {"commit", {"commit_ack"}},
                                       {"abort", {"abort_ack"}},
                                       {"prepare", {"prepared"}}}},
            .background = {}};
}

}  // namespace

application skeen_3pc() {
    return commit_application("skeen-3pc",
                              "three-phase commit with timeouts in place of an election")
        .option(
            {"variant", "master", "the coordinator's timeout rule", {"master", "february-2019"}})
        .on_start([](node& here, const settings& with) {
            here.spawn<skeen>(
                "commit", with.is("variant", "master") ? variant::master : variant::february_2019);
        })
        .command(broadcast_command())
        .annotate(notes());
}

}  // namespace partita::commit
