#pragma once

#include <vector>

#include <partita/models/transactions.hpp>

#include "transaction_history.hpp"

namespace partita::detail {

/// In which order the elements of each key were appended, as far as reads tell: the longest list
/// that a read returned.
struct version_orders {
    std::vector<std::vector<std::uint32_t>> by_key;  ///< numbers of appends
    /// Of which keys the longest list tells no order, and incompatible reads make it uncertain.
    std::vector<bool> unusable;
    std::vector<transaction_anomaly> findings;  ///< on the way
};
/// Marks which reads are compatible, which transactions committed, and where appends stand.
[[nodiscard]] version_orders find_orders(transaction_view&, step_meter&);

/// Anomalies that are seen in one read, or in two of the same version: internal, future read, G1a,
/// G1b, dirty update, lost update.
[[nodiscard]] std::vector<transaction_anomaly> find_read_anomalies(const transaction_view&,
                                                                   const version_orders&,
                                                                   step_meter&);

/// `1 to "x"`
[[nodiscard]] std::string to_key(const transaction_view&, const transaction_append&);

/// Keeps the first anomaly of each kind.
void report_once(std::vector<transaction_anomaly>&, transaction_anomaly);

}  // namespace partita::detail
