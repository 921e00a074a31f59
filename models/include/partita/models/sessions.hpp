#pragma once

#include <string_view>

#include <partita/models/check.hpp>

namespace partita {

/// The session guarantees of Terry et al. (Session Guarantees for Weakly Consistent Replicated
/// Data, PDIS 1994); a session is a process.
///
/// Nobody says in which order the writes took effect, nor which of them a read knew of. A guarantee
/// is violated if and only if no order of all writes, and for each read no set of writes known to
/// it, explains the history: the read returns the last known write to its key (the initial value if
/// there is none), and
/// - read_your_writes: a read knows of the writes its process did before;
/// - monotonic_reads: a read knows of all that earlier reads of its process knew of;
/// - monotonic_writes: the writes of a process are in order, and who knows of one knows of those
///   before it;
/// - writes_follow_reads: a write is in the order after all that earlier reads of its process knew
///   of, and who knows of the write knows of them.
/// The last two say nothing about what clients see unless their reads are monotonic, so both are
/// checked together with monotonic reads; the kind of what is found is `monotonic-reads` when that
/// alone is violated. All four together are causal convergence.
enum class session_guarantee {
    read_your_writes,
    monotonic_reads,
    monotonic_writes,
    writes_follow_reads,
    all,
};
[[nodiscard]] std::string_view to_text(session_guarantee);

/// Whether a history of `read`/`get` and `write`/`put` by key keeps a guarantee. Each value of a
/// key may be written only once, and unknown writes are what they are for check_causal.
[[nodiscard]] result<check_outcome> check_sessions(const client_history&, session_guarantee,
                                                   const check_bounds& = {});

}  // namespace partita
