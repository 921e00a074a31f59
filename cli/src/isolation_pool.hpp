#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "isolation.hpp"
#include "worker.hpp"
#include "worker_frame.hpp"
#include "worker_trials.hpp"

namespace partita::cli {

/// The workers of one process_evaluator and the trials that are out with them.
///
/// Each worker has up to two chunks at a time, so that it finds the next one waiting. Chunks are
/// cut to a length of time, not of trials, and shorter towards the end of a batch, so that all
/// workers end together. What a worker has not reported when it dies goes back to be handed out
/// again.
struct process_evaluator::pool {
    pool(const application&, schedule base, fault_plan, const isolation_options&);

    void evaluate(std::span<const decision_set> sets, const sink& done);

    const application& application_;
    isolation_options options_;
    local_evaluator local_;  ///< runs nothing here: workers inherit it, and it keeps the labels
    std::optional<nondeterminism> leak_;
    std::uint64_t casualties_ = 0;

   private:
    /// Trials of the batch, by index.
    struct range {
        std::size_t first = 0;
        std::size_t count = 0;
    };
    struct seat {
        std::unique_ptr<worker> process;
        std::deque<range> out;  ///< what the worker has not reported, in the order sent
        std::vector<std::byte> outgoing;
        std::size_t written = 0;  ///< of `outgoing`
        frame_buffer incoming;
    };
    /// Reports that came before their turn.
    struct early_reports {
        std::size_t count = 0;
        std::vector<std::byte> bytes;
    };

    void begin(std::span<const decision_set> sets, const sink& done);
    void abandon();
    void run_all();
    void hand_out();
    [[nodiscard]] bool has_work() const;
    [[nodiscard]] bool any_out() const;
    [[nodiscard]] bool start(seat&);
    void assign(seat&);
    [[nodiscard]] range take_chunk();
    [[nodiscard]] std::size_t chunk_size() const;
    void flush(seat&);
    void wait();
    void read(seat&);
    void take_frames(seat&);
    void take_reply(seat&, std::span<const std::byte> frame);
    void accept(std::size_t first, std::size_t count, std::span<const std::byte> reports);
    void deliver(std::size_t count, std::span<const std::byte> reports);
    void ended(seat&, const worker_end&);
    void judge(const worker_end&, std::uint64_t trial, trial_phase, std::vector<range>& unreported);
    void blame(std::size_t index, const std::string& kind, std::vector<range>& unreported);
    void settle_leaks();
    [[nodiscard]] std::size_t index_of(std::uint64_t trial) const {
        return static_cast<std::size_t>(trial - base_);
    }

    std::vector<seat> seats_;
    // Of the batch.
    std::span<const decision_set> sets_;
    const sink* done_ = nullptr;
    std::uint64_t base_ = 0;  ///< the number of its first trial
    std::size_t fresh_ = 0;   ///< the first index that was never handed out
    std::vector<range> returned_;
    std::size_t delivered_ = 0;
    std::map<std::size_t, early_reports> early_;
    std::uint64_t leak_at_ = no_trial;
    std::uint64_t hashes_leak_at_ = no_trial;
    // Of the evaluator's life.
    trial_report report_;  ///< memory used again
    double trial_ns_ = 0;  ///< estimated; 0 = no idea yet
    bool shake_hashes_ = true;
    unsigned idle_deaths_ = 0;         ///< of workers in a row that had not begun any trial
    std::set<std::uint64_t> retried_;  ///< trials that lost a worker to a signal from outside
};

}  // namespace partita::cli
