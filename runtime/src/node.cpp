#include <partita/runtime/node.hpp>

#include <algorithm>

#include <partita/runtime/prefetch.hpp>

#include "actor_cell.hpp"
#include "delivery_layer.hpp"
#include "node_links.hpp"

namespace partita {
namespace {

// Of an actor_id's local part: incarnation, thread, ordinal.
constexpr int incarnation_shift = 40;
constexpr int thread_shift = 33;
constexpr std::uint64_t ordinal_mask = (1ULL << thread_shift) - 1;

/// As many bits of it as an address has room for.
std::uint64_t address_prefix(const node_options& of) {
    constexpr std::uint64_t room = (1ULL << 23) - 1;
    const std::uint64_t incarnation =
        of.incarnation <= room ? of.incarnation : (mix_bits(of.incarnation) & room) | 1;
    return incarnation << incarnation_shift | std::uint64_t{of.thread} << thread_shift;
}

}  // namespace

node::node(node_id id, const node_options& options, const ports& outside,
           std::unique_ptr<partita::overlay> mesh, stack_pool& stacks)
    : id_(id),
      options_(options),
      address_prefix_(address_prefix(options)),
      ports_(outside),
      overlay_(std::move(mesh)),
      stacks_(&stacks) {
    static const auto none = std::make_shared<const channel_table>();
    if (!options_.channels) options_.channels = none;
}

node::~node() {
    stopping_ = true;
    cells_.clear();
}

event_id node::record(event_kind kind, const envelope* message, actor_id actor, event_id cause,
                      std::string_view text) {
    if (stopping_ || ports_.events == nullptr) return {};
    return ports_.events->record({kind, ports_.clock->now(), id_, actor, message, cause, text});
}

detail::delivery_layer& node::delivery() {
    if (!delivery_) delivery_ = std::make_unique<detail::delivery_layer>(*this);
    return *delivery_;
}

void node::drop(const envelope& message, std::string_view why) {
    // An offer that an actor need not take.
    if (message.type != nullptr && message.type->hash == message_type_of<undelivered>.hash) return;
    record(event_kind::drop, &message, message.destination, message.cause, why);
}

/// The node crashed in the middle of passing this message: what became of it is still told.
void node::lose(const envelope& message) {
    if (ports_.events == nullptr) return;
    ports_.events->record({event_kind::drop, ports_.clock->now(), id_, message.destination,
                           &message, message.cause, "node crashed"});
}

actor_id node::add(std::unique_ptr<actor_cell> cell, std::string_view name) {
    actor_cell& added = *cell;
    added.id = actor_id{id_, address_prefix_ | cells_.next_ordinal()};
    added.name = name;
    if (!name.empty()) {
        added.name_digest = actor_id::named(id_, name).local;
        names_.put(added.name_digest, &added);
        ports_.tasks->name_changed(added.name_digest, true);
    }
    cells_.add(std::move(cell));
    ++alive_;
    const actor_id id = added.id;
    const event_id before = current_event_;
    current_event_ = record(event_kind::spawn, nullptr, id, before, name);
    ++depth_;
    added.start(*this);
    --depth_;
    current_event_ = before;
    collect_dead();
    return id;
}

actor_id node::spawn_behaviour(std::string_view name, std::unique_ptr<behaviour> body) {
    return add(std::make_unique<handler_cell>(std::move(body)), name);
}

actor_id node::spawn_fiber(std::string_view name, fiber_function body) {
    return add(std::make_unique<fiber_cell>(std::move(body)), name);
}

void node::on_thread(std::size_t thread, std::function<void(node&)> action) {
    if (thread == options_.thread) return action(*this);
    ports_.tasks->run_on(thread, std::move(action));
}

void node::ended(actor_cell& cell, std::string_view reason) {
    if (!cell.alive || stopping_) return;
    cell.alive = false;
    --alive_;
    record(event_kind::exit, nullptr, cell.id, current_event_, reason);
    const bool bears_name = cell.name_digest != 0 && names_.find(cell.name_digest) == &cell;
    if (bears_name) {
        names_.erase(cell.name_digest, &cell);
        ports_.tasks->name_changed(cell.name_digest, false);
    }
    dead_.push_back(&cell);
    dead_reasons_.emplace_back(reason);
    tell_watchers_of(cell.id, reason, cell.id.local);
    if (bears_name) tell_watchers_of(actor_id{id_, cell.name_digest}, reason, cell.id.local);
    if (links_) links_->ended(cell, reason);
    if (!watching_.empty()) unwatch_all(cell.id);
}

void node::failed(actor_cell& cell, event_kind kind, std::string_view what) {
    if (stopping_) return;
    const bool tolerated = kind == event_kind::failure && what.starts_with("exception: ") &&
                           links_ && links_->tolerated(cell.id);
    if (!tolerated) record(kind, nullptr, cell.id, current_event_, what);
    try {
        ended(cell, what);
    } catch (const bound_reached&) {
        // There was no room left to tell who watches. Nothing may leave a fiber, and it was
        // recorded already why the trial ends.
    }
}

void node::collect_dead() {
    // A cell must not go while code of any actor of this node is still on some stack above us.
    if (depth_ != 0 || dead_.empty()) return;
    const std::vector<actor_cell*> gone = std::move(dead_);
    dead_.clear();
    dead_reasons_.clear();
    for (const actor_cell* cell : gone) cells_.remove(cell->id.local & ordinal_mask);
}

actor_cell* node::find(actor_id who) const {
    if (who.is_named()) return names_.find(who.local);
    if ((who.local & ~ordinal_mask) != address_prefix_) return nullptr;
    actor_cell* const cell = cells_.find(who.local & ordinal_mask);
    return cell != nullptr && cell->alive ? cell : nullptr;
}

void node::expect(const envelope& coming, bool near) const {
    constexpr std::size_t cell_bytes = 320;
    const actor_cell* const cell = find(coming.destination);
    if (cell == nullptr) return;
    near ? cell->expect() : detail::prefetch(cell, cell_bytes);
}

}  // namespace partita
