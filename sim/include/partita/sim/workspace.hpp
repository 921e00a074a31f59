#pragma once

#include <memory>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/stack_pool.hpp>

namespace partita {

namespace detail {
class event_queue;
class ordinal_table;
}  // namespace detail

/// Memory that one trial after another uses, so that a trial need not ask the system for any:
/// pools, stacks and tables. Nothing in it reaches an outcome. One world at a time; one thread.
class workspace {
   public:
    workspace();
    explicit workspace(const stack_pool::options&);
    ~workspace();
    workspace(const workspace&) = delete;
    workspace& operator=(const workspace&) = delete;

   private:
    friend class world;
    envelope_pool envelopes_;
    stack_pool stacks_;
    std::unique_ptr<detail::event_queue> queue_;
    std::unique_ptr<detail::ordinal_table> ordinals_;
};

}  // namespace partita
