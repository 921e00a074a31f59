#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/models/application.hpp>
#include <partita/models/scenario.hpp>
#include <partita/schedules/schedule.hpp>

#include "declaration.hpp"
#include "isolation.hpp"
#include "session.hpp"

namespace partita::cli {

/// Which application to run, and with what: APP and the flags that change its schedule.
struct trial_options {
    std::string target;  ///< an application, or where `files` says so a schedule file
    std::optional<std::string> nodes;
    std::vector<std::string> set;
    std::optional<std::string> variant;
    std::optional<std::string> latency;
    std::optional<std::string> world_seed;
    std::optional<std::string> file;
    std::vector<std::string> lines;
    std::optional<std::string> property;
    bool files = false;
};
void declare(declaration&, trial_options&);

/// An application and the schedule to run or to search around: what the options come to.
struct subject {
    application of;
    schedule base;
    /// The words that name the same trial on a command line of `run`.
    std::vector<std::string> words;
    /// The file it comes from, unless options changed what it says.
    std::optional<scenario> story{};
};
/// Throws failure when names are unknown or values bad; the schedule is checked.
[[nodiscard]] subject subject_of(const session&, const trial_options&);

/// How trials are run. Changes no result.
struct worker_options {
    std::uint64_t jobs = 1;
    std::optional<std::chrono::nanoseconds> watchdog;
};
/// `with_jobs`: the sub-command runs several trials at once.
void declare(declaration&, worker_options&, bool with_jobs);
[[nodiscard]] isolation_options isolation_of(const worker_options&);

/// `--corpus FILE`.
inline constexpr const char* corpus_usual = "partita.db";
void declare_corpus(declaration&, std::string& into);

}  // namespace partita::cli
