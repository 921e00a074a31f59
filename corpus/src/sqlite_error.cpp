#include "sqlite_error.hpp"

#include <cerrno>
#include <system_error>

#include "escape.hpp"

namespace partita::detail::store {
namespace {

// What the operating system said, with its reason appended to ours; empty when it said nothing.
std::string system_reason(sqlite3* connection) {
    const int number = connection == nullptr ? 0 : sqlite3_system_errno(connection);
    return number == 0 ? std::string{} : ": " + std::generic_category().message(number);
}

std::string sqlite_reason(int code, sqlite3* connection) {
    const char* text = connection == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(connection);
    return " (" + escaped(text) + ")";
}

// A file shorter than its own page count says so when it is read.
bool is_damage(int code) {
    return (code & 0xff) == SQLITE_CORRUPT || code == SQLITE_IOERR_SHORT_READ ||
           code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_DATA;
}

// SQLite has a code of its own for it, but not everywhere: shared memory on a full disk, say.
bool is_full(int code, sqlite3* connection) {
    const int number = connection == nullptr ? 0 : sqlite3_system_errno(connection);
    return (code & 0xff) == SQLITE_FULL ||
           ((code & 0xff) == SQLITE_IOERR && (number == ENOSPC || number == EDQUOT));
}

}  // namespace

error sqlite_failure(int code, sqlite3* connection, const std::string& name) {
    using enum error_code;
    if (is_damage(code)) {
        return {bad_input, name + ": damaged or truncated"};
    }
    if (is_full(code, connection)) {
        return {unavailable, name + ": no space left"};
    }
    switch (code & 0xff) {
        case SQLITE_NOTADB:
            return {bad_input, name + ": not a database"};
        case SQLITE_ERROR:
        case SQLITE_SCHEMA:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
            return {bad_input,
                    name + ": not laid out as a corpus" + sqlite_reason(code, connection)};
        case SQLITE_TOOBIG:
            return {bad_input, name + ": an entry is too large"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return {unavailable, name + ": locked by another process"};
        case SQLITE_READONLY:
            return {unavailable, name + ": read-only"};
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {unavailable, name + ": cannot be opened" + system_reason(connection)};
        case SQLITE_IOERR:
            return {unavailable, name + ": reading or writing failed" + system_reason(connection)};
        case SQLITE_NOMEM:
            return {unavailable, name + ": out of memory"};
        default:
            return {unavailable, name + ": SQLite failed" + sqlite_reason(code, connection)};
    }
}

}  // namespace partita::detail::store
