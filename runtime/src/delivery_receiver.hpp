#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <partita/runtime/delivery.hpp>

namespace partita::detail {

/// A set of sequences that is nearly all of those below some point.
class sequence_window {
   public:
    [[nodiscard]] bool contains(std::uint64_t sequence) const;
    void insert(std::uint64_t sequence);
    /// All below `floor` belong to it.
    void raise(std::uint64_t floor);
    [[nodiscard]] std::uint64_t floor() const { return floor_; }
    /// How many gaps there are, each of which costs memory.
    [[nodiscard]] std::size_t gaps() const { return ranges_.size(); }

   private:
    void absorb();
    std::uint64_t floor_ = 1;
    std::map<std::uint64_t, std::uint64_t> ranges_;  // first -> behind the last, above the floor
};

/// The sending end of a stream: one thread of a node.
struct delivery_end {
    node_id node;
    std::uint32_t thread = 0;
    auto operator<=>(const delivery_end&) const = default;
};

struct stamped_id {
    delivery_end source;
    std::uint64_t incarnation = 0;  // of the source
    std::uint64_t sequence = 0;
    auto operator<=>(const stamped_id&) const = default;
};

/// What becomes of a stamped message that arrives.
enum class arrival : std::uint8_t {
    deliver,
    hold,                   // it waits for others
    repetition,             // delivered before, or given up by its sender
    held_already,           // a repetition of one that waits
    refused,                // what depends on it was delivered
    full,                   // no room to hold it: the sender will try again
    source_restarted,       // from an earlier life of its node
    destination_restarted,  // for an earlier life of this node
    life_unknown,           // its sender does not know yet which life this is
    malformed,
};

/// The receiving end of reliable and causal delivery, for all senders: what was delivered, what
/// waits for what. Knows no message, node or clock; the owner keeps the held messages. What it says
/// to deliver counts as delivered from then on.
class reliable_receiver {
   public:
    using stamp_pointer = std::shared_ptr<const delivery_stamp>;
    struct released {
        stamped_id id;
        stamp_pointer stamp;
    };
    enum class reason : std::uint8_t { source_restarted, given_up, waited_too_long };
    struct abandoned {
        stamped_id id;
        reason why = reason::waited_too_long;
    };

    reliable_receiver(node_id self, std::uint64_t incarnation, const delivery_options& options)
        : self_(self), incarnation_(incarnation), options_(options) {}

    [[nodiscard]] arrival arrive(const delivery_end& from, const stamp_pointer&, time_point now);
    /// A held message that waits no longer, one at a time.
    [[nodiscard]] std::optional<released> next_ready();
    /// Held messages that will not be delivered from here; their senders may try again.
    [[nodiscard]] std::vector<abandoned> take_abandoned() { return std::exchange(abandoned_, {}); }
    /// That node is in that life: nothing comes from earlier ones any more.
    void node_lives(node_id, std::uint64_t incarnation);
    /// Ends the waiting of those that waited for hold_max.
    void tick(time_point now);
    [[nodiscard]] std::optional<time_point> next_due() const;
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    /// Over all senders.
    [[nodiscard]] std::size_t gaps() const;

   private:
    struct source_state {
        std::uint64_t incarnation = 0;
        std::uint64_t floor_told = 0;  // the sender's
        std::uint64_t overtaken = 0;   // causal ones up to here are delivered or refused
        sequence_window window;
    };
    /// A message that another one must not overtake.
    struct need {
        delivery_end source;
        std::uint64_t incarnation = 0;
        std::uint64_t sequence = 0;
        auto operator<=>(const need&) const = default;
    };
    struct held_message {
        stamp_pointer stamp;
        need waits_for;
        bool causally = false;
        bool ready = false;
        time_point deadline;
    };
    struct waiting {
        need what;
        stamped_id who;
        auto operator<=>(const waiting&) const = default;
    };
    struct unmet {
        need what;
        bool causally = false;
    };

    [[nodiscard]] static bool well_formed(const delivery_stamp&);
    [[nodiscard]] arrival arrive_here(const stamped_id&, const stamp_pointer&, time_point now);
    [[nodiscard]] bool met(const need&, bool causally) const;
    [[nodiscard]] std::optional<unmet> first_unmet(const stamped_id&, const delivery_stamp&) const;
    void deliver(const stamped_id&);
    void hold(const stamped_id&, const stamp_pointer&, const unmet&, time_point now);
    void look_again(const stamped_id&);
    void wake(const need& first, const need& last);
    void abandon_below(const stamped_id& end, reason);
    void abandon(const stamped_id&, reason);
    void set_deadline(const stamped_id&, held_message&, time_point);
    void end_waiting(const stamped_id&, time_point now);
    [[nodiscard]] bool holds_causal(const need& up_to) const;

    node_id self_;
    std::uint64_t incarnation_;
    delivery_options options_;
    std::map<delivery_end, source_state> sources_;
    std::map<stamped_id, held_message> held_;
    std::set<waiting> waiting_;  // one for each held message that is not ready
    std::set<std::pair<time_point, stamped_id>> deadlines_;
    std::deque<stamped_id> ready_;
    std::vector<abandoned> abandoned_;
};

}  // namespace partita::detail
