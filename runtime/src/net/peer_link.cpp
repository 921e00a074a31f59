#include "net/peer_link.hpp"

#include <algorithm>
#include <utility>

#include "net/address.hpp"
#include "net/node_thread.hpp"

namespace partita::detail {

// ---- one lane ----------------------------------------------------------------------------------

outgoing_lane::outgoing_lane(peer_link& link, channel lane_channel, const channel_options& options,
                             std::uint32_t index)
    : link_(link),
      channel_(lane_channel),
      options_(options),
      index_(index),
      resolver_(link.thread().io()),
      timer_(link.thread().io()) {}

outgoing_lane::~outgoing_lane() { *alive_ = false; }

void outgoing_lane::open(duration after) {
    timer_.expires_after(after);
    timer_.async_wait([this, alive = alive_](const error_code& error) {
        if (!error && *alive) dial();
    });
}

void outgoing_lane::dial() {
    if (link_.spec().address.empty()) return;
    const std::uint64_t attempt = ++attempt_;
    timer_.expires_after(link_.thread().group().options.timing.connect_max);
    timer_.async_wait([this, alive = alive_, attempt](const error_code& error) {
        if (error || !*alive || attempt != attempt_ || connection_) return;
        failed("no connection in time");
    });
    const auto address = parse_address(link_.spec().address);
    if (!address) return failed(address.error());
    resolver_.async_resolve(
        address->host, address->port,
        [this, alive = alive_, attempt](const error_code& error, const auto& found) {
            if (!*alive || attempt != attempt_) return;
            if (error) return failed(error.message());
            resolved(found);
        });
}

void outgoing_lane::resolved(const tcp::resolver::results_type& found) {
    const auto socket = std::make_shared<tcp::socket>(link_.thread().io());
    // The first address that the name has: trying them all in turn could take many times
    // connect_max, and the next attempt gets a fresh answer.
    socket->async_connect(*found.begin(), [this, alive = alive_, attempt = attempt_,
                                           socket](const error_code& error) {
        if (!*alive || attempt != attempt_) return;
        if (error) return failed(error.message());
        connected(socket);
    });
}

void outgoing_lane::connected(const std::shared_ptr<tcp::socket>& socket) {
    timer_.cancel();
    node_group& group = link_.thread().group();
    const lane_identity lane{std::string(channel_.name), index_, options_.parallelism};
    const std::string expected = link_.spec().name;
    connection::purpose purpose;
    purpose.dials = true;
    purpose.compression = options_.compression;
    purpose.role_with = [lane, expected](const handshake_options& self, const admission& admit) {
        return dialling(self, lane, expected, admit);
    };
    connection_ = std::make_shared<connection>(link_.thread().surroundings(), std::move(*socket),
                                               *this, group.identity(), std::move(purpose));
    connection_->start();
}

void outgoing_lane::ready(connection& made) {
    const node_identity& who = made.peer();
    if (!link_.thread().learn_peer(
            link_, {node_id(who.node), who.node, link_.spec().address, who.tag}, who.life)) {
        return;  // closed by its link
    }
    opened_ = link_.thread().now();
    was_open_ = true;
    last_trouble_.clear();
    ++link_.thread().group().counters.connections;
    for (waiting_envelope& each : waiting_) made.send(std::move(each.message));
    waiting_.clear();
    waiting_bytes_ = 0;
    link_.thread().flush_later(made);
    link_.thread().group().lane_opened(link_.spec(), who.life, channel_.hash);
}

void outgoing_lane::received(connection&, envelope_ptr) {}
void outgoing_lane::drained(connection&) { count_waiting(); }

void outgoing_lane::closed(connection& ended, const std::string& why, connection::ending how) {
    const auto kept = connection_;  // it is still in use above us
    if (how == connection::ending::malformed) ++link_.thread().group().counters.malformed;
    link_.thread().group().counters.messages_shed += ended.queued_bytes() != 0 ? 1 : 0;
    failed(why, how == connection::ending::orderly);
}

void outgoing_lane::failed(const std::string& why, bool orderly) {
    ++attempt_;
    connection_.reset();
    timer_.cancel();
    resolver_.cancel();
    node_group& group = link_.thread().group();
    if (std::exchange(was_open_, false)) {
        // One that is turned away again at once is no success.
        const bool lasted = link_.thread().now() - opened_ >= group.options.timing.reconnect_most;
        if (lasted) failures_ = 0;
        --group.counters.connections;
        if (!orderly) group.log("connection to " + link_.spec().name + " lost: " + why);
        group.lane_lost(link_.spec().id, channel_.hash, why);
    } else {
        // The same trouble again and again is one line.
        if (why != last_trouble_) {
            group.log("no connection to " + link_.spec().address + ": " + why);
        }
        last_trouble_ = why;
        group.unreachable(link_.spec().id, why);
    }
    count_waiting();
    if (link_.closing()) return;
    drop_waiting("no connection", group.options.limits.queue_time_max);
    const socket_timing& timing = group.options.timing;
    const auto doubled = timing.reconnect_least * (1LL << std::min(failures_, 20U));
    ++failures_;
    open(link_.thread().spread(std::min<duration>(doubled, timing.reconnect_most)));
}

void outgoing_lane::drop_waiting(std::string_view why, duration older_than) {
    const time_point now = link_.thread().now();
    while (!waiting_.empty() && now - waiting_.front().since >= older_than) {
        link_.thread().drop(*waiting_.front().message, why);
        waiting_bytes_ -= waiting_.front().message->payload.size();
        waiting_.pop_front();
    }
}

std::size_t outgoing_lane::bytes_waiting() const {
    return waiting_bytes_ + (connection_ ? connection_->queued_bytes() : 0);
}

void outgoing_lane::count_waiting() {
    const std::size_t now = bytes_waiting();
    auto& counted = link_.thread().group().counters.queued_bytes;
    counted.fetch_add(now - counted_bytes_, std::memory_order_relaxed);
    counted_bytes_ = now;
}

queue_fill outgoing_lane::fill() const {
    return {bytes_waiting(), link_.thread().group().options.limits.queue_bytes_max};
}

bool outgoing_lane::congested() const { return fill().congested(); }

void outgoing_lane::send(envelope_ptr message) {
    node_thread& thread = link_.thread();
    const std::size_t bytes = message->payload.size();
    const time_point now = options_.monotonic ? thread.now() : time_point{};
    const auto refusal = gate_.offer(options_, fill(), bytes, now);
    if (!refusal.empty()) return thread.drop(*message, refusal);
    if (connection_ && connection_->is_ready()) {
        connection_->send(std::move(message));
        thread.flush_later(*connection_);
    } else {
        waiting_bytes_ += bytes;
        waiting_.push_back({std::move(message), thread.now()});
    }
    count_waiting();
}

void outgoing_lane::open_now() {
    if (!connection_) open(duration{0});
}

void outgoing_lane::renew() {
    failures_ = 0;
    if (connection_) return connection_->close("the peer was restarted");
    // That an attempt at its former life fails would be told as news of this one.
    ++attempt_;
    resolver_.cancel();
    open(duration{0});
}

void outgoing_lane::close() {
    ++attempt_;
    timer_.cancel();
    resolver_.cancel();
    drop_waiting("disconnected", duration{0});
    if (!connection_) return count_waiting();
    connection_->abandon(true);
    connection_.reset();
    count_waiting();
    if (!std::exchange(was_open_, false)) return;
    --link_.thread().group().counters.connections;
    link_.thread().group().lane_lost(link_.spec().id, channel_.hash, "disconnected");
}

// ---- all lanes to a peer -----------------------------------------------------------------------

peer_link::peer_link(node_thread& thread, peer_spec spec)
    : thread_(thread), spec_(std::move(spec)) {
    if (spec_.name.empty() && spec_.id != node_id{}) spec_.name = spec_.id.name();
}

peer_link::~peer_link() = default;

outgoing_lane& peer_link::lane(const channel& wanted, std::uint32_t index) {
    std::unique_ptr<outgoing_lane>& place = lanes_[{wanted.hash, index}];
    if (!place) {
        place = std::make_unique<outgoing_lane>(*this, wanted, thread_.group().channels->of(wanted),
                                                index);
        place->open(duration{0});
    }
    return *place;
}

void peer_link::open() {
    const socket_timing& timing = thread_.group().options.timing;
    const duration jitter = timing.connection_jitter > duration{0}
                                ? thread_.spread(timing.connection_jitter)
                                : duration{0};
    for (const channel_options& each : thread_.group().channels->declared()) {
        const channel named(each.name);
        for (std::uint32_t index = 0; index < each.parallelism; ++index) {
            if (thread_.thread_of_lane(named, index) != thread_.number()) continue;
            std::unique_ptr<outgoing_lane>& place = lanes_[{named.hash, index}];
            if (place) continue;
            place = std::make_unique<outgoing_lane>(*this, named, each, index);
            place->open(jitter);
        }
    }
}

void peer_link::close() {
    closing_ = true;
    for (auto& [key, lane] : lanes_) lane->close();
}

void peer_link::send(envelope_ptr message, std::uint32_t index) {
    outgoing_lane& chosen = lane(message->channel, index);
    chosen.send(std::move(message));
}

bool peer_link::congested(const channel& wanted, std::uint32_t index) const {
    const auto found = lanes_.find({wanted.hash, index});
    return found != lanes_.end() && found->second->congested();
}

void peer_link::learn(const peer_spec& who, std::uint64_t life) {
    spec_ = who;
    life_ = std::max(life_, life);
}

void peer_link::set_address(const std::string& address) {
    spec_.address = address;
    for (auto& [key, lane] : lanes_) lane->open_now();
}

void peer_link::renew() {
    for (auto& [key, lane] : lanes_) lane->renew();
}

}  // namespace partita::detail
