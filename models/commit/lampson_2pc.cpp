#include <partita/models/commit.hpp>

#include "common.hpp"

namespace partita::commit {
namespace {

/// Coordinator and participant in one, as in protocols/lampson_2pc.erl.
class lampson {
   public:
    using accepts = messages<broadcast, prepare, prepared, commit, commit_ack, abort, abort_ack,
                             coordinator_timeout>;

    // ---- coordinator ----

    void on_message(context& self, const broadcast& request) {
        const transaction id{self.node(), ++last_number_};
        const std::set<node_id> all = everyone(self);
        coordinating_[id] = {status::preparing, self.caller(), all,
                             answers(all),      answers(all),  answers(all)};
        self.send_after(coordinator_time, coordinator_timeout{id});
        self.send_peers(all, prepare{id, request.value});
    }

    void on_message(context& self, const prepared& vote) {
        const auto found = coordinating_.find(vote.id);
        if (found == coordinating_.end() || !found->second.votes.add(self.sender().node)) return;
        found->second.now = status::committing;
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
        if (found == coordinating_.end() || found->second.now != status::preparing) return;
        found->second.now = status::aborting;
        self.reply(found->second.caller, error{});
        self.send_peers(found->second.participants, abort{timeout.id});
    }

    // ---- participant ----

    void on_message(context& self, const prepare& request) {
        undecided_[request.id] = request.value;
        self.send(self.sender(), prepared{request.id});
    }

    void on_message(context& self, const commit& order) {
        if (const auto found = undecided_.find(order.id); found != undecided_.end()) {
            self.note(delivered{found->second});
        }
        self.send(self.sender(), commit_ack{order.id});
    }

    void on_message(context& self, const abort& order) {
        undecided_.erase(order.id);
        self.send(self.sender(), abort_ack{order.id});
    }

   private:
    enum class status { preparing, committing, aborting };
    struct record {
        status now = status::preparing;
        partita::caller caller;
        std::set<node_id> participants;
        answers votes;
        answers commits;
        answers aborts;
    };
    std::uint32_t last_number_ = 0;
    std::map<transaction, record> coordinating_;
    std::map<transaction, std::string> undecided_;  // and what would be delivered
};

/// What partisan-annotations-lampson_2pc and partisan-causality-lampson_2pc say in Filibuster's
/// repository, the causality in the order of that file: its last entry is the only one that the
/// original enforces. Three is one of three remote participants, so the notes are for four nodes.
application::worklist_notes notes() {
    return {.protocol = {.annotations = {after("prepared", {{"prepare", 1}}),
                                         after("commit", {{"prepared", 3}}),
                                         after("ok", {{"prepared", 3}}),
                                         after("commit_ack", {{"commit", 1}}),
                                         after("abort_ack", {{"abort", 1}})},
                         .causality = {{"commit_ack", {}},
                                       {"abort_ack", {}},
                                       {"prepared", {"commit", "ok"}},
                                       {"commit", {"commit_ack"}},
                                       {"abort", {"abort_ack"}},
                                       {"prepare", {"prepared"}}}},
            .background = {}};
}

}  // namespace

application lampson_2pc() {
    return commit_application("lampson-2pc", "two-phase commit; participants have no timer")
        .on_start([](node& here, const settings&) { here.spawn<lampson>("commit"); })
        .command(broadcast_command())
        .annotate(notes());
}

}  // namespace partita::commit
