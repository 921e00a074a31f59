#include <partita/models/causal.hpp>
#include <partita/models/sessions.hpp>
#include <partita/models/transactions.hpp>

#include "checkers.hpp"

namespace partita {

namespace {

constexpr const char* register_shapes =
    "read or get -> value or nothing, write or put value; by key; each value of a key once";

history_checker causal_checker(const char* model, const char* consistency, causal_level level) {
    return {model, consistency, register_shapes,
            [level](const client_history& operations, const check_bounds& bounds) {
                return check_causal(operations, level, bounds);
            }};
}

history_checker session_checker(const char* model, session_guarantee guarantee) {
    return {model, std::string(to_text(guarantee)), register_shapes,
            [guarantee](const client_history& operations, const check_bounds& bounds) {
                return check_sessions(operations, guarantee, bounds);
            }};
}

history_checker isolation_checker(isolation_level level) {
    return {"list-append", std::string(to_text(level)),
            "txn [[\"append\", key, element], [\"r\", key, null]] -> the same, each null the list "
            "read; each element of a key once",
            [level](const client_history& operations, const check_bounds& bounds) {
                return check_isolation(operations, level, bounds);
            }};
}

}  // namespace

std::vector<history_checker> relation_checkers() {
    std::vector<history_checker> all;
    for (const char* model : {"register", "kv"}) {
        all.push_back(causal_checker(model, "causal", causal_level::memory));
        all.push_back(causal_checker(model, "causal-convergence", causal_level::convergence));
        all.push_back(causal_checker(model, "weak-causal", causal_level::weak));
        for (const auto guarantee :
             {session_guarantee::all, session_guarantee::read_your_writes,
              session_guarantee::monotonic_reads, session_guarantee::monotonic_writes,
              session_guarantee::writes_follow_reads}) {
            all.push_back(session_checker(model, guarantee));
        }
    }
    for (const auto level :
         {isolation_level::strict_serializable, isolation_level::serializable,
          isolation_level::snapshot_isolation, isolation_level::read_committed,
          isolation_level::read_uncommitted, isolation_level::strong_session_serializable,
          isolation_level::strong_snapshot_isolation,
          isolation_level::strong_session_snapshot_isolation}) {
        all.push_back(isolation_checker(level));
    }
    return all;
}

}  // namespace partita
