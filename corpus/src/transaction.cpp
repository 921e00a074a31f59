#include "database.hpp"

namespace partita::detail::store {
namespace {

const char* begin_statement(transaction::kind kind) {
    switch (kind) {
        case transaction::kind::deferred:
            return "BEGIN DEFERRED";
        case transaction::kind::immediate:
            return "BEGIN IMMEDIATE";
        case transaction::kind::exclusive:
            return "BEGIN EXCLUSIVE";
    }
    return "BEGIN EXCLUSIVE";
}

int run(const database& target, const char* one_statement) {
    return sqlite3_exec(target.handle(), one_statement, nullptr, nullptr, nullptr);
}

}  // namespace

void transaction::rollback::operator()(const database* target) const {
    // A full disk or a failed write may have ended the transaction already.
    if (sqlite3_get_autocommit(target->handle()) == 0) {
        run(*target, "ROLLBACK");
    }
}

result<transaction> transaction::begin(const database& target, kind how) {
    if (const int code = run(target, begin_statement(how)); code != SQLITE_OK) {
        return target.failure(code);
    }
    transaction begun(target);
    if (how != kind::deferred && has_moved(target)) {
        return target.failure(error_code::unavailable, "moved or deleted while it was open");
    }
    return begun;
}

result<void> transaction::commit() {
    if (const int code = run(*open_, "COMMIT"); code != SQLITE_OK) {
        return open_->failure(code);
    }
    return {};
}

bool has_moved(const database& target) {
    int moved = 0;
    sqlite3_file_control(target.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

}  // namespace partita::detail::store
