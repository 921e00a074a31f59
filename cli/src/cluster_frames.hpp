#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <partita/schedules/schedule.hpp>

#include "isolation_trace.hpp"
#include "worker_frame.hpp"
#include "worker_talk.hpp"

/// What the program and the processes of its nodes say to each other: frames that begin with one of
/// these. Both are forks of one image.
namespace partita::cli {

/// From a node's process.
enum class node_report : std::uint8_t {
    event = static_cast<std::uint8_t>(stream_item::event),  ///< see take_event
    open = 16,                                              ///< it listens: address
    failed,                                                 ///< it cannot: one line
    started,                                                ///< its actors run
    peer,                                                   ///< connected or not: node, bool
    response,                                               ///< of the command: number, kind, value
    done,     ///< what was told to be done is: error or empty
    met,      ///< a site of the schedule's deviations: its index, when
    pending,  ///< see node_pending
};

/// To a node's process.
enum class node_order : std::uint8_t {
    start,    ///< its peers, whether to wait for `go`
    go,       ///< all others have started
    connect,  ///< one peer, under a new address
    command,  ///< number, name, arguments
    fault,    ///< begins or ends: see put_fault
    settle,   ///< lift all faults
    ask,      ///< for node_pending
    end,
};

/// What is left to happen on a node, and what it has sent to others and got from them.
struct node_pending {
    std::uint64_t timers = 0;
    std::uint64_t local = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t lost = 0;  ///< of those sent
    bool operator==(const node_pending&) const = default;
};

struct node_address {
    std::string name;
    std::string address;
};

/// Makes one frame: its kind, then what `fill` puts.
template <typename Kind, typename Fill>
[[nodiscard]] std::vector<std::byte> frame_of(Kind kind, const Fill& fill) {
    std::vector<std::byte> bytes;
    frame_writer writer(bytes);
    writer.put(kind);
    fill(writer);
    writer.finish();
    return bytes;
}
template <typename Kind>
[[nodiscard]] std::vector<std::byte> frame_of(Kind kind) {
    return frame_of(kind, [](frame_writer&) {});
}

}  // namespace partita::cli
