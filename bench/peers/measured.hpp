#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "command.hpp"

/// What a client prints: one line of key=value a repetition, which bench/sockets/figures.py reads.
namespace partita::bench {

using bench_clock = std::chrono::steady_clock;
using nanoseconds = std::chrono::nanoseconds;

/// The think time of the pinger, and how long bulk runs before the first ping counts.
inline constexpr std::chrono::milliseconds think_time{1};
inline constexpr std::chrono::milliseconds bulk_lead{200};
inline constexpr std::size_t ping_bytes = 64;

/// Round-trip times of one repetition.
class latencies {
   public:
    void reserve(std::size_t most) { taken_.reserve(most); }
    void add(nanoseconds taken) { taken_.push_back(taken); }
    void add_all(const latencies& other) {
        taken_.insert(taken_.end(), other.taken_.begin(), other.taken_.end());
    }
    [[nodiscard]] std::size_t size() const { return taken_.size(); }
    void sort() { std::sort(taken_.begin(), taken_.end()); }

    /// Nearest rank, 0 when nothing was taken. Requires: sort() came after the last add().
    [[nodiscard]] double percentile_us(std::size_t percent) const {
        if (taken_.empty()) return 0;
        const std::size_t rank = (taken_.size() * percent + 99) / 100;
        return static_cast<double>(taken_[std::max<std::size_t>(rank, 1) - 1].count()) / 1e3;
    }

   private:
    std::vector<nanoseconds> taken_;
};

inline double seconds_of(nanoseconds taken) { return std::chrono::duration<double>(taken).count(); }

inline void print_echo(const char* peer, const command& asked, nanoseconds total, latencies seen) {
    seen.sort();
    const auto messages = static_cast<double>(asked.actors * asked.count);
    const double rate = messages / seconds_of(total);
    std::printf(
        "mode=echo peer=%s n=%zu payload=%zu count=%zu total_ms=%.3f msgs_per_s=%.1f "
        "mb_per_s=%.3f p50_us=%.1f p99_us=%.1f max_us=%.1f\n",
        peer, asked.actors, asked.payload_bytes, asked.count, seconds_of(total) * 1e3, rate,
        rate * static_cast<double>(asked.payload_bytes) / 1e6, seen.percentile_us(50),
        seen.percentile_us(99), seen.percentile_us(100));
    std::fflush(stdout);
}

/// `acknowledged` bulk messages within `total`, the time of the pings.
inline void print_hol(const char* peer, const command& asked, nanoseconds total, latencies pings,
                      std::size_t acknowledged) {
    pings.sort();
    const auto bulk_bytes = static_cast<double>(acknowledged * asked.payload_bytes);
    std::printf(
        "mode=hol peer=%s n=%zu payload=%zu count=%zu total_ms=%.3f pings=%zu p50_us=%.1f "
        "p99_us=%.1f max_us=%.1f bulk_mb_per_s=%.3f\n",
        peer, asked.actors, asked.payload_bytes, asked.count, seconds_of(total) * 1e3, pings.size(),
        pings.percentile_us(50), pings.percentile_us(99), pings.percentile_us(100),
        bulk_bytes / seconds_of(total) / 1e6);
    std::fflush(stdout);
}

inline void print_pingpong(const char* peer, const command& asked, nanoseconds total) {
    std::printf("mode=pingpong peer=%s count=%zu total_ms=%.3f ns_per_message=%.2f\n", peer,
                asked.count, seconds_of(total) * 1e3,
                seconds_of(total) * 1e9 / static_cast<double>(asked.count));
    std::fflush(stdout);
}

}  // namespace partita::bench
