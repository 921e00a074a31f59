#pragma once

#include <string>

#include <partita/runtime/message.hpp>

namespace partita {

/// What an actor notes at a place in its code that some trial ought to reach:
///
///     self.note(reached{"hint handed over"});
///
/// The application declares it (application_builder::reachable), and a search says in how many
/// trials it was reached.
struct reached {
    std::string mark;
};
PARTITA_MESSAGE(reached, mark)

}  // namespace partita
