#include "delivery_layer.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace partita::detail {
namespace {

/// The layer's own timer.
struct delivery_due {};
PARTITA_MESSAGE(delivery_due)

constexpr int thread_shift = 33;  // of an actor's address
constexpr std::uint64_t thread_mask = 127;
constexpr std::uint64_t ordinal_mask = (1ULL << thread_shift) - 1;

std::uint32_t thread_of(actor_id who) {
    if (who.is_named()) return 0;
    return static_cast<std::uint32_t>(who.local >> thread_shift & thread_mask);
}

/// A node itself, or one thread of it.
actor_id address_of(const delivery_end& end) {
    return {end.node, std::uint64_t{end.thread} << thread_shift};
}

std::string_view why_dropped(arrival what) {
    switch (what) {
        case arrival::repetition:
            return "delivered before, or given up";
        case arrival::held_already:
            return "held back already";
        case arrival::refused:
            return "too late: what depends on it was delivered";
        case arrival::full:
            return "too many held back";
        case arrival::source_restarted:
            return "from an earlier life of its node";
        case arrival::destination_restarted:
            return "for another life of this node";
        case arrival::life_unknown:
            return "for whichever life of this node: its sender is told which it is";
        default:
            return "its delivery stamp makes no sense";
    }
}

std::string_view why_abandoned(reliable_receiver::reason why) {
    if (why == reliable_receiver::reason::source_restarted) return "its node restarted";
    return why == reliable_receiver::reason::given_up ? "given up by its sender"
                                                      : "waited too long";
}

std::string why_lost(const delivery_core::given_up& lost) {
    if (lost.why == loss::destination_restarted) return "destination restarted";
    if (lost.why == loss::refused) return "refused: what depends on it was delivered";
    return "not acknowledged after " + std::to_string(lost.tries) +
           (lost.tries == 1 ? " try" : " tries");
}

}  // namespace

delivery_layer::delivery_layer(node& home)
    : home_(home),
      core_({home.id_, home.options_.thread}, home.options_.incarnation, home.options_.delivery) {
    (void)registered_type<acknowledgement>::done;
    for (const auto& [peer, life] : home_.peers_.lives()) core_.reconnected(peer, life, {});
}

// ---- sending -----------------------------------------------------------------------------------

void delivery_layer::send(envelope_ptr&& message, bool causal) {
    const actor_id to = message->destination;
    const delivery_lane lane{message->channel.hash, message->partition_key, thread_of(to)};
    const auto sequence = core_.send(to.node, lane, causal, home_.ports_.clock->now());
    message->cause = home_.current_event_;
    if (!sequence) return home_.drop(*message, "too many unacknowledged");
    const sent_id id{to.node, *sequence};
    kept_[id] = std::move(message);
    transmit(id);
    plan_timer();
}

/// Sends a copy, as a message of its own: with its own ordinal, past the hooks.
void delivery_layer::transmit(const sent_id& id) {
    const auto place = kept_.find(id);
    if (place == kept_.end()) return;
    envelope& original = *place->second;
    envelope_ptr copy = home_.ports_.envelopes->copy(original);
    copy->is_copy = false;
    copy->delivery = core_.stamp_of(id);
    const event_id before = std::exchange(home_.current_event_, original.cause);
    if (home_.leave(*copy)) {
        original.ordinal = copy->ordinal;
        original.link_from = copy->link_from;
        original.link_to = copy->link_to;
        original.cause = copy->cause;
        home_.put_on_link(std::move(copy));
    }
    home_.current_event_ = before;
}

void delivery_layer::give_up(const delivery_core::given_up& lost) {
    auto node = kept_.extract(lost.id);
    if (node.empty()) return;
    const envelope& message = *node.mapped();
    const std::string why = why_lost(lost);
    home_.drop(message, why);
    if (!home_.options_.delivery.report_undelivered || home_.find(message.source) == nullptr) {
        return;
    }
    envelope_ptr report = home_.ports_.envelopes->make();
    report->type = &message_type_of<undelivered>;
    encode(report->payload,
           undelivered{message.destination, std::string(message.type->name), lost.tries, why});
    const event_id before = std::exchange(home_.current_event_, message.cause);
    home_.send(address_of({home_.id_, home_.options_.thread}), message.source, std::move(report),
               {});
    home_.current_event_ = before;
}

void delivery_layer::do_effects() {
    const delivery_core::effects due = core_.take_effects();
    for (const sent_id& each : due.reached) kept_.erase(each);
    for (const delivery_core::given_up& each : due.lost) give_up(each);
    for (const reliable_receiver::abandoned& each : due.abandoned) {
        auto node = held_.extract(each.id);
        if (node.empty()) continue;
        home_.drop(*node.mapped(), why_abandoned(each.why));
    }
    for (const sent_id& each : due.again) {
        if (home_.stopping_) return;
        transmit(each);
    }
    plan_timer();
}

// ---- receiving ---------------------------------------------------------------------------------

acknowledgement& delivery_layer::answer_to(const envelope& message, answers& to) const {
    const delivery_end source{message.source.node, message.delivery->thread};
    answer& made = to[{source, message.channel.hash}];
    made.what.incarnation = core_.incarnation();
    made.what.sender_incarnation = message.delivery->incarnation;
    made.on = message.channel;
    return made.what;
}

