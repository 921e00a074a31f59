#include "node_links.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "actor_cell.hpp"
#include "send_plain.hpp"

namespace partita::detail {
namespace {

struct actor_link_request {};
PARTITA_MESSAGE(actor_link_request)
struct actor_unlink_request {};
PARTITA_MESSAGE(actor_unlink_request)
/// Its source ended, and was linked with the destination; or it asks the destination to end.
struct actor_exit_signal {
    std::string reason;
    bool asked = false;
};
PARTITA_MESSAGE(actor_exit_signal, reason, asked)

constexpr std::string_view linked = "linked: ";

}  // namespace

std::string over_a_link(std::string_view reason) {
    if (reason.starts_with(linked)) return std::string(reason);
    return std::string(linked) + std::string(reason);
}

const std::uint64_t link_message_bits = 1ULL << (message_type_of<actor_link_request>.hash & 63) |
                                        1ULL << (message_type_of<actor_unlink_request>.hash & 63) |
                                        1ULL << (message_type_of<actor_exit_signal>.hash & 63);

bool is_link_message(const message_type& type) {
    return type == message_type_of<actor_link_request> ||
           type == message_type_of<actor_unlink_request> ||
           type == message_type_of<actor_exit_signal>;
}

void node_links::link(actor_cell& self, actor_id other, const send_options& options) {
    auto& mine = links_[self.id];
    for (const end& each : mine) {
        if (each.other == other) return;
    }
    const send_options sent = options;
    mine.push_back({other, self.id, sent.reliable.value_or(false)});
    if (other.node == home_.id_ && home_.threads() == 1) {
        // At once, so that a parent hears even of a child that ends before it ever waits.
        if (actor_cell* const found = home_.find(other)) {
            links_[found->id].push_back({self.id, other, false});
            return;
        }
        const auto dead = std::find_if(home_.dead_.begin(), home_.dead_.end(),
                                       [&](const actor_cell* each) { return each->id == other; });
        const std::string_view reason =
            dead == home_.dead_.end()
                ? end_reason::no_actor
                : std::string_view(
                      home_.dead_reasons_[static_cast<std::size_t>(dead - home_.dead_.begin())]);
        return home_.send_plain(other, self.id, actor_exit_signal{std::string(reason), false});
    }
    if (other.node != home_.id_) home_.ports_.transport->watch(home_.id_, other.node);
    home_.send_plain(self.id, other, actor_link_request{}, options);
}

void node_links::unlink(actor_id self, actor_id other) {
    const auto row = links_.find(self);
    if (row == links_.end()) return;
    bool reliable = false;
    for (const end& each : row->second)
        reliable = reliable || (each.other == other && each.reliable);
    if (!forget(self, other)) return;
    send_options options;
    if (reliable) options.reliable = true;
    home_.send_plain(self, other, actor_unlink_request{}, options);
}

bool node_links::forget(actor_id self, actor_id other) {
    const auto row = links_.find(self);
    if (row == links_.end()) return false;
    const bool found =
        std::erase_if(row->second, [&](const end& each) { return each.other == other; }) != 0;
    if (row->second.empty()) links_.erase(row);
    return found;
}

void node_links::trap(actor_id who, bool on) {
    if (on) {
        trapping_.insert(who);
    } else {
        trapping_.erase(who);
    }
}

bool node_links::tolerated(actor_id who) const {
    if (tolerant_.empty()) return false;
    if (tolerant_.contains(starting_)) return true;
    const auto row = links_.find(who);
    return row != links_.end() &&
           std::any_of(row->second.begin(), row->second.end(),
                       [&](const end& each) { return tolerant_.contains(each.other); });
}

bool node_links::take(const envelope& message) {
    actor_cell* const cell = home_.find(message.destination);
    if (*message.type == message_type_of<actor_exit_signal>) {
        actor_exit_signal told;
        if (!decode(message.payload, told)) return true;
        if (cell == nullptr) return true;
        if (told.asked || forget(cell->id, message.source)) {
            signal(*cell, message.source, told.reason, told.asked);
        }
        return true;
    }
    if (*message.type == message_type_of<actor_unlink_request>) {
        if (cell != nullptr) (void)forget(cell->id, message.source);
        return true;
    }
    if (cell == nullptr) {
        home_.send_plain(message.destination, message.source,
                         actor_exit_signal{std::string(end_reason::no_actor), false});
        return true;
    }
    (void)forget(cell->id, message.source);  // a repetition
    links_[cell->id].push_back({message.source, message.destination, message.delivery != nullptr});
    if (message.source.node != home_.id_) {
        home_.ports_.transport->watch(home_.id_, message.source.node);
    }
    return true;
}

void node_links::signal(actor_cell& cell, actor_id from, std::string_view reason, bool asked) {
    if (asked && reason == end_reason::kill) return home_.ended(cell, end_reason::killed);
    if (trapping_.contains(cell.id)) {
        return home_.send_plain(from, cell.id, exited{from, std::string(reason), asked});
    }
    if (asked) return home_.ended(cell, reason);
    if (reason != end_reason::normal) home_.ended(cell, over_a_link(reason));
}

void node_links::ended(const actor_cell& cell, std::string_view reason) {
    trapping_.erase(cell.id);
    tolerant_.erase(cell.id);
    const auto row = links_.find(cell.id);
    if (row == links_.end()) return;
    const std::vector<end> told = std::move(row->second);
    links_.erase(row);
    for (const end& each : told) {
        send_options options;
        if (each.reliable) options.reliable = true;
        home_.send_plain(each.self, each.other, actor_exit_signal{std::string(reason), false},
                         options);
    }
}

void node_links::node_lost(node_id gone) {
    std::vector<std::pair<actor_id, actor_id>> told;
    for (const auto& [self, ends] : links_) {
        for (const end& each : ends) {
            if (each.other.node == gone) told.emplace_back(self, each.other);
        }
    }
    for (const auto& [self, other] : told) {
        const actor_exit_signal lost{std::string(end_reason::node_down), false};
        home_.send_plain(other, self, lost);
        // Only this connection may be gone, and the other node not told.
        home_.send_plain(self, other, lost);
    }
}

// ---- requests ----------------------------------------------------------------------------------

request_id node_links::ask(actor_id self, actor_id to, envelope_ptr&& message, duration timeout,
                           const request_options& options) {
    const std::uint64_t correlation = request_bit | (home_.address_prefix_ + ++home_.correlation_);
    envelope_ptr late = home_.ports_.envelopes->make();
    late->type = &message_type_of<request_failed>;
    encode(late->payload, request_failed{{correlation}, call_error::timeout});
    late->source = late->destination = self;
    late->correlation = correlation;
    late->is_timer = true;
    late->cause = home_.record(event_kind::local, late.get(), self, home_.current_event_);
    const timer_id timer =
        home_.ports_.clock->start_timer(std::max(timeout, duration{0}), std::move(late));
    questions_[correlation] = {self, to, timer, options.monitored};
    if (options.monitored) {
        home_.watch(
            {self, correlation, monitor_use::request, options.send.reliable.value_or(false)}, to,
            options.send);
    }
    message->correlation = correlation;
    home_.send(self, to, std::move(message), options.send);
    return {correlation};
}

bool node_links::settle(envelope& message) {
    const auto found = questions_.find(message.correlation);
    if (found == questions_.end() || found->second.asker != message.destination) return false;
    const question asked = found->second;
    questions_.erase(found);
    if (!message.is_timer) home_.ports_.clock->cancel_timer(asked.timer);
    if (asked.monitored) home_.unwatch(asked.asker, asked.asked, message.correlation);
    message.is_reply = true;  // a timeout too
    return true;
}

void node_links::fail(std::uint64_t correlation, call_error why) {
    const auto found = questions_.find(correlation);
    if (found == questions_.end()) return;
    const question asked = found->second;
    envelope_ptr told = home_.ports_.envelopes->make();
    told->type = &message_type_of<request_failed>;
    encode(told->payload, request_failed{{correlation}, why});
    told->correlation = correlation;
    told->is_reply = true;
    home_.send(asked.asked, asked.asker, std::move(told), {});
}

// ---- for the stock actors ----------------------------------------------------------------------

void context_access::end(context& self, std::string_view reason) {
    self.node_->ended(*self.cell_, reason);
}

void context_access::tolerate_exceptions(context& self) {
    self.node_->links().tolerate(self.cell_->id);
}

actor_id context_access::exchange_starting(context& self, actor_id who) {
    return self.node_->links().exchange_starting(who);
}

bool context_access::ended(const context& self) { return !self.cell_->alive; }

void context_access::set_origin(context& self, actor_id sender, const partita::caller& caller) {
    self.cell_->sender = sender;
    self.cell_->caller = caller;
}

}  // namespace partita::detail

