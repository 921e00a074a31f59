#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <partita/models/run.hpp>

#include "worker.hpp"
#include "worker_frame.hpp"

/// What a worker of a search is asked and what it answers.
namespace partita::cli {

inline constexpr std::uint64_t no_trial = UINT64_MAX;

/// Before the decision sets of a chunk. Trials are numbered over the whole life of the evaluator.
struct chunk_head {
    std::uint64_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t sentinel_every = 0;  ///< 0 = no trial is run twice
    std::uint32_t shake_hashes = 0;    ///< whether the sentinel also tries other hashes of strings
};

/// Before the reports of a chunk or of a part of one; labels come behind them.
struct reply_head {
    std::uint64_t first = 0;
    std::uint64_t elapsed_ns = 0;          ///< that the trials took, all in all
    std::uint64_t leak = no_trial;         ///< the first that ran otherwise under another heap
    std::uint64_t hashes_leak = no_trial;  ///< ... and under other hashes of strings
    std::uint64_t reports_bytes = 0;
    std::uint32_t count = 0;
    std::uint32_t labels = 0;
};

void put_decisions(frame_writer&, std::span<const decision>);
void put_report(frame_writer&, const trial_report&);
/// Reads a report into memory that is used again; throws garbled_frame.
void take_report(frame_reader&, trial_report&);

/// The report of a trial that its worker did not survive, or that threw out of the runtime's reach:
/// the one that local_evaluator would make of ("no failures", kind). Its trace hash digests the
/// kind and the decisions, so that it does not depend on how far the trial got.
[[nodiscard]] trial_report failure_report(std::string_view kind, std::span<const decision>);

/// The life of a worker of a search: takes chunks until its parent is gone.
void serve_trials(local_evaluator&, const pipe_end&, heartbeat&);

}  // namespace partita::cli
