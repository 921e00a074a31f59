#pragma once

#include <optional>
#include <string>

#include <partita/models/application.hpp>

namespace partita {

/// Noted by a node when it delivers what was broadcast: `self.note(delivered{value})`.
struct delivered {
    std::string value;
};
PARTITA_MESSAGE(delivered, value)

/// Reliable broadcast, as Partisan checks it (test/prop_partisan_reliable_broadcast.erl): when the
/// caller of `broadcast VALUE` was told ok, every node has delivered the value; when it was told
/// that it failed, none has; and it is told one or the other in time. Nodes that crashed are
/// excused from delivering, and a caller that crashed from being told.
[[nodiscard]] std::optional<finding> reliable_broadcast(const evidence&);

}  // namespace partita
