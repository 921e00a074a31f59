#pragma once

#include <optional>

#include <partita/models/application.hpp>
#include <partita/models/check.hpp>
#include <partita/models/client_history.hpp>
#include <partita/models/history.hpp>

namespace partita {

/// What the clients of a trial did, for checkers. A process is the client of one node, and each
/// command in the background one of its own; after a command of unknown outcome a node has a new
/// client, as nobody knows when the old one was through. Function: the name of the command. Key:
/// its first argument. Argument: its second, or all others as a list. Result: what it gave back.
/// All that reads like a whole number is one, other words are texts; nothing is nothing.
[[nodiscard]] client_history clients_of(const history&);

/// What a property makes of a check: nothing when it holds. A history that the checker cannot read
/// is a finding, too. Throws bound_reached where the check gave up, so that the trial is
/// inconclusive.
[[nodiscard]] std::optional<finding> finding_of(const result<check_outcome>&);

}  // namespace partita
