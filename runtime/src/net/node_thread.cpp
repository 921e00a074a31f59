#include "net/node_thread.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "net/peer_link.hpp"
#include "net/type_table.hpp"

namespace partita::detail {
namespace {

/// How many messages that stay on the thread go between two looks at the sockets.
constexpr std::size_t local_batch = 256;
/// Of so many polls one asks all sockets, the others only that which a message came by last.
constexpr unsigned polls_a_round = 16;

time_point clock_now() {
    return time_point(
        std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

/// The way to other nodes, as the first thread's overlay knows it.
class shared_routes final : public overlay {
   public:
    explicit shared_routes(const node_group& group) : group_(group), known_(group.routes()) {}
    [[nodiscard]] const std::vector<node_id>& members() const override {
        known_ = group_.routes();
        return known_->members;
    }
    [[nodiscard]] std::optional<node_id> next_hop(node_id destination) const override {
        known_ = group_.routes();
        const auto found = known_->next_hops.find(destination);
        if (found == known_->next_hops.end()) return std::nullopt;
        return found->second;
    }
    [[nodiscard]] std::vector<node_id> neighbours() const override { return members(); }
    [[nodiscard]] overlay_actions handle(const overlay_event&) override { return {}; }
    /// Joining and leaving is for the first thread's membership actor, wherever it is asked for.
    [[nodiscard]] bool dynamic() const override { return true; }

   private:
    const node_group& group_;
    mutable std::shared_ptr<const node_group::route_table> known_;
};

std::unique_ptr<partita::overlay> overlay_of(const node_group& group, std::uint32_t thread) {
    if (thread != 0) return std::make_unique<shared_routes>(group);
    if (group.options.overlay_with) {
        return group.options.overlay_with(group.self, group.incarnation);
    }
    return std::make_unique<full_mesh>(group.self.id, std::vector<node_id>{});
}

}  // namespace

node_thread::node_thread(node_group& group, std::uint32_t number)
    : group_(group),
      number_(number),
      io_(1),
      surroundings_{&io_, &envelopes_, group.tls ? &*group.tls : nullptr, &group.options.limits,
                    &group.options.timing},
      wake_up_(io_),
      spreading_(group.incarnation + number) {}

node_thread::~node_thread() = default;

time_point node_thread::now() const { return clock_now(); }

// ---- the loop ----------------------------------------------------------------------------------

void node_thread::run(const std::function<void(node&)>& start) {
    id_ = std::this_thread::get_id();
    node_options options;
    options.incarnation = group_.incarnation;
    options.delivery = group_.options.delivery;
    options.delivery.incarnation_assumed = 0;  // the transport tells of each
    options.channels = group_.channels;
    options.thread = number_;
    ports outside;
    outside.clock = this;
    outside.transport = this;
    outside.random = this;
    outside.storage = group_.storage.get();
    outside.tasks = this;
    outside.events = group_.options.events;
    outside.envelopes = &envelopes_;
    node_ = std::make_unique<node>(group_.self.id, options, outside, overlay_of(group_, number_),
                                   stacks_);
    if (is_first()) {
        if (group_.self.role.empty()) group_.self.role = node_->overlay().self().role;
        node_->start_membership();
    }
    if (start) start(*node_);
    const auto work = boost::asio::make_work_guard(io_);
    while (!stopping_) turn();
    for (auto& [number, each] : accepted_) each->abandon(true);
    for (const auto& link : links_) link->close();
    node_->stop();
    node_.reset();
}

void node_thread::stop() {
    stopping_ = true;
    boost::asio::post(io_, [] {});
}

void node_thread::turn() {
    old_links_.clear();
    const bool more = run_local();
    if (routes_changed_) publish_routes();
    const bool came = run_inbox();
    run_timers();
    if (routes_changed_) publish_routes();
    flush_all();
    // What this thread puts into its own inbox, from a timer or a flush, does not wake it.
    if (more || came || !local_.empty() || inbox_filled_.load(std::memory_order_acquire)) {
        io_.poll_one();
    } else {
        wait();
    }
}

/// Waits for something to happen: awake at first, when it is likely to happen soon. What that saves
/// is the way into and out of sleep, which is most of a short round trip.
void node_thread::wait() {
    const duration awake = group_.options.busy_poll;
    if (awake <= duration{0}) {
        arm_wake_up();
        io_.run_one();
        return;
    }
    const time_point begun = now();
    if (brisk_ && poll_until(begun + awake)) return;
    arm_wake_up();
    io_.run_one();
    // A peer that sleeps too adds its waking up to what it takes to answer.
    brisk_ = now() - begun < 2 * awake;
}

/// False: nothing happened.
bool node_thread::poll_until(time_point until) {
    if (!timers_.empty()) until = std::min(until, timers_.front().at);
    do {
        if (poll()) return true;
    } while (now() < until);
    return !timers_.empty() && timers_.front().at <= until;
}

bool node_thread::poll() {
    if (inbox_filled_.load(std::memory_order_acquire)) return true;
    if (++polled_ % polls_a_round != 0 && busiest_ != nullptr) return busiest_->poll();
    if (io_.poll_one() != 0) return true;
    std::this_thread::yield();  // to whom this waits for, where processors are few
    return false;
}

bool node_thread::run_local() {
    std::size_t done = 0;
    while (!local_.empty() && done < local_batch) {
        local_now_.swap(local_);
        done += local_now_.size();
        for (envelope_ptr& each : local_now_) node_->deliver_local(std::move(each));
        local_now_.clear();
    }
    routes_changed_ = routes_changed_ || done != 0;  // by the membership actor, perhaps
    return done != 0;
}

void node_thread::flush_all() {
    // Flushing may put more here: not before its next turn.
    const auto flushed = std::exchange(to_flush_, {});
    for (const std::shared_ptr<connection>& each : flushed) each->flush();
}

/// Membership changes by messages, connections and what the application asks for; each of these
/// sets the flag, mostly for nothing.
void node_thread::publish_routes() {
    routes_changed_ = false;
    if (number_ != 0 || group_.options.threads == 1) return;
    auto routes = std::make_shared<node_group::route_table>();
    routes->members = node_->members();
    for (const node_id each : routes->members) {
        if (const auto hop = node_->overlay().next_hop(each)) routes->next_hops[each] = *hop;
    }
    const auto known = group_.routes();
    if (known->members == routes->members && known->next_hops == routes->next_hops) return;
    group_.publish(std::move(routes));
}

void node_thread::flush_later(connection& filled) {
    if (std::exchange(filled.notes.to_be_flushed, true)) return;
    to_flush_.push_back(filled.shared_from_this());
}

// ---- what other threads put here ---------------------------------------------------------------

void node_thread::put(parcel what) {
    {
        const std::lock_guard guard(inbox_mutex_);
        inbox_.push_back(std::move(what));
    }
    if (!inbox_filled_.exchange(true, std::memory_order_acq_rel) && !here()) {
        boost::asio::post(io_, [] {});
    }
}

void node_thread::post_action(std::function<void(node&)> action) {
    put({parcel::kind::action, nullptr, std::move(action)});
}
void node_thread::post_message(envelope_ptr message) {
    put({parcel::kind::message, std::move(message), {}});
}
void node_thread::post_delivery(envelope_ptr message) {
    put({parcel::kind::delivery, std::move(message), {}});
}
void node_thread::post_send(envelope_ptr message) {
    put({parcel::kind::send, std::move(message), {}});
}

bool node_thread::run_inbox() {
    if (!inbox_filled_.exchange(false, std::memory_order_acq_rel)) return false;
    {
        const std::lock_guard guard(inbox_mutex_);
        inbox_now_.swap(inbox_);
    }
    for (parcel& each : inbox_now_) {
        switch (each.what) {
            case parcel::kind::message:
                node_->deliver_local(std::move(each.message));
                break;
            case parcel::kind::delivery:
                node_->deliver(std::move(each.message));
                break;
            case parcel::kind::send:
                send_now(std::move(each.message));
                break;
            case parcel::kind::action:
                routes_changed_ = true;
                each.action(*node_);
                break;
        }
    }
    inbox_now_.clear();
    return true;
}

// ---- clock and timers --------------------------------------------------------------------------

timer_id node_thread::start_timer(duration delay, envelope_ptr message) {
    const timer_id id{++last_timer_};
    message->timer = id;
    timers_.push_back({later(now(), delay), id.value});
    std::push_heap(timers_.begin(), timers_.end());
    timer_envelopes_.emplace(id.value, std::move(message));
    return id;
}

void node_thread::cancel_timer(timer_id timer) {
    timer_envelopes_.erase(timer.value);
    // Those cancelled stay in the heap until they are due, or too many.
    if (timers_.size() < 64 || timers_.size() < timer_envelopes_.size() * 4) return;
    std::erase_if(timers_,
                  [&](const pending_timer& each) { return !timer_envelopes_.contains(each.id); });
    std::make_heap(timers_.begin(), timers_.end());
}

void node_thread::run_timers() {
    if (timers_.empty()) return;
    const time_point until = now();
    while (!timers_.empty() && timers_.front().at <= until) {
        const std::uint64_t id = timers_.front().id;
        std::pop_heap(timers_.begin(), timers_.end());
        timers_.pop_back();
        const auto found = timer_envelopes_.find(id);
        if (found == timer_envelopes_.end()) continue;
        envelope_ptr message = std::move(found->second);
        timer_envelopes_.erase(found);
        // A message that a send hook held back, or a timer.
        if (!message->is_timer && message->link_from == group_.self.id &&
            message->link_to != node_id{}) {
            send_now(std::move(message));
        } else {
            node_->deliver_timer(std::move(message));
        }
    }
}

void node_thread::arm_wake_up() {
    const time_point next = timers_.empty() ? time_point::max() : timers_.front().at;
    if (next == wake_up_at_ && next > now()) return;
    wake_up_at_ = next;
    if (next == time_point::max()) return;
    wake_up_.expires_after(std::max(next - now(), duration{0}));
    wake_up_.async_wait([](const boost::system::error_code&) {});
}

// ---- sending -----------------------------------------------------------------------------------

std::uint32_t node_thread::thread_of_lane(const channel& wanted, std::uint32_t lane) const {
    const std::size_t threads = group_.options.threads;
    return threads == 1 ? 0 : static_cast<std::uint32_t>((wanted.hash % 61 + lane) % threads);
}

std::uint32_t node_thread::lane_for(const channel& wanted, std::uint64_t partition_key) const {
    return lane_of(partition_key, group_.channels->of(wanted).parallelism);
}

void node_thread::send(envelope_ptr message, const passage_options& passage) {
    if (held_back(message, passage)) return;
    const std::uint32_t thread =
        thread_of_lane(message->channel, lane_for(message->channel, message->partition_key));
    if (thread == number_) return send_now(std::move(message));
    group_.threads[thread]->post_send(detached(std::move(message)));
}

/// Interposition asked for a delay, or holds back what must go first.
bool node_thread::held_back(envelope_ptr& message, const passage_options& passage) {
    if (passage.delay <= duration{0} && held_until_.empty()) return false;
    const time_point at = now();
    const lane_key lane{message->link_to, message->channel.hash,
                        lane_for(message->channel, message->partition_key)};
    const auto held = held_until_.find(lane);
    time_point until = later(at, passage.delay);
    if (held != held_until_.end() && !passage.overtakable) {
        if (held->second > at) {
            until = std::max(until, held->second);
        } else if (passage.delay <= duration{0}) {
            held_until_.erase(held);
        }
    }
    if (until == at) return false;
    if (!passage.overtakable) held_until_[lane] = until;
    start_timer(until - at, std::move(message));
    return true;
}

peer_link* node_thread::link_to(node_id peer) const {
    const auto found = links_by_id_.find(peer);
    return found == links_by_id_.end() ? nullptr : found->second;
}

void node_thread::send_now(envelope_ptr message) {
    peer_link* const link = link_to(message->link_to);
    if (link == nullptr) return drop(*message, "not connected");
    group_.counters.messages_sent.fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t lane = lane_for(message->channel, message->partition_key);
    link->send(std::move(message), lane);
}

bool node_thread::congested(node_id to, const channel& wanted, std::uint64_t partition_key) const {
    const peer_link* const link = link_to(to);
    const std::uint32_t lane = lane_for(wanted, partition_key);
    return link != nullptr && thread_of_lane(wanted, lane) == number_ &&
           link->congested(wanted, lane);
}

void node_thread::drop(const envelope& message, std::string_view why) {
    group_.counters.messages_shed.fetch_add(1, std::memory_order_relaxed);
    if (group_.options.events == nullptr) return;
    group_.options.events->record({event_kind::drop, now(), group_.self.id, message.destination,
                                   &message, message.cause, why});
}

std::uint64_t node_thread::next_ordinal(const envelope& message) {
    // Numbers serve to name messages in schedules and recordings; who has neither does without.
    if (group_.options.events == nullptr && node_->hooks().empty()) return 0;
    return ++ordinals_[{message.source.node, message.destination.node, message.channel.hash,
                        message.type->hash}];
}

// ---- peers -------------------------------------------------------------------------------------

void node_thread::connect(node_id, const peer_spec& peer) {
    if (peer.id == group_.self.id) return;
    const auto same = [&](const std::unique_ptr<peer_link>& each) {
        return peer.id != node_id{} ? each->spec().id == peer.id
                                    : each->spec().address == peer.address;
    };
    const auto known = std::find_if(links_.begin(), links_.end(), same);
    if (known != links_.end()) {
        (*known)->asked_for = true;
        const std::string& address = (*known)->spec().address;
        if (peer.address.empty() || address == peer.address) return;
        if (address.empty()) return (*known)->set_address(peer.address);
        disconnect(group_.self.id, peer.id);  // it has moved
    }
    make_link(peer, true);
}

void node_thread::make_link(const peer_spec& peer, bool wanted) {
    routes_changed_ = true;
    links_.push_back(std::make_unique<peer_link>(*this, peer));
    links_.back()->asked_for = wanted;
    if (peer.id != node_id{}) links_by_id_[peer.id] = links_.back().get();
    links_.back()->open();
    if (!is_first()) return;
    for (const auto& each : group_.threads) {
        if (each.get() == this) continue;
        each->post_action([thread = each.get(), peer](node&) { thread->make_link(peer, true); });
    }
}

void node_thread::answer(const peer_spec& peer, std::uint64_t life) {
    peer_link* const known = link_to(peer.id);
    if (known == nullptr) {
        make_link(peer, false);
    } else if (known->life() != 0 && known->life() < life) {
        // It runs anew: what is connected to its former life has not noticed yet, and is no news.
        group_.forget(peer.id);
        known->renew();
    }
    if (known != nullptr && known->spec().address.empty()) known->set_address(peer.address);
    // What is sent to it waits until the connections are made in turn.
    node_->peer_up(peer, life);
}

void node_thread::no_longer_asked_by(node_id peer) {
    peer_link* const known = link_to(peer);
    if (known == nullptr || known->asked_for) return;
    disconnect(group_.self.id, peer);
    node_->peer_down(peer, "it disconnected");
}

bool node_thread::learn_peer(peer_link& link, const peer_spec& who, std::uint64_t life) {
    if (link.spec().id == who.id) {
        link.learn(who, life);
        return true;
    }
    const auto known = links_by_id_.find(who.id);
    if (known == links_by_id_.end()) {
        link.learn(who, life);
        links_by_id_[who.id] = &link;
        return true;
    }
    // A node that is connected already answered under another address.
    link.close();
    const auto place = std::find_if(links_.begin(), links_.end(),
                                    [&](const auto& each) { return each.get() == &link; });
    if (place != links_.end()) {
        old_links_.push_back(std::move(*place));
        links_.erase(place);
    }
    return false;
}

void node_thread::disconnect(node_id, node_id peer) {
    for (const auto& [number, each] : std::map(accepted_)) {
        if (each->peer_id == peer) each->close("this node disconnected");
    }
    const auto place = std::find_if(links_.begin(), links_.end(),
                                    [&](const auto& each) { return each->spec().id == peer; });
    if (place == links_.end()) return;
    (*place)->close();
    links_by_id_.erase(peer);
    old_links_.push_back(std::move(*place));
    links_.erase(place);
    if (!is_first()) return;
    group_.forget(peer);
    for (const auto& each : group_.threads) {
        if (each.get() == this) continue;
        each->post_action([thread = each.get(), peer](node&) { thread->disconnect({}, peer); });
    }
}

void node_thread::watch(node_id, node_id watched) {
    const std::string why = link_to(watched) == nullptr ? "not connected" : group_.trouble(watched);
    if (why.empty()) return;
    post_action([watched, why](node& here) { here.peer_down(watched, why); });
}

duration node_thread::spread(duration most) {
    const auto half = static_cast<std::uint64_t>(most.count() / 2);
    return duration(static_cast<std::int64_t>(half + (half == 0 ? 0 : spreading_() % half)));
}

// ---- accepted connections ----------------------------------------------------------------------

void node_thread::accept(connection::socket from) {
    connection::purpose purpose;
    purpose.role_with = [](const handshake_options& self, const admission& admit) {
        return accepting(self, admit);
    };
    auto accepted = std::make_shared<connection>(surroundings_, std::move(from), *this,
                                                 group_.identity(), std::move(purpose));
    accepted->notes.number = ++last_accepted_;
    accepted_[accepted->notes.number] = accepted;
    accepted->start();
}

void node_thread::ready(connection& made) {
    ++group_.counters.accepted;
    ++group_.counters.connections;
    const channel named = lasting_channel(made.lane().channel);
    const node_identity& who = made.peer();
    made.notes.lane_channel = named;
    made.notes.valid = group_.came_in({made.peer_id, named.hash, made.lane().index});
    const peer_spec peer{made.peer_id, who.node, who.address, who.tag};
    node_thread* const first = group_.threads.front().get();
    if (first != this) {
        first->post_action([first, peer, life = who.life](node&) { first->answer(peer, life); });
        return;
    }
    answer(peer, who.life);
    // What the overlay makes of it comes before the peer's first message, which may want an answer.
    (void)run_local();
}

node_thread& node_thread::home_of(actor_id who) {
    if (group_.options.threads == 1) return *this;
    constexpr int thread_shift = 33;
    constexpr std::uint64_t thread_mask = 127;
    std::uint32_t thread = 0;
    if (who.is_named()) {
        thread = group_.thread_of(who.local).value_or(0);
    } else {
        thread = static_cast<std::uint32_t>((who.local >> thread_shift) & thread_mask);
    }
    return *group_.threads[thread < group_.threads.size() ? thread : 0];
}

void node_thread::received(connection& from, envelope_ptr message) {
    // A newer connection of this lane makes what an older one still brings out of date.
    if (!from.notes.valid->load(std::memory_order_acquire)) {
        return from.close("replaced by a newer connection");
    }
    group_.counters.messages_received.fetch_add(1, std::memory_order_relaxed);
    message->channel = from.notes.lane_channel;
    if (busiest_.get() != &from) busiest_ = from.shared_from_this();
    if (message->channel == membership_channel) routes_changed_ = true;
    node_thread& home = home_of(message->destination);
    if (&home == this) return node_->deliver(std::move(message));
    home.post_delivery(detached(std::move(message)));
}

void node_thread::drained(connection&) {}

void node_thread::closed(connection& ended, const std::string& why, connection::ending how) {
    const auto place = accepted_.find(ended.notes.number);
    if (place == accepted_.end()) return;
    const bool was_ready = ended.notes.valid != nullptr;
    if (was_ready) --group_.counters.connections;
    const bool malformed = how == connection::ending::malformed;
    if (malformed) {
        ++group_.counters.malformed;
    } else if (!was_ready) {
        ++group_.counters.refused;
    }
    if (malformed || !was_ready) {
        group_.log("a connection" + (was_ready ? " from " + ended.peer().node : std::string()) +
                   " ended: " + why);
    }
    if (was_ready) {
        group_.went_away(ended.peer_id,
                         {ended.peer_id, ended.notes.lane_channel.hash, ended.lane().index},
                         ended.notes.valid);
    }
    if (busiest_.get() == &ended) busiest_.reset();
    accepted_.erase(place);
    group_.drop_accepted();
}

// ---- randomness, tasks -------------------------------------------------------------------------

std::uint64_t node_thread::seed_of(std::string_view stream) {
    return mix_bits(group_.seed ^ mix_bits(name_hash(stream)));
}

void node_thread::post(envelope_ptr message) {
    node_thread& home = home_of(message->destination);
    if (&home != this) return home.post_message(detached(std::move(message)));
    local_.push_back(std::move(message));
}

void node_thread::name_changed(std::uint64_t digest, bool taken) {
    if (group_.options.threads != 1) group_.name_changed(digest, number_, taken);
}

}  // namespace partita::detail
