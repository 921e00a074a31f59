#pragma once

#include "database.hpp"

namespace partita::detail::store {

/// Looks at the first bytes of a file just opened, before SQLite acts on a journal or a log that
/// may lie beside it: whatever is not a corpus is refused untouched. Passes a corpus, and a SQLite
/// file with neither tables nor an application_id, and a file with no bytes.
[[nodiscard]] result<void> check_file_header(const database&);

}  // namespace partita::detail::store
