#pragma once

#include <partita/models/check.hpp>

namespace partita {

/// How soon what was acknowledged must be there to be read.
enum class freshness {
    eventual,   ///< some time; what was there must stay
    immediate,  ///< in every read that begins after the acknowledgement or a read that saw it
};

/// Whether a set keeps what was added to it (Jepsen's set-full). Functions: `add` or `broadcast` of
/// an element, `read` of the list of all; by key. An element is known once an add of it was
/// acknowledged or a read returned it. Violated by
/// - `unexpected element`: a read returned what nobody had begun to add;
/// - `duplicate element`: a read returned an element twice;
/// - `lost element`: a known element is missing in a read that began after it was known and after
///   every read that returned it had ended;
/// - `stale read`, with immediate: it is missing in a read that began after it was known.
/// An add of unknown outcome may appear or not. Inconclusive (`never read`) if elements were
/// acknowledged and no read began after any of these acknowledgements.
[[nodiscard]] result<check_outcome> check_set(const client_history&, freshness,
                                              const check_bounds& = {});

/// Whether all answers to `generate` differ.
[[nodiscard]] result<check_outcome> check_unique_ids(const client_history&,
                                                     const check_bounds& = {});

struct counter_rules {
    bool grows_only = false;  ///< an `add` of a negative number is an error
    partita::freshness freshness = partita::freshness::eventual;
};
/// Whether a counter counts. Functions: `add` of a whole number, `read` of the sum; by key.
/// Violated by
/// - `read out of bounds`: a sum that cannot be: each read lies between the adds it must have seen
///   (none with eventual; with immediate, those acknowledged before it began) and those it can have
///   seen, begun before it ended;
/// - `wrong final value`: the last read of a process, if it began after all adds were over, is not
///   the sum of the acknowledged adds and some of those of unknown outcome.
/// Inconclusive (`never read`) if adds were acknowledged and there is no such last read.
[[nodiscard]] result<check_outcome> check_counter(const client_history&, const counter_rules&,
                                                  const check_bounds& = {});

}  // namespace partita
