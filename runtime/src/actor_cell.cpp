#include "actor_cell.hpp"

#include <exception>
#include <utility>

#include "node_links.hpp"

namespace partita {

random_source& actor_cell::random(random_port& port) {
    if (!random_) {
        std::string who = name.empty() ? "#" + std::to_string(id.local) : name;
        // After a restart a named actor must not draw again what it drew before the crash.
        const std::uint64_t incarnation = id.local >> 40;
        if (incarnation > 1) who += " " + std::to_string(incarnation);
        random_.emplace(port.seed_of(id.node.name() + "/" + who));
    }
    return *random_;
}

namespace {

/// Runs user code of an actor; what it throws becomes an event of the trace, and ends the actor.
template <typename Body, typename Failed>
void guarded(const Body& body, const Failed& failed) {
    try {
        body();
    } catch (const detail::fiber_cancelled&) {
        throw;
    } catch (const bound_reached& bound) {
        failed(event_kind::bound, bound.which);
    } catch (const std::exception& error) {
        failed(event_kind::failure, std::string("exception: ") + error.what());
    } catch (...) {
        failed(event_kind::failure, "exception: not a std::exception");
    }
}

}  // namespace

void handler_cell::start(node& home) {
    context self(home, *this);
    guarded([&] { body_->on_start(self); },
            [&](event_kind kind, std::string_view what) { home.failed(*this, kind, what); });
}

void handler_cell::take(node& home, envelope_ptr&& message, event_kind how) {
    remember(*message);
    home.reached(*this, *message, how);
    context self(home, *this);
    handling answer = handling::handled;
    guarded([&] { answer = body_->on_envelope(self, *message); },
            [&](event_kind kind, std::string_view what) { home.failed(*this, kind, what); });
    if (answer == handling::not_accepted) home.drop(*message, "not accepted by the actor");
    if (answer == handling::undecodable) home.drop(*message, "does not decode");
}

fiber_cell::~fiber_cell() { alive = false; }

inline void fiber_cell::run(node& home) {
    fiber_->resume();
    if (!fiber_->stack_intact()) {
        home.failed(*this, event_kind::failure, "stack overflow in a fiber actor");
    }
}

void fiber_cell::start(node& home) {
    fiber_.emplace(*home.stacks_, [this, &home] {
        fiber_context self(home, *this);
        // The end is guarded too: telling who watches may hit a bound, and nothing may leave a
        // fiber.
        guarded(
            [&] {
                body_(self);
                if (alive) home.ended(*this, "exit");
            },
            [&](event_kind kind, std::string_view what) { home.failed(*this, kind, what); });
    });
    run(home);
}

namespace {

/// Replies to requests are messages like others.
bool is_reply_to_call(const envelope& message) {
    return message.is_reply && (message.correlation & detail::request_bit) == 0;
}

}  // namespace

void fiber_cell::expect_replies(std::uint64_t first, std::uint64_t count) {
    replies_from_ = first;
    replies_expected_ = count;
    if (count == 0 && std::exchange(reply_waits_, false)) {
        std::erase_if(mailbox_,
                      [](const waiting_envelope& each) { return is_reply_to_call(*each.message); });
    }
}

bool fiber_cell::fits(const fiber_context::wait_for& wanted, const envelope& message) {
    if (message.type == nullptr) return false;
    const bool to_call = is_reply_to_call(message);
    if (to_call || wanted.correlation != 0) {
        return to_call && message.correlation - wanted.correlation < wanted.correlations;
    }
    for (const std::uint64_t hash : wanted.types) {
        if (message.type->hash == hash) return true;
    }
    return false;
}

void fiber_cell::take(node& home, envelope_ptr&& message, event_kind how) {
    if (message->type == nullptr) {  // the deadline of a wait
        if (wanted_ == nullptr || message->timer != deadline_) return;
        timed_out_ = true;
        home.reached(*this, *message, how);
        return run(home);
    }
    if (wanted_ != nullptr && fits(*wanted_, *message)) [[likely]] {
        home.reached(*this, *message, how);
        arrived_ = std::move(message);
        return run(home);
    }
    if (is_reply_to_call(*message)) {
        if (message->correlation - replies_from_ >= replies_expected_)
            return home.drop(*message, "late reply");
        reply_waits_ = true;
    }
    if (mailbox_.size() >= home.options_.mailbox_max) {
        home.drop(*message, "mailbox full");
        return home.failed(*this, event_kind::bound, "mailbox bound");
    }
    mailbox_.push_back({std::move(message), how});
}

fiber_cell::waiting_envelope fiber_cell::from_mailbox(const fiber_context::wait_for& wanted) {
    for (auto place = mailbox_.begin(); place != mailbox_.end(); ++place) {
        if (!fits(wanted, *place->message)) continue;
        waiting_envelope found = std::move(*place);
        mailbox_.erase(place);
        return found;
    }
    return {};
}

// Inlined by force: see fiber::resume.
[[gnu::always_inline]] inline envelope_ptr fiber_cell::wait(node& home,
                                                            const fiber_context::wait_for& wanted,
                                                            std::optional<time_point> deadline) {
    while (!alive) fiber_->suspend();  // ended by exit(): it is resumed only to be unwound
    if (waiting_envelope found = from_mailbox(wanted); found.message) {
        home.reached(*this, *found.message, found.how);
        remember(*found.message);
        return std::move(found.message);
    }
    if (deadline) {
        envelope_ptr wake = home.ports_.envelopes->make();
        wake->source = wake->destination = id;
        wake->is_timer = true;
        const duration left = std::max(*deadline - home.ports_.clock->now(), duration{0});
        deadline_ = home.ports_.clock->start_timer(left, std::move(wake));
    }
    wanted_ = &wanted;
    fiber_->suspend();
    wanted_ = nullptr;
    // A deadline that was under way already must not end a later wait.
    const timer_id deadline_timer = std::exchange(deadline_, {});
    if (timed_out_) {
        timed_out_ = false;
        return nullptr;
    }
    if (deadline) home.ports_.clock->cancel_timer(deadline_timer);
    if (arrived_) remember(*arrived_);
    return std::move(arrived_);
}

void fiber_cell::hold_back(node& home, node_id to, const channel& lane,
                           std::uint64_t partition_key) {
    // Short against the time that half a full queue takes to drain.
    constexpr duration pause{std::chrono::milliseconds(1)};
    const auto hop = home.overlay_->next_hop(to);
    if (!hop) return;
    while (alive && home.ports_.transport->congested(*hop, lane, partition_key)) {
        (void)wait(home, {}, later(home.ports_.clock->now(), pause));
    }
}

envelope_ptr fiber_context::wait(const wait_for& wanted, std::optional<time_point> deadline) {
    return static_cast<fiber_cell*>(cell_)->wait(*node_, wanted, deadline);
}

}  // namespace partita
