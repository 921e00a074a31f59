#include "opening.hpp"

#include <algorithm>
#include <climits>

#include "creation.hpp"
#include "digits.hpp"
#include "file_header.hpp"
#include "place.hpp"
#include "rows.hpp"

namespace partita::detail::store {
namespace {

// Above this size open does not read the whole file to check it; damage is found where it is read.
constexpr std::int64_t checked_bytes_max = 64 << 20;
// The magic that a SQLite file begins with.
constexpr std::uintmax_t smallest_header = 16;
// Each attempt after the first means that another process removed the file it had failed to make.
constexpr int attempts_max = 10;

// A file name as a URI (RFC 3986), which is how SQLite is told that nobody writes the file.
std::string immutable_uri(const std::string& file) {
    std::string uri = "file:";
    for (const char letter : file) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || letter == '/' || letter == '.';
        if (plain) {
            uri += letter;
        } else {
            uri += '%';
            uri += hex_digits[byte >> 4];
            uri += hex_digits[byte & 15];
        }
    }
    return uri + "?immutable=1";
}

// A reader, too, opens for writing if it may: closing then leaves no log behind, and a log left by
// a crash can be read. Who may not write and finds no log takes the file as it lies.
result<database> connect(const place& where, bool write) {
    const std::string file = where.file.string();
    if (!write && !where.writable && !where.log) {
        return database::open(immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                              where.name);
    }
    const int flags = SQLITE_OPEN_READWRITE | (write && !where.exists ? SQLITE_OPEN_CREATE : 0);
    return database::open(file, flags, where.name);
}

void set_option(const database& file, int option, bool on) {
    sqlite3_db_config(file.handle(), option, on ? 1 : 0, nullptr);
}

// EXTRA is FULL in WAL mode, and as durable while the file is not in WAL mode yet. The rest keeps a
// file from a stranger from running anything: its triggers, its views, its functions.
result<void> configure(database& file, const open_request& request) {
    const auto wait = std::clamp<std::int64_t>(request.busy_timeout.count(), 0, INT_MAX);
    sqlite3_busy_timeout(file.handle(), static_cast<int>(wait));
    set_option(file, SQLITE_DBCONFIG_DEFENSIVE, true);
    set_option(file, SQLITE_DBCONFIG_ENABLE_TRIGGER, false);
    set_option(file, SQLITE_DBCONFIG_ENABLE_VIEW, false);
    const std::string query_only = request.write ? "OFF" : "ON";
    return file.execute(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = EXTRA;"
        "PRAGMA query_only = " +
        query_only);
}

result<void> check_writable(const database& file, const open_request& request) {
    return request.write && sqlite3_db_readonly(file.handle(), "main") == 1
               ? result<void>(file.failure(SQLITE_READONLY))
               : result<void>();
}

result<void> check_intact(const database& file) {
    const auto pages = file.integer("PRAGMA page_count");
    const auto page_size = file.integer("PRAGMA page_size");
    if (!pages || !page_size) {
        return tl::unexpected((pages ? page_size : pages).error());
    }
    if (*pages * *page_size > checked_bytes_max) {
        return {};
    }
    const auto found = file.text("PRAGMA quick_check(1)");
    if (!found) {
        return tl::unexpected(found.error());
    }
    return *found == "ok" ? result<void>() : result<void>(file.failure(SQLITE_CORRUPT));
}

result<void> check_version(const database& file, const open_request& request) {
    const auto version = schema_version(file);
    if (!version) {
        return tl::unexpected(version.error());
    }
    const int newest = request.schema.back().version;
    if (request.write || *version >= newest) {
        return check_not_newer(file, *version, request.schema);
    }
    if (*version == 0) {
        return file.failure(error_code::not_found, "no corpus there");
    }
    return file.failure(error_code::unsupported,
                        "has the older schema version " + std::to_string(*version) +
                            ", and this build reads version " + std::to_string(newest) +
                            "; open it for writing once to migrate it");
}

result<void> migrate_for_writing(database& file, const open_request& request) {
    if (!request.write) {
        return {};
    }
    const auto version = schema_version(file);
    if (version && *version == request.schema.back().version) {
        use_write_ahead_log(file);
        return {};
    }
    return migrate(file, request.schema).map([&file] { use_write_ahead_log(file); });
}

result<void> check_layout(const database& file) {
    auto rows = file.prepare(select_rows("LIMIT 1"));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->step().map([](bool) {});
}

result<void> prepare(database& file, const place& where, const open_request& request) {
    // Not to move a crashed writer's log into a file that is refused in the end.
    set_option(file, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, where.log);
    auto prepared = check_file_header(file)
                        .and_then([&] { return check_writable(file, request); })
                        .and_then([&] { return configure(file, request); })
                        .and_then([&] { return check_version(file, request); })
                        .and_then([&] { return check_intact(file); })
                        .and_then([&] { return migrate_for_writing(file, request); })
                        .and_then([&] { return check_layout(file); });
    if (prepared && request.write) {
        set_option(file, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
    }
    return prepared;
}

// What can be told without opening the file.
result<void> check_place(const place& where, const open_request& request) {
    if (where.size == 0 && !request.write) {
        return fail(error_code::not_found, where.name + ": no corpus there");
    }
    // SQLite takes a file of one byte for an empty one and would write over it.
    if (where.size > 0 && where.size < smallest_header) {
        return fail(error_code::bad_input, where.name + ": not a database");
    }
    if (request.write && !where.directory_writable) {
        return fail(error_code::unavailable,
                    where.name + ": read-only, its directory may not be written");
    }
    return {};
}

// One attempt; `moved` tells that the file was taken away while it was being prepared.
result<database> attempt(const place& where, const open_request& request, bool& moved) {
    auto file = connect(where, request.write);
    if (!file) {
        return file;
    }
    auto prepared = prepare(*file, where, request);
    if (prepared) {
        return file;
    }
    moved = has_moved(*file);
    return tl::unexpected(std::move(prepared.error()));
}

}  // namespace

result<database> open_corpus_file(const open_request& request) {
    for (int number = 1;; ++number) {
        const auto where = locate(request.path);
        const auto possible =
            where.and_then([&](const place& found) { return check_place(found, request); });
        if (!possible) {
            return tl::unexpected(possible.error());
        }
        bool moved = false;
        auto file = attempt(*where, request, moved);
        if (file || !moved || number == attempts_max) {
            if (!file && where->size == 0) {
                discard_unused(*where);
            }
            return file;
        }
    }
}

}  // namespace partita::detail::store
