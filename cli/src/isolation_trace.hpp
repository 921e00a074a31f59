#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <vector>

#include <partita/sim/trace.hpp>

#include "pipe.hpp"
#include "worker_frame.hpp"

/// How the events of a trial reach the parent although the worker may die at any of them.
namespace partita::cli {

/// A frame is an event, or the rest of the outcome.
enum class stream_item : std::uint8_t { event, rest };

/// Memory that parent and worker share: events that the worker has not yet put into its pipe. It
/// outlives the worker, and to write an event takes no call to the system.
class shared_log {
   public:
    shared_log();
    ~shared_log();
    shared_log(const shared_log&) = delete;
    shared_log& operator=(const shared_log&) = delete;

    /// In the worker: adds a frame, and sends all when the memory is full.
    void append(std::span<const std::byte> frame, const pipe_end&);
    /// In the worker: sends all that is here.
    void flush(const pipe_end&);
    /// In the parent, once the worker is gone: what it had not sent, or not marked as sent.
    [[nodiscard]] std::span<const std::byte> left() const;

   private:
    struct memory;
    memory* shared_;
};

/// In the worker: sends every event of a trial as it happens.
class event_sender final : public observer {
   public:
    event_sender(shared_log& log, const pipe_end& pipe) : log_(log), pipe_(pipe) {}
    event_id record(const trace_event&) override;

   private:
    shared_log& log_;
    const pipe_end& pipe_;
    std::vector<std::byte> frame_;
    std::uint64_t count_ = 0;
};

/// In the parent: appends one event to the trace, unless it is there already.
void take_event(frame_reader&, trace&);

}  // namespace partita::cli