/// Answered only when the actor has it, or there is none: then another try would not help.
void delivery_layer::hand_over(envelope_ptr&& message, answers& to) {
    answer_to(*message, to).reached.push_back(message->delivery->sequence);
    home_.hand_over(std::move(message));
}

void delivery_layer::take_arrival(arrival what, envelope_ptr&& message, answers& to) {
    const std::uint64_t sequence = message->delivery->sequence;
    switch (what) {
        case arrival::deliver:
            return hand_over(std::move(message), to);
        case arrival::hold: {
            answer_to(*message, to).held.push_back(sequence);
            home_.record(event_kind::delay, message.get(), message->destination, message->cause,
                         "waits for what was sent before it");
            const stamped_id id{{message->source.node, message->delivery->thread},
                                message->delivery->incarnation,
                                sequence};
            held_[id] = std::move(message);
            return;
        }
        case arrival::repetition:
            answer_to(*message, to).reached.push_back(sequence);
            break;
        case arrival::held_already:
            answer_to(*message, to).held.push_back(sequence);
            break;
        case arrival::refused:
            answer_to(*message, to).refused.push_back(sequence);
            break;
        case arrival::destination_restarted:
        case arrival::life_unknown:
            (void)answer_to(*message, to);
            break;
        default:
            break;
    }
    home_.drop(*message, why_dropped(what));
}

void delivery_layer::receive(envelope_ptr&& message) {
    const delivery_end from{message->source.node, message->delivery->thread};
    const auto stamp = message->delivery;
    const event_id cause = message->cause;
    answers due;
    take_arrival(core_.arrive(from, stamp, home_.ports_.clock->now()), std::move(message), due);
    follow_up(std::move(due), cause);
}

/// Hands over what waits no longer, answers, and does what else the core wants done.
void delivery_layer::follow_up(answers&& due, event_id cause) {
    while (!home_.stopping_) {
        const auto ready = core_.next_ready();
        if (!ready) break;
        auto node = held_.extract(*ready);
        if (!node.empty()) hand_over(std::move(node.mapped()), due);
    }
    if (home_.stopping_) return;  // crashed before it could answer
    const event_id before = std::exchange(home_.current_event_, cause);
    try {
        for (auto& [to, what] : due) send_answer(to.first, std::move(what));
        if (!home_.stopping_) do_effects();
    } catch (const bound_reached& bound) {
        // Outside of any actor it is the node's to record.
        home_.record(event_kind::bound, nullptr, {}, cause, bound.which);
    }
    home_.current_event_ = before;
}

void delivery_layer::send_answer(const delivery_end& to, answer&& what) {
    if (home_.stopping_) return;
    envelope_ptr fresh = home_.ports_.envelopes->make();
    fresh->type = &message_type_of<acknowledgement>;
    encode(fresh->payload, what.what);
    fresh->source = address_of({home_.id_, home_.options_.thread});
    fresh->destination = address_of(to);
    fresh->channel = what.on;
    home_.send_remote(std::move(fresh));
}

bool delivery_layer::is_own(const envelope& message) {
    const bool to_an_actor =
        message.destination.is_named() || (message.destination.local & ordinal_mask) != 0;
    if (message.type == nullptr || to_an_actor) return false;
    const std::uint64_t hash = message.type->hash;
    return hash == message_type_of<acknowledgement>.hash ||
           (message.is_timer && hash == message_type_of<delivery_due>.hash);
}

/// Requires: is_own().
bool delivery_layer::take(const envelope& message) {
    if (message.is_timer) {
        timer_ = {};
        core_.tick(home_.ports_.clock->now());
        follow_up({}, home_.current_event_);
        return true;
    }
    acknowledgement told;
    if (!decode(message.payload, told)) {
        home_.drop(message, "does not decode");
        return true;
    }
    if (told.sender_incarnation != core_.incarnation()) {
        home_.drop(message, "for another life of this node");
        return true;
    }
    const event_id cause =
        home_.record(event_kind::deliver, &message, message.destination, message.cause);
    core_.acknowledged(message.source.node, told, home_.ports_.clock->now());
    follow_up({}, cause);
    return true;
}

void delivery_layer::reconnected(node_id peer, std::uint64_t incarnation) {
    core_.reconnected(peer, incarnation, home_.ports_.clock->now());
    follow_up({}, home_.current_event_);
}

// ---- the timer ---------------------------------------------------------------------------------

/// One timer, for the first thing due. One that is early does no harm; one that nothing needs any
/// more would keep a simulated world from coming to rest.
void delivery_layer::plan_timer() {
    const auto due = core_.next_due();
    if (timer_ != timer_id{} && due && timer_due_ <= *due) return;
    if (timer_ != timer_id{}) home_.ports_.clock->cancel_timer(std::exchange(timer_, {}));
    if (!due || home_.stopping_) return;
    envelope_ptr wake = home_.ports_.envelopes->make();
    wake->type = &message_type_of<delivery_due>;
    wake->source = wake->destination = address_of({home_.id_, home_.options_.thread});
    wake->is_timer = true;
    timer_due_ = *due;
    const duration left = std::max(*due - home_.ports_.clock->now(), duration{0});
    timer_ = home_.ports_.clock->start_timer(left, std::move(wake));
}

}  // namespace partita::detail
