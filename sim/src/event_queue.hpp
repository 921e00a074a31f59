#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/ids.hpp>

namespace partita::detail {

enum class pending_kind : std::uint8_t { delivery, local, timer, peer_down, action };

/// Something that will happen.
struct pending {
    pending_kind kind = pending_kind::delivery;
    std::uint32_t host = 0;
    std::uint64_t incarnation = 0;
    node_id peer;                  // peer_down
    envelope_ptr message;          // delivery, local, timer
    std::function<void()> action;  // action
};

/// What will happen, in order of time and then of arrival in the queue. Three lanes share one numbering:
/// what happens now (a ring), what comes in order of time anyway, as messages do under constant
/// latency (a ring), and the rest (a 4-ary heap). So the common cases cost no logarithm.
class event_queue {
   public:
    struct taken {
        time_point at;
        std::uint32_t slot = 0;
    };

    /// Adds; returns a ticket that stays valid until the event is taken or cancelled.
    std::uint64_t push(time_point at, time_point now, pending&&);
    /// Frees the event of that ticket, if it still waits.
    void cancel(std::uint64_t ticket);
    [[nodiscard]] bool empty() const { return live_ == 0; }
    [[nodiscard]] std::size_t size() const { return live_; }
    /// The time of the next event. Requires: not empty.
    [[nodiscard]] time_point next_time();
    /// Takes the next event out. Requires: not empty.
    [[nodiscard]] pending pop(time_point& at);
    /// Drops everything.
    void clear();

   private:
    struct key {
        std::int64_t at = 0;
        std::uint64_t sequence = 0;
        std::uint32_t slot = 0;
        std::uint32_t generation = 0;
    };
    struct ring {
        std::vector<key> keys;
        std::size_t head = 0;
        [[nodiscard]] bool empty() const { return head == keys.size(); }
        [[nodiscard]] const key& front() const { return keys[head]; }
        void push(const key& added) { keys.push_back(added); }
        void pop() {
            if (++head == keys.size()) {
                keys.clear();
                head = 0;
            } else if (head > 4'096 && head * 2 > keys.size()) {
                keys.erase(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(head));
                head = 0;
            }
        }
    };
    struct slot {
        pending what;
        std::uint32_t generation = 0;
        bool used = false;
    };

    [[nodiscard]] static bool before(const key& left, const key& right) {
        return left.at != right.at ? left.at < right.at : left.sequence < right.sequence;
    }
    [[nodiscard]] bool stale(const key& checked) const {
        return slots_[checked.slot].generation != checked.generation;
    }
    void drop_stale();
    [[nodiscard]] int next_lane() const;
    void heap_push(const key&);
    void heap_pop();
    void sift_down(std::size_t);
    void compact();

    ring now_;
    ring ordered_;
    std::vector<key> heap_;
    std::vector<slot> slots_;
    std::vector<std::uint32_t> free_;
    std::uint64_t sequence_ = 0;
    std::size_t live_ = 0;
    std::size_t cancelled_ = 0;  // still in the heap
};

}  // namespace partita::detail
