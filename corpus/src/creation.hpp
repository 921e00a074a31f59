#pragma once

#include "database.hpp"
#include "place.hpp"

namespace partita::detail::store {

/// Puts the file into WAL mode, in which readers and the writer do not wait for each other. Not for
/// safety: where the file system offers no shared memory, or others keep the file busy, it stays in
/// its journal mode until the next open.
void use_write_ahead_log(database&);

/// After a corpus could not be made where no byte was before: takes away what was begun, unless
/// somebody else uses it or has put something into it.
void discard_unused(const place&);

}  // namespace partita::detail::store
