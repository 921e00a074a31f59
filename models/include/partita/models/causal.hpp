#pragma once

#include <partita/models/check.hpp>

namespace partita {

/// What causal consistency asks of a map of registers, by what it forbids (Bouajjani, Enea,
/// Guerraoui, Hamza: On verifying causal consistency, POPL 2017). The causal order is the closure
/// of the order in each process and of reads-from.
enum class causal_level {
    /// CC. No cycle in the causal order; no read that returns what a write in its causal past has
    /// overwritten, or the initial value when its causal past has a write.
    weak,
    /// CM, causal memory (Ahamad et al. 1995): for each process one legal sequence of its own
    /// operations and all writes that keeps the causal order. Processes may disagree for ever on
    /// the order of writes that do not know of each other.
    memory,
    /// CCv, causal convergence: one order of all writes that keeps the causal order, in which each
    /// read returns the last write of its causal past. Neither implies causal memory nor follows
    /// from it.
    convergence,
};

/// Whether a history of `read`/`get` and `write`/`put` by key is causally consistent. It decides
/// exactly, in polynomial time, as each value of a key may be written only once; a value written
/// twice is an error. Nothing (`null`) is read from a register that was not written. A write of
/// unknown outcome happened if and only if it was read, and may have taken effect after what its
/// process did later.
[[nodiscard]] result<check_outcome> check_causal(const client_history&, causal_level,
                                                 const check_bounds& = {});

}  // namespace partita
