#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <partita/corpus/counterexample.hpp>
#include <partita/models/scenario.hpp>
#include <partita/schedules/schedule.hpp>

#include "session.hpp"

namespace partita::cli {

/// A schedule from outside: a file of the text or JSON form or of `corpus export`, or an entry of a
/// corpus.
struct stored_schedule {
    partita::schedule schedule;
    std::optional<counterexample> finding;  ///< when it is one; its schedule is the one above
    std::optional<scenario> story;          ///< when it is text written by hand
    std::string name;                       ///< as the user said it: the path, or the digits
    bool in_corpus = false;
};

/// Throws failure with file, line and column.
[[nodiscard]] stored_schedule read_schedule(const std::filesystem::path&);

/// The file of that name, or else the entry of the corpus whose id begins so. Throws failure.
[[nodiscard]] stored_schedule find_schedule(const std::string& id_or_file,
                                            const std::string& corpus);

/// The application of a schedule in that file. Throws failure with the line that names it.
[[nodiscard]] const application& application_of(const session&, const std::filesystem::path&,
                                                const schedule&);

/// Throws failure when the application cannot run it, naming the line of the file that is wrong.
void check_file(const application&, const std::filesystem::path&, const schedule&);

}  // namespace partita::cli
