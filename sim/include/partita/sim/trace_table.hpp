#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <partita/runtime/ids.hpp>
#include <partita/sim/trace.hpp>

namespace partita {

/// How a trace is laid out as a table.
struct table_options {
    /// The most columns of text a line takes. Cells are cut to fit, down to six columns each; with
    /// more nodes than fit even so, lines grow longer.
    std::size_t columns_max = 160;
    /// Also spawns, ends of actors, timers set and messages that stay on their node.
    bool all = false;
    /// Marks faults in red with terminal escapes.
    bool colour = false;
};

/// The trace as a table: a row an event in order of happening, a column a node, and the virtual
/// time in milliseconds before them.
///
///     time (ms) | n1                     | n2
///     ----------+------------------------+------------------------
///         0.000 | > broadcast 42         |
///         0.000 | x prepare -> n2  OMITTED |
///         1.000 |                        | <- n1 prepare{value: 42}
///
/// `> ` begins a command and `< ` ends one; `! ` marks a crash and the like on the node it happens
/// to; faults and failures take the whole line. A message that is lost has its send marked `x` and
/// says why. Cells that are too long end in an ellipsis. Equal traces give equal bytes.
[[nodiscard]] std::string to_table(const trace&, const std::vector<node_id>& nodes,
                                   const table_options& = {});

}  // namespace partita
