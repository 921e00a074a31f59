#pragma once

#include <boost/context/fiber.hpp>
#include <functional>
#include <utility>

#include <partita/runtime/prefetch.hpp>
#include <partita/runtime/stack_pool.hpp>

#include "sanitizers.hpp"

namespace partita::detail {

/// Thrown out of suspend() when the fiber is being destroyed. Not a std::exception, so that user
/// code does not catch it by accident.
struct fiber_cancelled {};

/// The C++ runtime's record of exceptions being handled; each fiber needs its own, since it may
/// stop inside a catch block (Itanium C++ ABI, Exception Handling, 2.2.2).
struct exception_state {
    void* caught = nullptr;
    unsigned int uncaught = 0;

    /// This thread's.
    [[nodiscard]] static exception_state& current();
};

/// A function on a stack of its own that can stop in the middle. Destroying it while it is stopped
/// unwinds its stack, so that its locals are destroyed. Requires: all calls come from one thread,
/// and the body lets nothing but fiber_cancelled escape.
class fiber {
   public:
    fiber(stack_pool&, std::function<void()> body);
    ~fiber();
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    // Inlined by force: behind a switch the processor's stack of return addresses is that of the
    // other side, and every frame between the switch and a loop costs a mispredicted return.

    /// Runs the body until it suspends or returns.
    [[gnu::always_inline]] void resume() {
        outside_.own_fiber = current_tsan_fiber();
        std::swap(*current_exceptions_, exceptions_);
        before_switch_to(outside_, stack_.bottom, stack_.bytes, false, inside_.own_fiber);
        continuation_ = std::move(continuation_).resume();
        after_switch(outside_, nullptr, nullptr);
        std::swap(*current_exceptions_, exceptions_);
    }
    /// Called inside the body: goes back to whoever resumed it.
    [[gnu::always_inline]] void suspend() {
        if (cancelled_) throw fiber_cancelled{};
        stopped_at_ = __builtin_frame_address(0);
        before_switch_to(inside_, outside_.other_bottom, outside_.other_bytes, false,
                         outside_.own_fiber);
        resumer_ = std::move(resumer_).resume();
        after_switch(inside_, &outside_.other_bottom, &outside_.other_bytes);
        if (cancelled_) throw fiber_cancelled{};
    }
    /// Asks for the part of the stack that a stopped body will use when it is resumed.
    void expect() const {
        constexpr std::size_t below = 256;  // what was pushed after stopped_at_
        constexpr std::size_t hot_bytes = 1'024;
        prefetch(static_cast<const char*>(stopped_at_) - below, hot_bytes);
    }
    [[nodiscard]] bool done() const { return !continuation_; }
    /// False once the body ran over the end of its stack.
    [[nodiscard]] bool stack_intact() const { return stack_pool::intact(stack_); }

   private:
    stack_pool* pool_;
    stack_pool::stack stack_;
    std::function<void()> body_;
    boost::context::fiber continuation_;   // the body, while it is stopped
    boost::context::fiber resumer_;        // whoever resumed it, while it runs
    exception_state* current_exceptions_;  // of the one thread that uses this fiber
    exception_state exceptions_;           // of whichever side is not running
    bool cancelled_ = false;
    const void* stopped_at_ = nullptr;  // some place on its stack
    switch_record inside_;
    switch_record outside_;
};

}  // namespace partita::detail
