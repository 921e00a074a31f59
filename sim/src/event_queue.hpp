#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/ids.hpp>

namespace partita::detail {

/// `laned`: a delivery of a message that had to wait its turn. `catch_up`: a node that was paused
/// takes the first of what it missed.
enum class pending_kind : std::uint8_t {
    delivery,
    laned,
    local,
    timer,
    peer_down,
    peer_up,
    action,
    catch_up
};

/// Something that will happen. 32 bytes: it is moved about a lot.
struct pending {
    pending_kind kind = pending_kind::delivery;
    std::uint32_t host = 0;
    std::uint64_t incarnation = 0;
    // peer_down, peer_up: the node; action, laned: the world's number for it
    std::uint64_t subject = 0;
    envelope_ptr message;  // delivery, laned, local, timer
};

/// What will happen, in order of time and then of arrival in the queue. Three lanes share one
/// numbering: what happens now (a ring), what comes in order of time anyway, as messages do under
/// constant latency (a ring), and the rest (a 4-ary heap). So the common cases cost no logarithm.
/// Only the heap can give something up before its time, so timers always go there.
class event_queue {
   public:
    /// Adds; returns a ticket that stays valid until the event is taken or cancelled. Only those of
    /// timers are good for cancel().
    std::uint64_t push(time_point at, time_point now, pending&&);
    /// Frees the timer of that ticket, if it still waits.
    void cancel(std::uint64_t ticket);
    [[nodiscard]] bool empty() const { return live_ == 0; }
    [[nodiscard]] std::size_t size() const { return live_; }
    /// The time of the next event. Requires: not empty.
    [[nodiscard]] time_point next_time();
    /// Takes the next event out. Requires: not empty.
    [[nodiscard]] pending pop(time_point& at);
    /// A message that will probably be taken `count` events after the next one; null when there is
    /// none so far ahead. A hint, for fetching memory early.
    [[nodiscard]] const pending* ahead(std::size_t count) const { return ordered_.ahead(count); }
    /// Drops everything.
    void clear();

   private:
    struct moment {
        std::int64_t at = 0;
        std::uint64_t sequence = 0;
        [[nodiscard]] bool before(const moment& other) const {
            return at != other.at ? at < other.at : sequence < other.sequence;
        }
    };
    struct entry {
        moment when;
        pending what;
    };
    /// First in, first out, in a power of two of places.
    class ring {
       public:
        [[nodiscard]] bool empty() const { return head_ == tail_; }
        [[nodiscard]] entry& front() { return entries_[head_ & mask()]; }
        [[nodiscard]] const entry& back() const { return entries_[(tail_ - 1) & mask()]; }
        void push(const moment& when, pending&& what) {
            if (tail_ - head_ == entries_.size()) grow();
            entry& place = entries_[tail_++ & mask()];
            place.when = when;
            place.what = std::move(what);
        }
        [[nodiscard]] const pending* ahead(std::size_t count) const {
            return count < tail_ - head_ ? &entries_[(head_ + count) & mask()].what : nullptr;
        }
        void pop() { ++head_; }
        void clear();

       private:
        [[nodiscard]] std::size_t mask() const { return entries_.size() - 1; }
        void grow();
        std::vector<entry> entries_;
        std::size_t head_ = 0;
        std::size_t tail_ = 0;
    };
    struct key {
        moment when;
        std::uint32_t slot = 0;
        std::uint32_t generation = 0;
    };
    struct slot {
        pending what;
        std::uint32_t generation = 0;
        bool used = false;
    };
    enum class lane : std::uint8_t { now, ordered, heap };

    [[nodiscard]] bool stale(const key& checked) const {
        return slots_[checked.slot].generation != checked.generation;
    }
    [[nodiscard]] lane next_lane();
    [[nodiscard]] pending release(slot&, std::uint32_t index);
    void drop_stale();
    std::uint64_t push_cancellable(moment, pending&&);
    void heap_push(const key&);
    void heap_pop();
    void sift_down(std::size_t);
    void compact();

    ring now_;
    ring ordered_;
    std::vector<key> heap_;
    std::vector<slot> slots_;  // of what is in the heap
    std::vector<std::uint32_t> free_;
    std::uint64_t sequence_ = 0;
    std::size_t live_ = 0;
    std::size_t cancelled_ = 0;  // still in the heap
};

}  // namespace partita::detail
