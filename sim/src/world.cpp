#include <partita/sim/world.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <stdexcept>
#include <utility>

#include <partita/runtime/prefetch.hpp>

#include "connections.hpp"
#include "event_queue.hpp"
#include "lanes.hpp"
#include "ordinal_table.hpp"
#include "simulated_storage.hpp"

namespace partita {

using detail::pending;
using detail::pending_kind;

/// Of a delivery that reaches its node in whatever life that has; lives count from 1.
constexpr std::uint64_t any_life = 0;

/// A node's place in the world: what stays when the node itself is gone.
struct world::host {
    node_id id;
    std::unique_ptr<node_transport> transport;  // null: the world itself
    std::unique_ptr<partita::node> running;     // null while down
    std::uint64_t incarnation = 1;
    bool started = false;
    bool paused = false;
    std::list<pending> stalled;  // what happened while paused, in order; no memory until then
    bool catching_up = false;    // no longer paused, but not through with `stalled`
    std::vector<node_id> watched_by;
    std::unique_ptr<simulated_storage> storage = std::make_unique<simulated_storage>();
    random_source link_random{0};
    // destination << 32 | lane index, channel
    std::map<std::pair<std::uint64_t, std::uint64_t>, time_point> lane_ends;
};

/// The transport as one node has it: only there who asks is known.
class world::node_transport final : public transport_port {
   public:
    node_transport(world& in, std::uint32_t place) : world_(in), place_(place) {}
    void send(envelope_ptr message, const passage_options& passage) override {
        world_.send(std::move(message), passage);
    }
    std::uint64_t next_ordinal(const envelope& message) override {
        return world_.next_ordinal(message);
    }
    void watch(node_id watcher, node_id watched) override { world_.watch(watcher, watched); }
    void connect(node_id self, const peer_spec& peer) override { world_.connect(self, peer); }
    void disconnect(node_id self, node_id peer) override { world_.disconnect(self, peer); }
    bool congested(node_id to, const channel& on, std::uint64_t partition_key) const override {
        return world_.is_congested(place_, to, on, partition_key);
    }

