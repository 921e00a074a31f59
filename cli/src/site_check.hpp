#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/models/application.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/trial.hpp>

namespace partita::cli {

/// Whether the sites of a schedule's deviations name nodes that there are.
[[nodiscard]] result<void> check_nodes(const application&, const schedule&);

/// Of the deviations that a trial did not meet, the first whose message type the application never
/// sends, as an error that lists the types it does send. An application does not declare its types:
/// they are those of the undisturbed run, of runs with one message omitted, and of its annotations.
[[nodiscard]] result<void> check_message_types(const application&, const schedule&,
                                               const trial_summary&, const trial_function&);

}  // namespace partita::cli
