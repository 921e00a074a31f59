#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <partita/runtime/node.hpp>
#include <partita/runtime/prefetch.hpp>

#include "fiber.hpp"

namespace partita {

/// An actor as its node keeps it: address, name, randomness, and what it makes of an envelope.
class actor_cell {
   public:
    virtual ~actor_cell() = default;
    virtual void start(node&) = 0;
    /// Takes one envelope and does all that follows from it until the actor waits again.
    virtual void take(node&, envelope_ptr&&, event_kind) = 0;
    /// Asks for the memory that take() will need.
    virtual void expect() const = 0;
    /// Something was sent there. Who can wait in the middle does so while too much waits already;
    /// others find their messages dropped when the queue is full.
    virtual void hold_back(node&, node_id, const channel&, std::uint64_t) {}

    [[nodiscard]] random_source& random(random_port&);

    actor_id id;
    std::string name;
    std::uint64_t name_digest = 0;  // of the address by name; 0 = none
    bool alive = true;
    bool is_answer = false;  // the message being handled
    // Of the message being handled.
    actor_id sender;
    partita::caller caller;

   protected:
    void remember(const envelope& message) {
        sender = message.source;
        caller = partita::caller{message.source, message.correlation};
        is_answer = message.is_reply;
    }

   private:
    std::optional<random_source> random_;
};

class handler_cell final : public actor_cell {
   public:
    explicit handler_cell(std::unique_ptr<behaviour> body) : body_(std::move(body)) {}
    void start(node&) override;
    void take(node&, envelope_ptr&&, event_kind) override;
    void expect() const override { detail::prefetch(body_.get(), 1); }

   private:
    std::unique_ptr<behaviour> body_;
};

class fiber_cell final : public actor_cell {
   public:
    explicit fiber_cell(fiber_function body) : body_(std::move(body)) {}
    ~fiber_cell() override;
    void start(node&) override;
    void take(node&, envelope_ptr&&, event_kind) override;
    void expect() const override {
        if (fiber_) fiber_->expect();
    }

    void hold_back(node&, node_id to, const channel&, std::uint64_t partition_key) override;

    /// Called on the fiber: the first envelope that fits, or null at the deadline.
    [[nodiscard]] envelope_ptr wait(node&, const fiber_context::wait_for&,
                                    std::optional<time_point>);
    /// Replies to these may come while something else is waited for; those to others no more.
    void expect_replies(std::uint64_t first, std::uint64_t count);

   private:
    [[nodiscard]] static bool fits(const fiber_context::wait_for&, const envelope&);
    struct waiting_envelope {
        envelope_ptr message;
        event_kind how = event_kind::deliver;
    };
    [[nodiscard]] waiting_envelope from_mailbox(const fiber_context::wait_for&);
    [[gnu::always_inline]] void run(node&);  // see fiber::resume

    fiber_function body_;
    std::optional<detail::fiber> fiber_;
    std::vector<waiting_envelope> mailbox_;
    std::uint64_t replies_from_ = 0;
    std::uint64_t replies_expected_ = 0;
    bool reply_waits_ = false;                         // in the mailbox
    const fiber_context::wait_for* wanted_ = nullptr;  // while the fiber waits
    envelope_ptr arrived_;                             // what ends the wait
    timer_id deadline_;
    bool timed_out_ = false;
};

}  // namespace partita
