#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <partita/models/run.hpp>

#include "recording.hpp"
#include "session.hpp"

namespace partita::cli {

/// Where what happened on a real node and what the simulator made of it first differ.
struct recording_difference {
    std::string where;     ///< `n2, event 7`, `response 1`, `verdict`
    std::string recorded;  ///< "(nothing)" where there is none
    std::string replayed;
};

struct compared_recordings {
    std::uint64_t events = 0;  ///< compared, of the recorded ones
    std::vector<recording_difference> differences;
};

/// Node by node the sequence of what was sent, was delivered, fired and was noted, with label and
/// content; then the responses and the verdict. The first difference of each.
[[nodiscard]] compared_recordings compare(const recording& recorded, const recording& replayed);

/// Runs a recorded trial in simulation, in this process: each message arrives when it did, or is
/// lost if it was, commands and faults begin when they did. Requires: check_schedule.
[[nodiscard]] outcome run_again(const application&, const recording&);

struct recording_replay_options {
    std::chrono::milliseconds watchdog{10'000};
    bool trace = false;
    bool json = false;
    bool no_color = false;
};

/// `partita replay FILE` for a recording: runs it again in a worker process, prints what came of
/// it, and returns the exit code: the verdict's when all is equal, else 3. Throws failure.
[[nodiscard]] int replay_recording(const session&, const std::string& text,
                                   const std::string& source, const recording_replay_options&);

}  // namespace partita::cli
