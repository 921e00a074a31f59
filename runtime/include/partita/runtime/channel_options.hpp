#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/ids.hpp>

namespace partita {

/// What holds for all messages of a channel, unless a message says otherwise. The defaults are
/// Partisan's.
struct channel_options {
    std::string name;               ///< empty: the default channel
    std::uint32_t parallelism = 1;  ///< connections to each peer, 1 to 64
    /// For state that a newer message makes obsolete: while earlier ones wait for the connection
    /// and the last one went less than `send_window` ago, messages are dropped.
    bool monotonic = false;
    duration send_window = std::chrono::seconds(1);
    int compression = 0;    ///< zstd level, 1 to 19; 0 = none
    bool reliable = false;  ///< see send_options::reliable
    bool causal = false;    ///< see send_options::causal
};

/// The declared channels of a node. A channel that is not declared has the default options.
/// Immutable, shared by nodes.
class channel_table {
   public:
    channel_table() = default;
    /// Of several with one name, the last counts. Requires: the ranges above.
    explicit channel_table(std::vector<channel_options>);

    [[nodiscard]] const channel_options& of(const channel& wanted) const {
        if (declared_.empty()) return usual_;
        return find(wanted.hash);
    }
    /// In order of name; the default channel only when it was declared.
    [[nodiscard]] const std::vector<channel_options>& declared() const { return declared_; }
    /// Whether some channel is reliable, causal, monotonic or has more than one connection.
    [[nodiscard]] bool plain() const { return plain_; }

   private:
    [[nodiscard]] const channel_options& find(std::uint64_t hash) const;

    std::vector<channel_options> declared_;
    std::vector<std::uint64_t> hashes_;  // of declared_, in its order
    channel_options usual_;
    bool plain_ = true;
};

/// The channel of membership and heartbeats, apart from the application's own.
inline constexpr channel membership_channel{"partita"};

/// Which of the connections of a channel a message takes. Actors that were spawned one after the
/// other, whose messages have their addresses for keys, spread evenly.
[[nodiscard]] constexpr std::uint32_t lane_of(std::uint64_t partition_key,
                                              std::uint32_t parallelism) {
    return parallelism <= 1 ? 0 : static_cast<std::uint32_t>(partition_key % parallelism);
}

/// What waits for one connection, in bytes, and how much may.
struct queue_fill {
    std::uint64_t waiting = 0;
    std::uint64_t most = 0;

    /// A sender that can wait should.
    [[nodiscard]] constexpr bool congested() const { return waiting > most / 2; }
};

/// Decides what one connection takes and what it drops; the same on sockets and in simulation.
class queue_gate {
   public:
    /// Why a message of so many bytes is dropped; empty when it may go, or wait. On a monotonic
    /// channel none is worth sending while an earlier one still waits. A message that nothing waits
    /// before is taken whatever its size.
    [[nodiscard]] constexpr std::string_view offer(const channel_options& of,
                                                   const queue_fill& fill, std::uint64_t bytes,
                                                   time_point now) {
        if (fill.waiting != 0) {
            if (of.monotonic && now - last_sent_ < of.send_window) {
                return "monotonic channel: an earlier one still waits";
            }
            if (fill.waiting > fill.most || bytes > fill.most - fill.waiting) {
                return "send queue full";
            }
        }
        last_sent_ = now;
        return {};
    }

   private:
    time_point last_sent_{};  // means nothing until something waits
};

}  // namespace partita
