#include <partita/runtime/context.hpp>

#include "actor_cell.hpp"

namespace partita {

node_id context::node() const { return node_->id_; }
actor_id context::self() const { return cell_->id; }
actor_id context::sender() const { return cell_->sender; }
caller context::caller() const { return cell_->caller; }
time_point context::now() const { return node_->ports_.clock->now(); }
const std::vector<node_id>& context::members() const { return node_->overlay_->members(); }
actor_id context::peer(node_id where) const { return actor_id{where, cell_->name_digest}; }
random_source& context::random() { return cell_->random(*node_->ports_.random); }
storage_port& context::storage() { return *node_->ports_.storage; }
actor_id context::spawn_fiber(std::string_view name, std::function<void(fiber_context&)> body) {
    return node_->spawn_fiber(name, std::move(body));
}
void context::exit() { node_->ended(*cell_, end_reason::normal); }
void context::exit(std::string_view why) { node_->ended(*cell_, "exit: " + std::string(why)); }
void context::cancel(timer_id timer) { node_->ports_.clock->cancel_timer(timer); }

envelope_ptr context::make_envelope(const message_type* type) {
    envelope_ptr fresh = node_->ports_.envelopes->make();
    fresh->type = type;
    return fresh;
}

void context::send_envelope(actor_id to, envelope_ptr&& message, const send_options& options) {
    node_->send(cell_->id, to, std::move(message), options);
    if (to.node == node_->id_) return;
    cell_->hold_back(*node_, to.node, options.channel,
                     options.partition_key.value_or(cell_->id.local));
}

timer_id context::start_timer(duration delay, envelope_ptr message) {
    if (node_->stopping_) return {};
    message->source = message->destination = cell_->id;
    message->is_timer = true;
    message->cause =
        node_->record(event_kind::local, message.get(), cell_->id, node_->current_event_);
    return node_->ports_.clock->start_timer(std::max(delay, duration{0}), std::move(message));
}

void context::record_note(const envelope& said) {
    node_->record(event_kind::note, &said, cell_->id, node_->current_event_);
}

std::optional<time_point> fiber_context::deadline_after(std::optional<duration> timeout) const {
    if (!timeout) return std::nullopt;
    return later(now(), std::max(*timeout, duration{0}));
}

void fiber_context::sleep(duration time) { (void)wait(wait_for{}, deadline_after(time)); }

std::uint64_t fiber_context::next_correlation(std::uint64_t count) {
    const std::uint64_t first = node_->address_prefix_ + node_->correlation_ + 1;
    node_->correlation_ += count;
    static_cast<fiber_cell*>(cell_)->expect_replies(first, count);
    return first;
}

void fiber_context::expect_no_reply() { static_cast<fiber_cell*>(cell_)->expect_replies(0, 0); }

void fiber_context::reject(const envelope& message) { node_->drop(message, "does not decode"); }

}  // namespace partita
