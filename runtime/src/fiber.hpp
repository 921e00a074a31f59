#pragma once

#include <boost/context/fiber.hpp>
#include <functional>

#include <partita/runtime/stack_pool.hpp>

#include "sanitizers.hpp"

namespace partita::detail {

/// Thrown out of suspend() when the fiber is being destroyed. Not a std::exception, so that user code
/// does not catch it by accident.
struct fiber_cancelled {};

/// The C++ runtime's record of exceptions being handled; each fiber needs its own, since it may stop
/// inside a catch block (Itanium C++ ABI, Exception Handling, 2.2.2).
struct exception_state {
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

/// A function on a stack of its own that can stop in the middle. Destroying it while it is stopped
/// unwinds its stack, so that its locals are destroyed. Requires: all calls come from one thread, and
/// the body lets nothing but fiber_cancelled escape.
class fiber {
   public:
    fiber(stack_pool&, std::function<void()> body);
    ~fiber();
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    /// Runs the body until it suspends or returns.
    void resume();
    /// Called inside the body: goes back to whoever resumed it.
    void suspend();
    [[nodiscard]] bool done() const { return !continuation_; }
    /// False once the body ran over the end of its stack.
    [[nodiscard]] bool stack_intact() const { return stack_pool::intact(stack_); }

   private:
    stack_pool* pool_;
    stack_pool::stack stack_;
    std::function<void()> body_;
    boost::context::fiber continuation_;  // the body, while it is stopped
    boost::context::fiber resumer_;       // whoever resumed it, while it runs
    exception_state exceptions_;          // of whichever side is not running
    bool cancelled_ = false;
    switch_record inside_;
    switch_record outside_;
};

}  // namespace partita::detail
