#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <partita/schedules/result.hpp>

namespace partita {

/// What each connection between two nodes can carry, besides its latency: one for every channel, or
/// several under channel_options::parallelism. Without limits, which is the default, a message
/// takes its latency and nothing else. All is computed in integers.
struct link_model {
    static constexpr std::uint64_t unlimited = UINT64_MAX;
    /// What a message takes on the wire besides its payload.
    static constexpr std::uint64_t frame_overhead_bytes = 84;

    std::uint64_t bandwidth = unlimited;  ///< bytes a second, 1 or more
    /// Bytes that may be under way without acknowledgement, 1 or more. An acknowledgement comes two
    /// latencies after its bytes left, so no more than one window moves in that time.
    std::uint64_t window = unlimited;
    /// Bytes that may wait for the connection, as on sockets: see socket_limits.
    std::uint64_t queue_bytes_max = unlimited;

    [[nodiscard]] bool limited() const { return *this != link_model{}; }
    bool operator==(const link_model&) const = default;
};

/// `100MB/s`, with B, KB, MB or GB in powers of ten, or `unlimited`.
[[nodiscard]] result<std::uint64_t> parse_bandwidth(std::string_view);
/// `64KB`, likewise; `name` is what an error calls it.
[[nodiscard]] result<std::uint64_t> parse_byte_count(std::string_view name, std::string_view);
/// In the greatest unit that it is a whole number of.
[[nodiscard]] std::string bandwidth_text(std::uint64_t);
[[nodiscard]] std::string byte_count_text(std::uint64_t);

}  // namespace partita
