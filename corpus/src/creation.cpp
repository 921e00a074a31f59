#include "creation.hpp"

namespace partita::detail::store {
namespace {

// Two that switch at once can both fail, each with the other's read lock in its way.
constexpr int switches_max = 10;

bool has_rows(const database& file) {
    const auto tables = file.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
    if (!tables || *tables == 0) {
        return !tables;
    }
    const auto rows = file.integer("SELECT count(*) FROM counterexamples");
    return !rows || *rows > 0;
}

bool is_busy(const database& file) {
    return sqlite3_errcode(file.handle()) == SQLITE_BUSY ||
           (sqlite3_extended_errcode(file.handle()) & 0xff) == SQLITE_BUSY;
}

}  // namespace

void use_write_ahead_log(database& file) {
    for (int number = 0; number < switches_max; ++number) {
        if (file.execute("PRAGMA journal_mode = WAL") || !is_busy(file)) {
            return;
        }
        // Waits, up to the busy timeout, until whoever is in the way has finished.
        if (!transaction::begin(file, transaction::kind::immediate)) {
            return;
        }
    }
}

void discard_unused(const place& where) {
    std::error_code ignored;
    if (!std::filesystem::exists(where.file, ignored)) {
        return;
    }
    auto file = database::open(where.file.string(), SQLITE_OPEN_READWRITE, where.name);
    // The exclusive mode needs no shared memory, for which there may be no space.
    if (!file || !file->execute("PRAGMA locking_mode = EXCLUSIVE")) {
        return;
    }
    // Whoever waits for this lock to use the file asks next whether it has moved.
    const auto lock = transaction::begin(*file, transaction::kind::exclusive);
    if (!lock || has_rows(*file)) {
        return;
    }
    if (where.exists) {
        std::filesystem::resize_file(where.file, 0, ignored);
    } else {
        std::filesystem::remove(where.file, ignored);
    }
}

}  // namespace partita::detail::store
