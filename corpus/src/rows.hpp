#pragma once

#include <string>
#include <string_view>

#include <partita/corpus/counterexample.hpp>

#include "database.hpp"

namespace partita::detail::store {

/// A query of whole rows, followed by `clauses` (WHERE, ORDER BY, LIMIT).
[[nodiscard]] std::string select_rows(std::string_view clauses);
/// The row that a statement of select_rows stands on. Everything is checked, the id against the
/// content too: bad_input names the file and the row.
[[nodiscard]] result<counterexample> read_row(const statement&, const database&);
/// The row with this id, if there is one.
[[nodiscard]] result<bool> find_row(const database&, std::string_view id, counterexample&);

/// bad_input when what would be stored could not be read back: a wrong id, a verdict of `holds`, a
/// schedule past the bounds.
[[nodiscard]] result<void> check_storable(const counterexample&, const database&);
/// Inserts, or changes the row of the same id. Requires: check_storable.
[[nodiscard]] result<void> put_row(const database&, const counterexample&);

}  // namespace partita::detail::store