   private:
    world& world_;
    std::uint32_t place_;
};

world::world(const world_options& options, workspace& space)
    : options_(options),
      space_(space),
      trace_(options.detail),
      connections_(std::make_unique<detail::connection_table>()) {
    space_.queue_->clear();
    space_.ordinals_->clear();
    constant_latency_ = std::holds_alternative<constant_latency>(options_.latency);
    lanes_matter_ = !constant_latency_;
    static const auto no_channels = std::make_shared<const channel_table>();
    if (!options_.node.channels) options_.node.channels = no_channels;
    if (detail::lane_table::needed(options_.link, *options_.node.channels)) {
        lanes_ = std::make_unique<detail::lane_table>(options_.link, options_.node.channels);
    }
}

world::~world() {
    for (host& place : hosts_) {
        if (place.running) place.running->stop();
    }
    hosts_.clear();
    graveyard_.clear();
    old_disks_.clear();
    space_.queue_->clear();
}

void world::start(const std::vector<node_id>& names, start_function boot_node) {
    start_ = std::move(boot_node);
    std::size_t size = 8;
    while (size < names.size() * 2) size *= 2;
    index_.assign(size, {0, 0});
    hosts_.reserve(names.size());
    for (const node_id name : names) {
        std::size_t at = mix_bits(name.bits()) & (size - 1);
        while (index_[at].first != 0) at = (at + 1) & (size - 1);
        index_[at] = {name.bits(), static_cast<std::uint32_t>(hosts_.size())};
        hosts_.emplace_back().id = name;
        if (!constant_latency_)
            hosts_.back().link_random = random_source(seed_of("link " + name.name()));
    }
    std::vector<node_id> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    members_ = std::make_shared<const std::vector<node_id>>(std::move(sorted));
    for (host& place : hosts_) boot(place);
}

void world::boot(host& place) {
    place.started = true;
    node_options options = options_.node;
    options.incarnation = place.incarnation;
    ports outside;
    outside.clock = this;
    outside.transport = this;
    if (lanes_ && !place.transport) {
        place.transport = std::make_unique<node_transport>(*this, place_of(place.id));
    }
    if (lanes_) outside.transport = place.transport.get();
    outside.random = this;
    outside.storage = place.storage.get();
    outside.tasks = this;
    outside.events = this;
    outside.envelopes = &space_.envelopes_;
    std::unique_ptr<overlay> chosen =
        options_.overlay ? options_.overlay({place.id, place.id.name(), {}, {}}, place.incarnation)
                         : std::make_unique<full_mesh>(members_);
    connections_matter_ = connections_matter_ || chosen->dynamic();
    place.running = std::make_unique<partita::node>(place.id, options, outside, std::move(chosen),
                                                    space_.stacks_);
    place.running->start_membership();
    start_(*place.running);
    const std::uint32_t self = place_of(place.id);
    for (const std::uint32_t other : connections_->wanting(self)) open(other, self);
}

// ---- the clock ---------------------------------------------------------------------------------

bool world::quiescent() const { return space_.queue_->empty(); }

// Inlined by force: a fiber that switches back returns through here mispredicted, frame by frame.
[[gnu::always_inline]] inline void world::handle_at(host& place, pending&& what) {
    if (!place.running ||
        (what.incarnation != place.incarnation && what.incarnation != any_life)) [[unlikely]] {
        return lose(what, place.running ? "connection lost" : "node down");
    }
    partita::node& running = *place.running;
    switch (what.kind) {
        case pending_kind::delivery:
            return running.deliver(std::move(what.message));
        case pending_kind::laned:
            if (lanes_->lost(what.subject)) return lose(what, "connection lost");
            return running.deliver(std::move(what.message));
        case pending_kind::local:
            return running.deliver_local(std::move(what.message));
        case pending_kind::timer:
            return running.deliver_timer(std::move(what.message));
        case pending_kind::peer_down:
            return running.peer_down(node_id::from_bits(what.subject));
        case pending_kind::peer_up:
            return peer_up_at(place, node_id::from_bits(what.subject));
        case pending_kind::action:
        case pending_kind::catch_up:
            return;
    }
}

[[gnu::always_inline]] inline void world::handle(pending&& what) {
    if (what.kind == pending_kind::action) {
        actions_free_.push_back(what.subject);
        return std::exchange(actions_[what.subject], nullptr)();
    }
    host& place = hosts_[what.host];
    if (what.kind == pending_kind::catch_up) return catch_up(place);
    if (place.paused || place.catching_up) return place.stalled.push_back(std::move(what));
    handle_at(place, std::move(what));
}

/// With thousands of nodes each message finds host, node, actor and stack out of the caches, one
/// after the other. All are known some events ahead, so they can be on their way, each a few events
/// later than what points to it.
void world::fetch_ahead() const {
    constexpr std::size_t cached_nodes = 256;
    if (hosts_.size() < cached_nodes) return;
    const detail::event_queue& queue = *space_.queue_;
    const pending* const coming = queue.ahead(8);
    if (coming == nullptr) return;
    detail::prefetch(&hosts_[coming->host], 128);
    detail::prefetch(coming->message.get(), sizeof(envelope));
    detail::prefetch(hosts_[queue.ahead(6)->host].running.get(), sizeof(partita::node));
    const auto expect = [this](const pending& what, bool near) {
        const host& place = hosts_[what.host];
        if (place.running) place.running->expect(*what.message, near);
    };
    expect(*queue.ahead(4), false);
    expect(*queue.ahead(2), true);
}

bool world::step() {
    graveyard_.clear();
    old_disks_.clear();
    if (end_ || space_.queue_->empty()) return false;
    if (handled_ >= options_.events_max) {
        record_node(event_kind::bound, hosts_.front().id, "step bound");
        return false;
    }
    ++handled_;
    fetch_ahead();
    try {
        handle(space_.queue_->pop(now_));
    } catch (const bound_reached& bound) {  // outside any actor: a connection, or what after() runs
        record_node(event_kind::bound, hosts_.front().id, bound.which);
    }
    return true;
}

bool world::run_until(const std::function<bool()>& done, time_point limit) {
    while (!done()) {
        if (end_ || space_.queue_->empty() || space_.queue_->next_time() > limit) return false;
        if (!step()) return done();
    }
    return true;
}

void world::run_for(duration time) {
    const time_point limit = later(now_, time);
    run_until([] { return false; }, limit);
    if (!end_) now_ = limit;
}

void world::lose(const pending& what, std::string_view why) {
    if (what.kind != pending_kind::delivery && what.kind != pending_kind::laned) return;
    const envelope& message = *what.message;
    record({event_kind::drop, now_, message.link_to, message.destination, &message, message.cause,
            why});
}

std::uint64_t world::push(time_point at, pending&& what) {
    // User code that sends without end inside one handler must be stopped there.
    if (space_.queue_->size() >= options_.pending_max) throw bound_reached{"mailbox bound"};
    return space_.queue_->push(at, now_, std::move(what));
}

std::uint64_t world::push_for(std::uint32_t place, pending_kind kind, time_point at,
                              envelope_ptr&& message) {
    return push(at, {kind, place, hosts_[place].incarnation, 0, std::move(message)});
}

timer_id world::start_timer(duration delay, envelope_ptr message) {
    envelope& timed = *message;
    const std::uint32_t place = place_of(timed.destination.node);
    // +1: a ticket may be 0, a timer_id that names a timer may not.
    const timer_id id{push_for(place, pending_kind::timer, later(now_, delay), std::move(message)) +
                      1};
    timed.timer = id;
    return id;
}

void world::cancel_timer(timer_id timer) {
    if (timer.value == 0) return;
    space_.queue_->cancel(timer.value - 1);
    if (stalls_ == 0) return;
    for (host& place : hosts_) {
        std::erase_if(place.stalled, [&](const pending& what) {
            return what.kind == pending_kind::timer && what.message->timer == timer;
        });
    }
}

void world::after(duration delay, std::function<void()> action) {
    pending what;
    what.kind = pending_kind::action;
    what.subject = actions_free_.empty() ? actions_.size() : actions_free_.back();
    push(later(now_, delay), std::move(what));
    if (actions_free_.empty()) {
        actions_.push_back(std::move(action));
    } else {
        actions_[actions_free_.back()] = std::move(action);
        actions_free_.pop_back();
    }
}

// ---- the network -------------------------------------------------------------------------------

void world::post(envelope_ptr message) {
    const std::uint32_t place = place_of(message->destination.node);
    time_point at = now_;
    if (options_.fate) [[unlikely]] {
        const auto fate = options_.fate(*message);
        if (fate && !fate->arrivals.empty()) at = std::max(at, fate->arrivals.front());
    }
    push_for(place, pending_kind::local, at, std::move(message));
}

void world::send(envelope_ptr message, const passage_options& passage) {
    const std::uint32_t to = place_of(message->link_to);
    if (connections_matter_ && !connections_->up(place_of(message->link_from), to)) [[unlikely]] {
        record({event_kind::drop, now_, message->link_from, message->destination, message.get(),
                message->cause, "not connected"});
        return;
    }
    if (options_.fate && meets_fate(message)) [[unlikely]]
        return;
    if (lanes_) [[unlikely]]
        return send_in_lane(std::move(message), passage, to);
    const time_point at = arrival_of(*message, passage, to);
    push_for(to, pending_kind::delivery, at, std::move(message));
}

/// True when something else than the latency model decides about this message, and did.
bool world::meets_fate(envelope_ptr& message) {
    auto fate = options_.fate(*message);
    if (!fate) return false;
    if (fate->arrivals.empty()) {
        record({event_kind::drop, now_, message->link_from, message->destination, message.get(),
                message->cause, fate->reason});
    }
    if (fate->content) message->payload = std::move(*fate->content);
    const std::uint32_t to = place_of(message->link_to);
    for (std::size_t left = fate->arrivals.size(); left > 0; --left) {
        envelope_ptr each = left == 1 ? std::move(message) : space_.envelopes_.copy(*message);
        push(std::max(now_, fate->arrivals[fate->arrivals.size() - left]),
             {pending_kind::delivery, to, any_life, 0, std::move(each)});
    }
    return true;
}

time_point world::arrival_of(const envelope& message, const passage_options& passage,
                             std::uint32_t to) {
    if (constant_latency_ && !lanes_matter_ && passage.delay == duration{0}) {
        return later(now_, std::get<constant_latency>(options_.latency).time);
    }
    host& sender = host_of(message.link_from);
    const time_point at = later(later(now_, travel_time(sender)), passage.delay);
    if (passage.overtakable) return at;
    // Under constant latency lanes keep their order by themselves until the first delay.
    if (passage.delay > duration{0}) lanes_matter_ = true;
    if (!lanes_matter_) return at;
    const std::uint32_t parallelism = options_.node.channels->of(message.channel).parallelism;
    const std::uint32_t index = lane_of(message.partition_key, parallelism);
    time_point& end = sender.lane_ends[{std::uint64_t{to} << 32 | index, message.channel.hash}];
    end = std::max(end, at);
    return end;
}

duration world::travel_time(host& from) {
    return constant_latency_ ? std::get<constant_latency>(options_.latency).time
                             : sample(options_.latency, from.link_random);
}

void world::send_in_lane(envelope_ptr&& message, const passage_options& passage, std::uint32_t to) {
    const std::uint32_t from = place_of(message->link_from);
    const detail::journey how{travel_time(hosts_[from]), passage.delay, passage.overtakable};
    const std::uint64_t incarnation = hosts_[to].incarnation;
    const auto goes = lanes_->send(*message, {from, to, incarnation}, how, now_);
    if (!goes.refusal.empty()) {
        record({event_kind::drop, now_, message->link_from, message->destination, message.get(),
                message->cause, goes.refusal});
        return;
    }
    push(goes.arrives, {pending_kind::laned, to, incarnation, goes.number, std::move(message)});
}

bool world::is_congested(std::uint32_t from, node_id to, const channel& on,
                         std::uint64_t partition_key) {
    const auto known = index_of(to);
    return known && lanes_->congested({from, *known, hosts_[*known].incarnation}, on, partition_key,
                                      now_);
}

void world::connect(node_id self, const peer_spec& peer) {
    const std::string_view address = peer.address;
    const node_id id =
        peer.id != node_id{} ? peer.id : node_id(address.substr(0, address.rfind(':')));
    const auto known = index_of(id);
    const std::uint32_t from = place_of(self);
    if (!hosts_[from].running || known == from) return;
    if (!known) return tell_peer_down(self, id);
    connections_->want(from, *known, peer.address);
    open(from, *known);
}

/// A connection takes as long to make as its end takes to be noticed.
void world::open(std::uint32_t from, std::uint32_t to) {
    if (!hosts_[from].running || !connections_->wants(from, to)) return;
    if (!hosts_[to].running) {
        // One that has yet to start for the first time is not down.
        if (hosts_[to].started) tell_peer_down(hosts_[from].id, hosts_[to].id);
        return;
    }
    const std::uint64_t attempt = connections_->begin(from, to);
    if (attempt == 0) return;
    after(notice_time(), [this, from, to, attempt] {
        if (!connections_->complete(from, to, attempt)) return;
        tell_peer_up(from, to);
        tell_peer_up(to, from);
    });
}

void world::tell_peer_up(std::uint32_t watcher, std::uint32_t found) {
    pending what;
    what.kind = pending_kind::peer_up;
    what.host = watcher;
    what.incarnation = hosts_[watcher].incarnation;
    what.subject = hosts_[found].id.bits();
    push(now_, std::move(what));
}

void world::peer_up_at(host& place, node_id found) {
    const std::uint32_t self = place_of(place.id);
    const std::uint32_t peer = place_of(found);
    if (!connections_->up(self, peer)) return;
    const std::string role = hosts_[peer].running->overlay().self().role;
    place.running->peer_up({found, found.name(), connections_->address(self, peer), role},
                           hosts_[peer].incarnation);
    place.running->channel_up(found, channel{}.hash);
    place.running->channel_up(found, membership_channel.hash);
    for (const channel_options& each : place.running->channels().declared()) {
        place.running->channel_up(found, channel(each.name).hash);
    }
}

void world::disconnect(node_id self, node_id peer) {
    constexpr duration retry = std::chrono::seconds(1);
    const auto known = index_of(peer);
    if (!known) return;
    const std::uint32_t from = place_of(self);
    const std::uint32_t to = *known;
    connections_->unwant(from, to);
    const bool wanted_there = connections_->wants(to, from);
    if (!connections_->up(from, to)) {
        if (!wanted_there) connections_->close(from, to);
        return;
    }
    connections_->close(from, to);
    tell_peer_down(peer, self);
    if (wanted_there) after(retry, [this, from, to] { open(to, from); });
}

std::uint64_t world::next_ordinal(const envelope& message) {
    return space_.ordinals_->next(message);
}

void world::watch(node_id watcher, node_id watched) {
    const auto known = index_of(watched);
    if (!known) return tell_peer_down(watcher, watched);
    host& place = hosts_[*known];
    // One that has yet to start for the first time is not down.
    if (!place.running && place.started) return tell_peer_down(watcher, watched);
    if (std::find(place.watched_by.begin(), place.watched_by.end(), watcher) ==
        place.watched_by.end()) {
        place.watched_by.push_back(watcher);
    }
}

void world::tell_peer_down(node_id watcher, node_id gone) {
    pending what;
    what.kind = pending_kind::peer_down;
    what.host = place_of(watcher);
    what.incarnation = hosts_[what.host].incarnation;
    what.subject = gone.bits();
    push(later(now_, notice_time()), std::move(what));
}

duration world::notice_time() const {
    const auto* constant = std::get_if<constant_latency>(&options_.latency);
    return constant != nullptr ? constant->time : duration(std::chrono::milliseconds(1));
}

// ---- node control ------------------------------------------------------------------------------

void world::crash(node_id id) {
    host& place = host_of(id);
    if (!place.running) return;
    record_node(event_kind::crash, id);
    place.running->stop();
    graveyard_.push_back(std::move(place.running));
    if (place.paused || place.catching_up) --stalls_;
    place.paused = place.catching_up = false;
    for (const pending& what : std::exchange(place.stalled, {})) lose(what, "node down");
    // What the dead incarnation still writes, in the handler that it crashed in, reaches no disk.
    auto disk = std::make_unique<simulated_storage>(*place.storage);
    disk->lose_unsynced();
    old_disks_.push_back(std::exchange(place.storage, std::move(disk)));
    place.lane_ends.clear();
    if (lanes_) lanes_->forget(place_of(id), now_);
    std::vector<node_id> told = std::exchange(place.watched_by, {});
    for (const std::uint32_t other : connections_->forget(place_of(id))) {
        const node_id peer = hosts_[other].id;
        if (std::find(told.begin(), told.end(), peer) == told.end()) told.push_back(peer);
    }
    for (const node_id watcher : told) tell_peer_down(watcher, id);
}

void world::restart(node_id id) {
    host& place = host_of(id);
    if (place.running) return;
    record_node(event_kind::restart, id);
    ++place.incarnation;
    boot(place);
}

void world::pause(node_id id) {
    host& place = host_of(id);
    if (!place.running || place.paused) return;
    record_node(event_kind::pause, id);
    if (!place.catching_up) ++stalls_;
    place.paused = true;
}

void world::resume(node_id id) {
    host& place = host_of(id);
    if (!place.paused) return;
    record_node(event_kind::resume, id);
    place.paused = false;
    if (!place.catching_up) schedule_catch_up(place);
    place.catching_up = true;
}

void world::schedule_catch_up(const host& place) {
    pending what;
    what.kind = pending_kind::catch_up;
    what.host = place_of(place.id);
    push(now_, std::move(what));
}

/// Takes one event of those missed; what else happens meanwhile queues up behind them.
void world::catch_up(host& place) {
    if (!place.catching_up) return;
    if (place.paused || place.stalled.empty()) {
        place.catching_up = false;
        if (!place.paused) --stalls_;
        return;
    }
    pending first = std::move(place.stalled.front());
    place.stalled.pop_front();
    schedule_catch_up(place);
    handle_at(place, std::move(first));
}

std::vector<node_id> world::nodes() const {
    std::vector<node_id> ids;
    ids.reserve(hosts_.size());
    for (const host& place : hosts_) ids.push_back(place.id);
    return ids;
}

bool world::is_up(node_id id) const { return host_of(id).running != nullptr; }

bool world::is_paused(node_id id) const { return host_of(id).paused; }

partita::node* world::find(node_id id) {
    const auto known = index_of(id);
    return known ? hosts_[*known].running.get() : nullptr;
}

std::optional<std::uint32_t> world::index_of(node_id id) const {
    if (index_.empty() || id == node_id{}) return std::nullopt;
    for (std::size_t at = mix_bits(id.bits()) & (index_.size() - 1);;
         at = (at + 1) & (index_.size() - 1)) {
        if (index_[at].first == id.bits()) return index_[at].second;
        if (index_[at].first == 0) return std::nullopt;
    }
}

std::uint32_t world::place_of(node_id id) const {
    if (const auto known = index_of(id)) return *known;
    throw std::out_of_range("this world has no node " + id.name());
}

world::host& world::host_of(node_id id) { return hosts_[place_of(id)]; }
const world::host& world::host_of(node_id id) const { return hosts_[place_of(id)]; }

// ---- randomness and the trace ------------------------------------------------------------------

std::uint64_t world::seed_of(std::string_view stream) {
    return mix_bits(options_.seed ^ mix_bits(name_hash(stream)));
}

event_id world::record(const trace_event& event) {
    const event_id id = trace_.append(event);
    if (options_.listener != nullptr) options_.listener->record(event);
    if (!end_ && (event.kind == event_kind::failure || event.kind == event_kind::bound)) {
        end_ = world_end{event.kind, std::string(event.text), event.node};
    }
    return id;
}

void world::record_node(event_kind kind, node_id id, std::string_view text) {
    record({kind, now_, id, {}, nullptr, {}, text});
}

}  // namespace partita
