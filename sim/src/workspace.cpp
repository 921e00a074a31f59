#include <partita/sim/workspace.hpp>

#include "event_queue.hpp"
#include "ordinal_table.hpp"

namespace partita {

workspace::workspace() : workspace(stack_pool::options{}) {}

workspace::workspace(const stack_pool::options& stacks)
    : stacks_(stacks),
      queue_(std::make_unique<detail::event_queue>()),
      ordinals_(std::make_unique<detail::ordinal_table>()) {}

workspace::~workspace() = default;

}  // namespace partita
