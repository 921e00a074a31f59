#include "fiber.hpp"

#include <cxxabi.h>

#include <utility>

namespace partita::detail {
namespace {

/// Hands Boost.Context a stack the pool already gave out; the fiber itself gives it back.
struct borrowed_stack {
    stack_pool::stack stack;
    boost::context::stack_context allocate() {
        boost::context::stack_context context;
        context.size = stack.bytes;
        context.sp = stack.bottom + stack.bytes;
        return context;
    }
    void deallocate(boost::context::stack_context&) noexcept {}
};

}  // namespace

exception_state& exception_state::current() {
    return *reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
}

fiber::fiber(stack_pool& pool, std::function<void()> body)
    : pool_(&pool),
      stack_(pool.take()),
      body_(std::move(body)),
      current_exceptions_(&exception_state::current()) {
    inside_.own_fiber = make_tsan_fiber();
    continuation_ = boost::context::fiber(
        std::allocator_arg, borrowed_stack{stack_}, [this](boost::context::fiber&& resumer) {
            resumer_ = std::move(resumer);
            after_switch(inside_, &outside_.other_bottom, &outside_.other_bytes);
            try {
                if (!cancelled_) body_();
            } catch (const fiber_cancelled&) {
                // The stack is unwound; that was all there was to do.
            }
            before_switch_to(inside_, outside_.other_bottom, outside_.other_bytes, true,
                             outside_.own_fiber);
            return std::move(resumer_);
        });
}

fiber::~fiber() {
    cancelled_ = true;
    if (continuation_) resume();
    destroy_tsan_fiber(inside_.own_fiber);
    pool_->give_back(stack_);
}

}  // namespace partita::detail
