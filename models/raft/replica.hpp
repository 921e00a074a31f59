#pragma once

#include <map>
#include <string_view>
#include <utility>

#include <partita/runtime/context.hpp>
#include <partita/runtime/node_events.hpp>

#include "disk.hpp"
#include "messages.hpp"
#include "registers.hpp"
#include "server.hpp"

namespace partita::raft {

inline constexpr std::string_view replica_name = "raft";

/// The actor of one server: gives messages and time to the consensus module, makes durable what
/// changed before it sends anything, applies what is committed and answers clients. A leader
/// answers all its clients when it loses the lead, so that they ask elsewhere.
class replica {
   public:
    using accepts = messages<request_vote, vote, append, appended, confirm, confirmed, not_a_member,
                             client_request, change_members, leader_silent, campaign_now,
                             ask_leader, time_out, node_up, node_down>;

    explicit replica(server::options options) : options_(std::move(options)) {}

    void on_start(context&);
    template <described Message>
    void on_message(context& self, const Message& what) {
        server_.receive(self.sender().node, what);
        carry_out(self);
    }
    void on_message(context&, const client_request&);
    void on_message(context&, const change_members&);
    void on_message(context&, const leader_silent&);
    void on_message(context&, const campaign_now&);
    void on_message(context&, const ask_leader&);
    void on_message(context&, const time_out&);
    void on_message(context&, const node_up&) {}
    void on_message(context&, const node_down&);

   private:
    void carry_out(context&);
    void keep(context&, const server_output&);
    void say(context&, const server_output&);
    void apply_committed(context&);
    void apply(context&, const entry&);
    void answer_reads(context&, const server_output&);
    void answer(context&, const caller&, answer_kind, std::string text = {});
    void send_elsewhere(context&, node_id asking);
    void give_up_lead(context&);
    void arm(context&, bool afresh);
    [[nodiscard]] duration pause(context&) const;

    server::options options_;
    server server_{{}, {}, {}};
    disk disk_{bug::none};
    registers registers_;
    log_index applied_ = 0;
    std::map<actor_id, caller> requests_;                            // by client
    std::map<log_index, caller> changes_;                            // by the entry that makes them
    std::map<std::uint64_t, std::pair<caller, std::string>> reads_;  // by token: whose, which key
    std::uint64_t last_token_ = 0;
    pace pace_ = pace::asleep;
    timer_id timer_;
};

}  // namespace partita::raft
