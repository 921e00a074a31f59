#pragma once

#include <string>
#include <vector>

#include "relation_graph.hpp"
#include "transaction_orders.hpp"

namespace partita::detail {

// The kinds of dependencies between transactions. The reason of the first three is an append.
constexpr edge_kinds write_write = 1;  ///< the append came after one of the earlier transaction
constexpr edge_kinds write_read = 2;   ///< the later transaction observed the append
constexpr edge_kinds read_write = 4;   ///< the earlier transaction did not observe the append
constexpr edge_kinds process_order = 8;
constexpr edge_kinds real_time = 16;

/// The dependencies of the kinds asked for, between committed transactions.
[[nodiscard]] std::vector<graph_edge> transaction_edges(const transaction_view&,
                                                        const version_orders&, edge_kinds,
                                                        step_meter&);

/// `T1 is ... T1 < T2, because ... However, T2 < T1, because ...: a contradiction`
[[nodiscard]] std::string explained_transactions(const transaction_view&, const version_orders&,
                                                 const std::vector<graph_edge>& cycle);

}  // namespace partita::detail
