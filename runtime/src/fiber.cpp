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

void swap_exceptions(exception_state& other) {
    auto& current = *reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
    std::swap(current, other);
}

}  // namespace

fiber::fiber(stack_pool& pool, std::function<void()> body)
    : pool_(&pool), stack_(pool.take()), body_(std::move(body)) {
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

void fiber::resume() {
    outside_.own_fiber = current_tsan_fiber();
    swap_exceptions(exceptions_);
    before_switch_to(outside_, stack_.bottom, stack_.bytes, false, inside_.own_fiber);
    continuation_ = std::move(continuation_).resume();
    after_switch(outside_, nullptr, nullptr);
    swap_exceptions(exceptions_);
}

void fiber::suspend() {
    if (cancelled_) throw fiber_cancelled{};
    before_switch_to(inside_, outside_.other_bottom, outside_.other_bytes, false, outside_.own_fiber);
    resumer_ = std::move(resumer_).resume();
    after_switch(inside_, &outside_.other_bottom, &outside_.other_bytes);
    if (cancelled_) throw fiber_cancelled{};
}

fiber::~fiber() {
    cancelled_ = true;
    if (continuation_) resume();
    destroy_tsan_fiber(inside_.own_fiber);
    pool_->give_back(stack_);
}

}  // namespace partita::detail
