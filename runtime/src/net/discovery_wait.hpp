#pragma once

#include <algorithm>
#include <chrono>

#include <partita/runtime/ids.hpp>

namespace partita::detail {

/// A moment on the machine's own clock, `after` from now; the far future if there is no such time.
class deadline {
   public:
    explicit deadline(duration after) {
        const auto now = clock::now();
        end_ = after > clock::time_point::max() - now ? clock::time_point::max() : now + after;
    }
    [[nodiscard]] bool passed() const { return clock::now() >= end_; }
    /// For poll(): rounded up, and an hour at most, after which the caller asks again.
    [[nodiscard]] int milliseconds_left() const {
        using std::chrono::milliseconds;
        const auto left = std::chrono::ceil<milliseconds>(end_ - clock::now());
        return static_cast<int>(
            std::clamp(left, milliseconds(0), milliseconds(std::chrono::hours(1))).count());
    }

   private:
    using clock = std::chrono::steady_clock;
    clock::time_point end_;
};

/// Set once, from any thread; whoever waits in poll() for its descriptor wakes up.
class stop_signal {
   public:
    stop_signal();  ///< Throws std::system_error.
    ~stop_signal();
    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;

    void set() const;
    /// True as soon as it is set, false after this time.
    [[nodiscard]] bool wait_for(duration) const;
    [[nodiscard]] int descriptor() const { return descriptor_; }

   private:
    int descriptor_;
};

}  // namespace partita::detail
