#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "relation_report.hpp"
#include "relation_values.hpp"

namespace partita::detail {

/// One `["append", key, element]`.
struct transaction_append {
    static constexpr std::uint32_t unseen = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t transaction = 0;
    std::uint32_t key = 0;
    std::uint32_t micro = 0;  ///< its number in the transaction
    const history_value* value = nullptr;
    bool last = false;                ///< of the transaction to its key
    std::uint32_t position = unseen;  ///< in the order of its key, once that is known
};

/// One `["r", key, list]` of a transaction with an answer.
struct transaction_read {
    std::uint32_t transaction = 0;
    std::uint32_t key = 0;
    std::uint32_t micro = 0;
    const history_values* list = nullptr;  ///< an empty one for null
    bool compatible = true;                ///< a prefix of the order of its key
};

/// A history of list-append transactions: numbered keys, appends and reads. Transactions have the
/// numbers of their operations.
struct transaction_view {
    const client_history* history = nullptr;
    value_numbers keys;
    std::vector<transaction_append> appends;  ///< a transaction's together, in order
    std::vector<transaction_read> reads;      ///< likewise
    std::vector<std::uint32_t> first_append;  ///< by transaction, and one more
    std::vector<std::uint32_t> first_read;    ///< likewise
    keyed_values<std::uint32_t> append_of;

    /// Known to have happened: answered, or an append of it was read.
    std::vector<bool> committed;

    [[nodiscard]] response_kind outcome(std::uint32_t transaction) const {
        return (*history)[transaction].outcome;
    }
};

[[nodiscard]] result<transaction_view> view_transactions(const client_history&, step_meter&);

}  // namespace partita::detail
