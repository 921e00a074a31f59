#include "schema.hpp"

#include <array>

#include <partita/corpus/corpus.hpp>

namespace partita::detail::store {
namespace {

// Hexadecimal text for what has 64 bits without a sign: SQLite's integers are signed. STRICT, since
// a column that takes any type would need a check at every read.
constexpr std::array<migration, 1> migrations{{
    {1, R"(
        CREATE TABLE counterexamples (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 64),
            application TEXT NOT NULL,
            property TEXT NOT NULL,
            kind TEXT NOT NULL,
            explanation TEXT NOT NULL,
            verdict TEXT NOT NULL,
            schedule TEXT NOT NULL,
            trace_hash TEXT NOT NULL CHECK (length(trace_hash) = 16),
            signature TEXT NOT NULL,
            strategy TEXT NOT NULL,
            seed TEXT NOT NULL,
            build TEXT NOT NULL,
            found_at TEXT NOT NULL,
            status TEXT NOT NULL
        ) STRICT;
        CREATE INDEX counterexamples_by_signature ON counterexamples (signature);
    )"},
}};
static_assert(migrations.back().version == corpus_schema_version);

std::string set_identity(int version) {
    return "PRAGMA application_id = " + std::to_string(corpus_application_id) +
           "; PRAGMA user_version = " + std::to_string(version);
}

// Requires: a transaction, so that the three answers are about one moment.
result<int> version_at_this_moment(const database& file) {
    const auto application = file.integer("PRAGMA application_id");
    const auto version = file.integer("PRAGMA user_version");
    const auto tables = file.integer("SELECT count(*) FROM sqlite_schema");
    for (const auto* asked : {&application, &version, &tables}) {
        if (!*asked) {
            return tl::unexpected(asked->error());
        }
    }
    if (*application == 0 && *tables == 0) {
        return 0;
    }
    if (*application != corpus_application_id) {
        return file.failure(error_code::bad_input, "a SQLite database, but not a corpus");
    }
    if (*version < 1 || *tables == 0) {
        return file.failure(error_code::bad_input, "damaged: a corpus without a schema");
    }
    return static_cast<int>(*version);
}

}  // namespace

std::span<const migration> corpus_migrations() { return migrations; }

result<int> schema_version(const database& file) {
    const auto snapshot = transaction::begin(file, transaction::kind::deferred);
    if (!snapshot) {
        return tl::unexpected(snapshot.error());
    }
    return version_at_this_moment(file);
}

result<void> check_not_newer(const database& file, int version, std::span<const migration> chain) {
    const int newest = chain.back().version;
    if (version <= newest) {
        return {};
    }
    return file.failure(error_code::unsupported, "has schema version " + std::to_string(version) +
                                                     ", and this build reads versions up to " +
                                                     std::to_string(newest));
}

result<void> migrate(database& file, std::span<const migration> chain) {
    auto change = transaction::begin(file, transaction::kind::exclusive);
    if (!change) {
        return tl::unexpected(change.error());
    }
    // Asked again: whoever held the lock may have done the work.
    const auto before = version_at_this_moment(file);
    if (!before) {
        return tl::unexpected(before.error());
    }
    if (auto known = check_not_newer(file, *before, chain); !known) {
        return known;
    }
    for (const migration& link : chain) {
        if (link.version > *before) {
            const auto done = file.execute(link.statements).and_then([&] {
                return file.execute(set_identity(link.version));
            });
            if (!done) {
                return done;
            }
        }
    }
    return change->commit();
}

}  // namespace partita::detail::store
