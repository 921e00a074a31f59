#pragma once

#include <string>

#include <sqlite3.h>

#include <partita/schedules/result.hpp>

namespace partita::detail::store {

/// What an (extended) SQLite result code means to the user of a corpus, on one line that begins
/// with the file's name. Total: a code of a later SQLite gets a line as well. `connection` may be
/// null.
[[nodiscard]] error sqlite_failure(int code, sqlite3* connection, const std::string& name);

}  // namespace partita::detail::store
