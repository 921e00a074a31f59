#pragma once

#include <cstdint>
#include <span>

#include "database.hpp"

namespace partita::detail::store {

/// SQLite's application_id of every corpus: "Prtt". `file` and `sqlite3` show it, and open refuses
/// the database of anyone else.
inline constexpr std::int32_t corpus_application_id = 0x50727474;

/// One link of the migration chain: the statements that make schema `version` out of the one
/// before.
struct migration {
    int version = 0;
    const char* statements = "";
};

/// The chain from the empty file (version 0) to corpus_schema_version. Append only: a link that has
/// been released is what somebody's file went through.
[[nodiscard]] std::span<const migration> corpus_migrations();

/// Which schema the file has: 0 for one without tables. bad_input when it is a database, but not
/// ours.
[[nodiscard]] result<int> schema_version(const database&);

/// unsupported when `version` is newer than the last of the chain; the message names both.
[[nodiscard]] result<void> check_not_newer(const database&, int version,
                                           std::span<const migration> chain);

/// Takes the file through the links it lacks, all in one transaction: on an error it is as it was.
[[nodiscard]] result<void> migrate(database&, std::span<const migration> chain);

}  // namespace partita::detail::store
