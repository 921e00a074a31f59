#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "pipe.hpp"

namespace partita::cli {

/// What a worker is doing to the trial it has begun.
enum class trial_phase : std::uint32_t {
    idle,           ///< between trials
    run,            ///< the trial itself
    heap_shaken,    ///< again, with another heap
    hashes_shaken,  ///< again, with other hashes of strings
};

/// A page that a worker shares with its parent, so that the parent knows where it was when it died.
struct heartbeat {
    std::atomic<std::uint64_t> trial{0};  ///< the last trial begun, counted from 1; 0 = none yet
    std::atomic<std::uint64_t> beats{0};  ///< changes whenever a run begins or ends
    std::atomic<trial_phase> phase{trial_phase::idle};
    std::atomic<std::uint64_t> trace_hash{0};  ///< of the trial so far, where the worker keeps it

    void begin(std::uint64_t which, trial_phase what) {
        trial.store(which, std::memory_order_relaxed);
        phase.store(what, std::memory_order_relaxed);
        beats.fetch_add(1, std::memory_order_release);
    }
    void end() {
        phase.store(trial_phase::idle, std::memory_order_relaxed);
        beats.fetch_add(1, std::memory_order_release);
    }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// How a worker came to its end.
struct worker_end {
    std::string kind;           ///< "signal SIGSEGV", "exit 3", "hang", "garbled reply"
    bool from_outside = false;  ///< by a signal that people and systems send to end a process
};

/// A process forked from this one. It runs a function over its end of a pipe and ends with it, when
/// its parent is gone, or when the application ends it. What it writes to stdout goes to stderr; it
/// reads nothing from stdin and dumps no core. The owner must keep calling overdue() while it
/// waits.
class worker {
   public:
    using life = std::function<void(pipe_end&, heartbeat&)>;

    /// Throws std::system_error when the system makes no more processes or descriptors.
    explicit worker(const life&);
    /// Kills the process if it still runs, and collects it.
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    [[nodiscard]] const pipe_end& pipe() const { return pipe_; }
    [[nodiscard]] const heartbeat& pulse() const { return *pulse_; }
    [[nodiscard]] pid_t process() const { return process_; }

    /// Starts to wait for it: overdue() counts from here.
    void expect();
    /// True when it has been at one run of a trial (or not gone on to the next) for longer than
    /// that.
    [[nodiscard]] bool overdue(std::chrono::milliseconds watchdog);
    /// How long to wait for a worker at most before asking overdue() again, in milliseconds.
    [[nodiscard]] static int slice_ms(std::chrono::milliseconds watchdog);
    /// Ends it for being overdue, unless it ended otherwise before.
    [[nodiscard]] worker_end kill_for(const std::string& kind);
    /// Its end, once its pipe is closed.
    [[nodiscard]] worker_end collect();

   private:
    [[nodiscard]] int wait_for_status();

    pid_t process_ = -1;
    pipe_end pipe_;
    heartbeat* pulse_ = nullptr;
    std::uint64_t beats_seen_ = 0;
    std::chrono::steady_clock::time_point seen_at_;
    std::chrono::steady_clock::duration stalled_{0};
};

}  // namespace partita::cli
