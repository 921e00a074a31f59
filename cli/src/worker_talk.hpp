#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <partita/schedules/trial.hpp>

#include "worker.hpp"
#include "worker_frame.hpp"

namespace partita::cli {

/// A talk with one worker, a frame at a time, that ends when the worker does.
class worker_talk {
   public:
    worker_talk(const worker::life& life, std::chrono::milliseconds watchdog)
        : worker_(std::make_unique<worker>(life)), watchdog_(watchdog) {}

    /// Sends a whole frame; from here on the watchdog counts.
    void ask(std::span<const std::byte> frame);
    /// The next frame, good until the next call; nothing when there will be none: then the worker
    /// has ended. All it sent before comes first.
    [[nodiscard]] std::optional<std::span<const std::byte>> next();
    /// Requires: next() gave nothing.
    [[nodiscard]] const worker_end& end() const { return *end_; }
    [[nodiscard]] const heartbeat& pulse() const { return worker_->pulse(); }

   private:
    void wait();
    void finish(worker_end);

    std::unique_ptr<worker> worker_;
    std::chrono::milliseconds watchdog_;
    frame_buffer incoming_;
    std::optional<worker_end> end_;
};

/// The violation that the end of a worker stands for.
[[nodiscard]] violation violation_of(const worker_end&, std::chrono::milliseconds watchdog);

/// The violation that an exception out of a property or condition of the model stands for.
[[nodiscard]] violation violation_of(const std::exception&);

// What an outcome and a summary have in common.
void put_violation(frame_writer&, const std::optional<violation>&);
[[nodiscard]] std::optional<violation> take_violation(frame_reader&);
void put_flags(frame_writer&, const std::vector<bool>&);
[[nodiscard]] std::vector<bool> take_flags(frame_reader&);
void put_texts(frame_writer&, const std::vector<std::string>&);
[[nodiscard]] std::vector<std::string> take_texts(frame_reader&);

}  // namespace partita::cli
