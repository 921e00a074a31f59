#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include <partita/runtime/channel_options.hpp>
#include <partita/runtime/envelope.hpp>
#include <partita/sim/link_model.hpp>

namespace partita::detail {

/// First in, first out; no memory until something is in it.
template <typename T>
class fifo {
   public:
    [[nodiscard]] bool empty() const { return head_ == items_.size(); }
    [[nodiscard]] T& front() { return items_[head_]; }
    [[nodiscard]] T& back() { return items_.back(); }
    void push(T item) { items_.push_back(std::move(item)); }
    void pop() {
        ++head_;
        if (head_ * 2 < items_.size()) return;
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }

   private:
    std::vector<T> items_;
    std::size_t head_ = 0;
};

/// When the bytes of one connection leave, in units of 2^-32 ns so that no rate is rounded away:
/// one byte after the other at the line's rate, each not before the byte one window ahead of it is
/// acknowledged. What a message needs is known when it is sent, so nothing has to happen meanwhile.
class line {
   public:
    /// When the last of so many bytes has left, rounded up. The first does not leave before
    /// `earliest`; all are acknowledged `round_trip` after they left.
    time_point carry(const link_model&, std::uint64_t bytes, time_point earliest,
                     duration round_trip);

   private:
    __extension__ using moment = unsigned __int128;
    /// Bytes that left in one go: the first is acknowledged then, the others at the line's rate.
    struct burst {
        std::uint64_t bytes;
        moment acknowledged;
    };

    [[nodiscard]] static moment at(std::int64_t nanoseconds);
    [[nodiscard]] static moment line_time(const link_model&, std::uint64_t bytes);
    void acknowledge(const link_model&, moment until);
    [[nodiscard]] std::uint64_t make_room(const link_model&, std::uint64_t bytes, moment& start);
    void leave(const link_model&, std::uint64_t bytes, moment start, moment round_trip);

    moment free_ = 0;  // the last byte so far has left
    fifo<burst> flying_;
    std::uint64_t flying_bytes_ = 0;
};

/// How a message crosses the link, besides its size.
struct journey {
    duration latency{};
    duration delay{};  ///< that an interposition asked for
    bool overtakable = false;
};

/// One connection of a channel from one node to another.
class lane {
   public:
    /// What it carries is numbered, so that what never left can be told from the rest.
    struct cargo {
        std::uint64_t number = 0;
        std::uint64_t bytes = 0;
    };

    /// Forgets what went to an earlier life of the destination: that connection is gone.
    void renew(std::uint64_t incarnation);
    [[nodiscard]] queue_fill fill(const link_model&, time_point now);
    /// See queue_gate.
    [[nodiscard]] std::string_view offer(const link_model&, const channel_options&,
                                         std::uint64_t bytes, time_point now);
    /// When it arrives. A delay holds what follows, unless that may overtake.
    [[nodiscard]] time_point enter(const link_model&, const cargo&, const journey&, time_point now);
    /// The numbers of those that have not left.
    void left_behind(time_point now, std::set<std::uint64_t>& to);

   private:
    struct waiting_cargo {
        cargo what;
        time_point leaves;
    };
    void depart(time_point now);

    line line_;
    queue_gate gate_;
    fifo<waiting_cargo> waiting_;
    std::uint64_t waiting_bytes_ = 0;
    time_point end_{};  // the last one arrives
    std::uint64_t incarnation_ = 0;
};

/// All connections of a world whose links have limits or whose channels are monotonic.
class lane_table {
   public:
    using place = std::uint32_t;

    lane_table(const link_model& model, std::shared_ptr<const channel_table> channels)
        : model_(model), channels_(std::move(channels)) {}
    /// Whether there is anything for a table to do.
    [[nodiscard]] static bool needed(const link_model&, const channel_table&);

    struct way {
        place from = 0;
        place to = 0;
        std::uint64_t incarnation = 0;  ///< of `to`
    };
    struct passage {
        std::string_view refusal;  ///< why it is dropped; empty when it is not
        time_point arrives;
        std::uint64_t number = 0;  ///< for lost()
    };
    [[nodiscard]] passage send(const envelope&, const way&, const journey&, time_point now);
    [[nodiscard]] bool congested(const way&, const channel&, std::uint64_t partition_key,
                                 time_point now);
    /// That node crashed: what still waited on it never leaves.
    void forget(place from, time_point now);
    /// Whether that message never left.
    [[nodiscard]] bool lost(std::uint64_t number) { return never_left_.erase(number) != 0; }

   private:
    struct key {
        place from = 0;
        place to = 0;
        std::uint64_t channel = 0;
        std::uint32_t index = 0;
        auto operator<=>(const key&) const = default;
    };
    [[nodiscard]] key key_of(const way&, const channel&, std::uint64_t partition_key) const;

    link_model model_;
    std::shared_ptr<const channel_table> channels_;
    std::map<key, lane> lanes_;
    std::uint64_t messages_ = 0;
    std::set<std::uint64_t> never_left_;
};

}  // namespace partita::detail
