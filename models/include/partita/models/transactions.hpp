#pragma once

#include <string_view>

#include <partita/models/check.hpp>

namespace partita {

/// Isolation levels, after Adya (1999) and, for snapshot isolation, Cerone and Gotsman (PODC 2016).
/// What each forbids, as Elle has it; each line adds to those it names:
///
/// | level                 | forbids                                                           |
/// |-----------------------|-------------------------------------------------------------------|
/// | read_uncommitted      | G0, duplicate elements, elements never appended                   |
/// | read_committed        | + G1a, G1b, G1c, dirty update, incompatible orders                |
/// | snapshot_isolation    | + internal, future read, lost update, G-single, G-nonadjacent     |
/// | serializable          | + G2-item                                                         |
/// | strong_session_...    | the level's cycles with edges of process order: G0-process, ...   |
/// | strong_snapshot_...   | strong_session_..., and cycles with edges of real time            |
/// | strict_serializable   | strong_session_serializable, and G0-realtime, ..., G2-realtime    |
enum class isolation_level {
    read_uncommitted,
    read_committed,
    snapshot_isolation,
    serializable,
    strong_session_snapshot_isolation,
    strong_session_serializable,
    strong_snapshot_isolation,
    strict_serializable,
};
[[nodiscard]] std::string_view to_text(isolation_level);

/// Something that an isolation level forbids, with one example.
struct transaction_anomaly {
    std::string kind;                   ///< `G-single`, `lost update`, `G2-item-realtime`, ...
    std::string explanation;            ///< names the transactions and says why each precedes which
    std::vector<std::size_t> evidence;  ///< of the history; the one that does not fit comes first
};
struct transaction_anomalies {
    std::vector<transaction_anomaly> found;  ///< at most one a kind, worst first
    bool complete = true;                    ///< false: a bound was hit
    bool no_memory = false;                  ///< which one
    std::uint64_t steps = 0;
};

/// The anomalies of a history of list-append transactions that the level forbids, after Kingsbury
/// and Alvaro (Elle, VLDB 2020). An operation is `txn`, with a list of `["append", key, element]`
/// and `["r", key, null]` as its argument and the same list, each read filled with a list or null,
/// as its result. Each element of a key is appended once; one appended twice is an error.
///
/// What is found is certain. A transaction of unknown outcome was committed if anyone saw an append
/// of it, and else is left out. Committed appends that no read saw come after all that were seen;
/// of pairs of such an append and a reader who missed it, 10,000 a key are looked at.
/// About linear in the length of the history.
[[nodiscard]] result<transaction_anomalies> find_anomalies(const client_history&, isolation_level,
                                                           const check_bounds& = {});

/// `violated` by the worst of the anomalies; the explanation names the kinds of the others.
[[nodiscard]] result<check_outcome> check_isolation(const client_history&, isolation_level,
                                                    const check_bounds& = {});

}  // namespace partita
