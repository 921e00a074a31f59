#include "lanes.hpp"

#include <algorithm>

namespace partita::detail {
namespace {

constexpr int fraction_bits = 32;
constexpr std::uint64_t nanoseconds_a_second = 1'000'000'000;

}  // namespace

// ---- the line ----------------------------------------------------------------------------------

line::moment line::at(std::int64_t nanoseconds) {
    return static_cast<moment>(nanoseconds) << fraction_bits;
}

/// Saturates at the end of time: then sums of a few such moments cannot overflow.
line::moment line::line_time(const link_model& model, std::uint64_t bytes) {
    if (model.bandwidth == link_model::unlimited) return 0;
    const moment time =
        (static_cast<moment>(bytes) * nanoseconds_a_second << fraction_bits) / model.bandwidth;
    return std::min(time, at(INT64_MAX));
}

/// Keeps the account short; make_room counts what is acknowledged as well, burst by burst.
void line::acknowledge(const link_model& model, moment until) {
    while (!flying_.empty()) {
        const burst& oldest = flying_.front();
        if (oldest.acknowledged + line_time(model, oldest.bytes) > until) return;
        flying_bytes_ -= oldest.bytes;
        flying_.pop();
    }
}

/// How many of the bytes may leave in one go, and not before when.
std::uint64_t line::make_room(const link_model& model, std::uint64_t bytes, moment& start) {
    if (flying_bytes_ < model.window) return std::min(bytes, model.window - flying_bytes_);
    burst& oldest = flying_.front();
    start = std::max(start, oldest.acknowledged);
    const std::uint64_t now = std::min(bytes, oldest.bytes);
    oldest.bytes -= now;
    oldest.acknowledged += line_time(model, now);
    flying_bytes_ -= now;
    if (oldest.bytes == 0) flying_.pop();
    return now;
}

void line::leave(const link_model& model, std::uint64_t bytes, moment start, moment round_trip) {
    free_ = std::min(start + line_time(model, bytes), at(INT64_MAX));
    flying_bytes_ += bytes;
    const moment acknowledged = std::min(start + round_trip, at(INT64_MAX));
    if (!flying_.empty()) {
        burst& last = flying_.back();
        const moment end = last.acknowledged + line_time(model, last.bytes);
        // An acknowledgement stands for all bytes before it. Less than 1 ns apart is rounding.
        if (acknowledged < end + at(1)) {
            last.bytes += bytes;
            return;
        }
    }
    flying_.push({bytes, acknowledged});
}

time_point line::carry(const link_model& model, std::uint64_t bytes, time_point earliest,
                       duration round_trip) {
    moment start = std::max(free_, at(earliest.time_since_epoch().count()));
    if (model.window == link_model::unlimited) {
        free_ = std::min(start + line_time(model, bytes), at(INT64_MAX));
    } else {
        acknowledge(model, start);
        while (bytes != 0) {
            const std::uint64_t now = make_room(model, bytes, start);
            leave(model, now, start, at(round_trip.count()));
            start = free_;
            bytes -= now;
        }
    }
    const moment whole = (free_ + at(1) - 1) >> fraction_bits;
    return time_point(duration(static_cast<std::int64_t>(whole)));
}

// ---- one lane ----------------------------------------------------------------------------------

void lane::renew(std::uint64_t incarnation) {
    if (incarnation_ == incarnation) return;
    *this = {};
    incarnation_ = incarnation;
}

void lane::depart(time_point now) {
    while (!waiting_.empty() && waiting_.front().leaves <= now) {
        waiting_bytes_ -= waiting_.front().what.bytes;
        waiting_.pop();
    }
}

queue_fill lane::fill(const link_model& model, time_point now) {
    depart(now);
    return {waiting_bytes_, model.queue_bytes_max};
}

std::string_view lane::offer(const link_model& model, const channel_options& options,
                             std::uint64_t bytes, time_point now) {
    return gate_.offer(options, fill(model, now), bytes, now);
}

time_point lane::enter(const link_model& model, const cargo& what, const journey& how,
                       time_point now) {
    const time_point earliest = how.overtakable ? now : later(now, how.delay);
    const time_point leaves = line_.carry(model, what.bytes, earliest, 2 * how.latency);
    if (leaves > now) {
        waiting_.push({what, leaves});
        waiting_bytes_ += what.bytes;
    }
    const time_point arrives = later(leaves, how.latency);
    if (how.overtakable) return later(arrives, how.delay);
    end_ = std::max(end_, arrives);
    return end_;
}

void lane::left_behind(time_point now, std::set<std::uint64_t>& to) {
    depart(now);
    for (; !waiting_.empty(); waiting_.pop()) to.insert(waiting_.front().what.number);
}

// ---- all lanes ---------------------------------------------------------------------------------

bool lane_table::needed(const link_model& model, const channel_table& channels) {
    return model.limited() ||
           std::any_of(channels.declared().begin(), channels.declared().end(),
                       [](const channel_options& each) { return each.monotonic; });
}

lane_table::key lane_table::key_of(const way& along, const channel& on,
                                   std::uint64_t partition_key) const {
    return {along.from, along.to, on.hash, lane_of(partition_key, channels_->of(on).parallelism)};
}

lane_table::passage lane_table::send(const envelope& message, const way& along, const journey& how,
                                     time_point now) {
    lane& taken = lanes_[key_of(along, message.channel, message.partition_key)];
    taken.renew(along.incarnation);
    const std::uint64_t bytes = message.payload.size() + link_model::frame_overhead_bytes;
    passage answer;
    answer.refusal = taken.offer(model_, channels_->of(message.channel), bytes, now);
    if (!answer.refusal.empty()) return answer;
    answer.number = ++messages_;
    answer.arrives = taken.enter(model_, {answer.number, bytes}, how, now);
    return answer;
}

bool lane_table::congested(const way& along, const channel& on, std::uint64_t partition_key,
                           time_point now) {
    const auto found = lanes_.find(key_of(along, on, partition_key));
    if (found == lanes_.end()) return false;
    found->second.renew(along.incarnation);
    return found->second.fill(model_, now).congested();
}

void lane_table::forget(place from, time_point now) {
    const auto first = lanes_.lower_bound({from, 0, 0, 0});
    auto last = first;
    for (; last != lanes_.end() && last->first.from == from; ++last) {
        last->second.left_behind(now, never_left_);
    }
    lanes_.erase(first, last);
}

}  // namespace partita::detail
