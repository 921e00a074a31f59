#pragma once

#include <cstdint>
#include <vector>

#include "relation_causal.hpp"

namespace partita::detail {

/// Which guarantees are asked for at once.
struct session_demands {
    bool read_your_writes = false;
    bool monotonic_reads = true;
    bool monotonic_writes = false;
    bool writes_follow_reads = false;
};

/// Read your writes alone: who reads its own key knows of its own writes, and of nothing else.
[[nodiscard]] check_outcome check_own_writes(const register_view&, step_meter&);

/// Demands with monotonic reads, and with monotonic writes if with read your writes.
[[nodiscard]] check_outcome check_session_order(const register_view&, const session_demands&,
                                                step_meter&);

/// No order of writes has these edges; `holds` where one does.
[[nodiscard]] check_outcome check_acyclic(const register_view&, const std::vector<graph_edge>&,
                                          step_meter&);

}  // namespace partita::detail
