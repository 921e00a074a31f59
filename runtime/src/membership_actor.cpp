#include "membership_actor.hpp"

#include <algorithm>

namespace partita::detail {
namespace {

template <typename Message>
bool read(const envelope& from, Message& to) {
    return from.type->hash == message_type_of<Message>.hash && decode(from.payload, to);
}

}  // namespace

void membership_actor::on_start(context& self) { (void)apply(self, overlay_started{}); }

handling membership_actor::on_envelope(context& self, const envelope& message) {
    // What came over no link is from this node; others may only speak as overlays.
    if (message.link_from == node_id{}) return on_request(self, message);
    const peer_said said{message.source.node, message.type, &message.payload};
    return apply(self, said) ? handling::handled : handling::undecodable;
}

handling membership_actor::on_request(context& self, const envelope& message) {
    membership_join join_request;
    membership_leave leave_request;
    membership_peer_up up;
    membership_peer_down gone;
    if (message.is_timer) {
        tick_ = {};
        (void)apply(self, overlay_tick{});
    } else if (read(message, join_request)) {
        join(self, join_request);
    } else if (read(message, leave_request)) {
        (void)apply(self, leave_asked{leave_request.who});
    } else if (read(message, up)) {
        for (waiter& each : waiters_) {
            const bool answered =
                each.contact.id == node_id{} && each.contact.address == up.peer.address;
            if (answered) each.contact.id = up.peer.id;
        }
        (void)apply(self, peer_found{up.peer, up.incarnation});
    } else if (read(message, gone)) {
        (void)apply(self, peer_lost{gone.peer});
    } else {
        return handling::not_accepted;
    }
    return handling::handled;
}

void membership_actor::join(context& self, const membership_join& request) {
    if (self.caller().correlation != 0) {
        waiters_.push_back({self.caller(), request.contact, later(self.now(), request.timeout)});
    }
    (void)apply(self, join_asked{request.contact});
}

/// False when the event was a message that the overlay could not read.
bool membership_actor::apply(context& self, const overlay_event& event) {
    overlay_actions wanted = home_->overlay_->handle(event);
    act(self, wanted);
    answer_waiters(self, wanted.disconnect);
    return wanted.understood;
}

void membership_actor::act(context& self, overlay_actions& wanted) {
    for (overlay_message& each : wanted.messages) {
        envelope_ptr fresh = home_->ports_.envelopes->make();
        fresh->type = each.type;
        fresh->payload = std::move(each.content);
        send_options options;
        options.channel = membership_channel;
        home_->send(self.self(), actor_id::named(each.to, membership_name), std::move(fresh),
                    options);
    }
    for (const peer_spec& each : wanted.connect) {
        home_->ports_.transport->connect(home_->id_, each);
    }
    for (const node_id each : wanted.disconnect) {
        home_->ports_.transport->disconnect(home_->id_, each);
        home_->forget_peer(each, "disconnected");
    }
    for (const node_id each : wanted.joined) home_->tell_watchers(member_joined{each});
    for (const node_id each : wanted.left) home_->tell_watchers(member_left{each});
    if (wanted.tick && tick_ == timer_id{}) {
        tick_ = self.send_after(*wanted.tick, membership_tick{});
    } else if (!wanted.tick && tick_ != timer_id{}) {
        self.cancel(tick_);
        tick_ = {};
    }
}

void membership_actor::answer_waiters(context& self, const std::vector<node_id>& refused) {
    const auto has = [](const std::vector<node_id>& all, node_id id) {
        return std::find(all.begin(), all.end(), id) != all.end();
    };
    std::erase_if(waiters_, [&](const waiter& each) {
        const node_id id = each.contact.id;
        const bool joined =
            id == home_->id_ || (home_->peers_.contains(id) && has(self.members(), id));
        const bool no = !joined && has(refused, id);
        if (joined || no) self.reply(each.who, membership_joined{no});
        return joined || no || each.deadline <= self.now();
    });
}

}  // namespace partita::detail
