#pragma once

#include <vector>

#include <partita/models/application.hpp>

namespace partita::kv {

/// All of them, also for `check NAME`; each holds where the parameter `consistency` does not ask
/// for it.
[[nodiscard]] std::vector<property> store_properties();

/// After settling, every owner of a key that is up holds the same, and that is every acknowledged
/// write or what superseded it. Sees it by the notes of the replicas. A write is excused when as
/// many nodes are down as made its quorum.
[[nodiscard]] std::optional<finding> converges(const evidence&);

/// What the deck's model takes for granted, wrongly: a read gives the value of the last
/// acknowledged write, and a write that timed out did not happen. Says nothing of a read while a
/// write of its key was under way.
[[nodiscard]] std::optional<finding> reads_give_acknowledged(const evidence&);

/// The A of CAP: no read times out while the network is partitioned.
[[nodiscard]] std::optional<finding> available_when_partitioned(const evidence&);

}  // namespace partita::kv