namespace partita {

void node::give_up_name(actor_cell& cell) {
    if (cell.name_digest == 0 || names_.find(cell.name_digest) != &cell) return;
    const actor_id address{id_, std::exchange(cell.name_digest, 0)};
    names_.erase(address.local, &cell);
    ports_.tasks->name_changed(address.local, false);
    tell_watchers_of(address, end_reason::no_actor, cell.id.local);
}

void node::take_name(actor_cell& cell, std::string_view name) {
    const std::uint64_t digest = actor_id::named(id_, name).local;
    if (!cell.alive || stopping_ || names_.find(digest) == &cell) return;
    give_up_name(cell);
    cell.name_digest = digest;
    names_.put(digest, &cell);
    ports_.tasks->name_changed(digest, true);
}

detail::node_links& node::links() {
    if (!links_) links_ = std::make_unique<detail::node_links>(*this);
    return *links_;
}

// ---- as an actor asks for it -------------------------------------------------------------------

void context::link(actor_id other, const send_options& options) {
    if (other == cell_->id || !cell_->alive) return;
    node_->links().link(*cell_, other, options);
}
void context::unlink(actor_id other) {
    if (node_->links_) node_->links_->unlink(cell_->id, other);
}
void context::trap_exits(bool trap) {
    if (cell_->alive) node_->links().trap(cell_->id, trap);
}
void context::stop_actor(actor_id actor, std::string_view reason, const send_options& options) {
    node_->send_plain(cell_->id, actor, detail::actor_exit_signal{std::string(reason), true},
                      options);
}
request_id context::send_request(actor_id to, envelope_ptr&& message, duration timeout,
                                 const request_options& options) {
    return node_->links().ask(cell_->id, to, std::move(message), timeout, options);
}
request_id context::answered() const {
    const std::uint64_t correlation = cell_->caller.correlation;
    return {cell_->is_answer && (correlation & detail::request_bit) != 0 ? correlation : 0};
}
void context::register_name(std::string_view name) { node_->take_name(*cell_, name); }
void context::unregister_name() { node_->give_up_name(*cell_); }
actor_id context::whereis(std::string_view name) const {
    const actor_cell* const found = node_->find(local(name));
    return found != nullptr ? found->id : actor_id{};
}

}  // namespace partita
