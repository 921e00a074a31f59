#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <partita/runtime/delivery.hpp>

namespace partita::detail {

/// Messages of one lane to one node arrive in the order they were sent.
struct delivery_lane {
    std::uint64_t channel = 0;
    std::uint64_t partition_key = 0;
    std::uint32_t thread = 0;  // of the destination, which orders only its own
    auto operator<=>(const delivery_lane&) const = default;
};

enum class loss : std::uint8_t { unanswered, destination_restarted, refused };

/// The sending end of reliable delivery to one node: which sequences are unacknowledged, and when
/// each is sent again. Knows no message, node or clock; the owner keeps the messages.
///
/// Invariant: whatever is at or above floor() and not outstanding was acknowledged, or is refused
/// by the destination in its present life. So the receiver may forget what is below the floor, and
/// nothing given up is delivered late, behind its successors.
class reliable_sender {
   public:
    struct lost {
        std::uint64_t sequence = 0;
        std::uint32_t tries = 0;
        loss why = loss::unanswered;
    };
    /// What the owner has to do: send again, forget, give up.
    struct changes {
        std::vector<std::uint64_t> again;
        std::vector<std::uint64_t> reached;
        std::vector<lost> given_up;
    };

    explicit reliable_sender(const delivery_options& options)
        : options_(options), life_(options.incarnation_assumed) {}

    [[nodiscard]] bool full() const { return items_.size() >= options_.outstanding_max; }
    /// The sequence of a message that is sent now. Requires: not full.
    [[nodiscard]] std::uint64_t add(const delivery_lane&, bool causal, time_point now);

    [[nodiscard]] changes acknowledged(const acknowledgement&, time_point now);
    /// The destination can be reached, in that life (0: not known which).
    [[nodiscard]] changes reconnected(std::uint64_t incarnation, time_point now);
    /// The destination is known to be in that life.
    [[nodiscard]] changes destination_lives(std::uint64_t incarnation, time_point now);
    [[nodiscard]] changes tick(time_point now);

    [[nodiscard]] std::uint64_t floor() const {
        return items_.empty() ? last_ + 1 : items_.begin()->first;
    }
    /// The outstanding one before it in its lane; 0 = none.
    [[nodiscard]] std::uint64_t before(std::uint64_t sequence) const {
        return items_.at(sequence).before;
    }
    /// The life of the destination that a message is for; 0 = not known yet. A causal message is
    /// never for another one.
    [[nodiscard]] std::uint64_t life_of(std::uint64_t sequence) const {
        return items_.at(sequence).life;
    }
    [[nodiscard]] std::uint64_t life() const { return life_; }
    /// The last causal one that may still arrive: outstanding, or given up and the destination was
    /// not yet told by a later floor to refuse it; 0 = none.
    [[nodiscard]] std::uint64_t newest_causal() const {
        return causal_.empty() ? causal_lost_ : std::max(causal_lost_, *causal_.rbegin());
    }
    [[nodiscard]] std::size_t outstanding() const { return items_.size(); }
    [[nodiscard]] std::optional<time_point> next_due() const;

   private:
    struct item {
        delivery_lane lane;
        bool causal = false;
        bool held = false;         // the destination has it, waiting for others
        std::uint64_t life = 0;    // of the destination; 0 = not known yet
        std::uint64_t before = 0;  // neighbours in the lane
        std::uint64_t behind = 0;
        std::uint32_t tries = 1;
        std::uint32_t unanswered = 1;
        duration wait{};
        time_point due;
    };
    using items = std::map<std::uint64_t, item>;

    void plan(items::value_type&, time_point due);
    void send_again(items::value_type&, time_point now, changes&);
    void give_up(items::iterator, loss, time_point now, changes&);
    void remove(items::iterator);
    void enter_life(std::uint64_t incarnation, time_point now, changes&);
    void hurry(time_point now, bool afresh);
    void run_due(time_point now, changes&);

    delivery_options options_;
    items items_;                                      // by sequence
    std::map<delivery_lane, std::uint64_t> lane_end_;  // the last outstanding one
    std::set<std::pair<time_point, std::uint64_t>> schedule_;
    std::set<std::uint64_t> causal_;
    std::uint64_t causal_lost_ = 0;  // the last given up that may be on its way
    std::uint64_t told_from_ = 0;    // those from here on tell the destination of it
    std::uint64_t last_ = 0;
    std::uint64_t life_;
};

}  // namespace partita::detail
