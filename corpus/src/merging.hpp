#pragma once

#include <cstddef>
#include <filesystem>

#include <partita/corpus/counterexample.hpp>

#include "database.hpp"

namespace partita::detail::store {

/// What a merge makes of two accounts of one counterexample (equal ids): of each pair of values the
/// one that both orders of merging pick. Commutative, associative and idempotent: the account and
/// the status are each the least of a total order.
[[nodiscard]] counterexample merged(const counterexample&, const counterexample&);

/// Puts all rows of `from` into `into`, one transaction; returns how many were new.
[[nodiscard]] result<std::size_t> merge_rows(const database& into, const database& from);

}  // namespace partita::detail::store
