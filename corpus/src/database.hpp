#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <partita/schedules/result.hpp>

namespace partita::detail::store {

/// A prepared statement. Belongs to the database that prepared it and must not outlive it.
class statement {
   public:
    /// Binds the parameter `?index`, from 1. Requires: `value` outlives the next step().
    void bind(int index, std::string_view value);
    void bind(int index, std::int64_t value);

    /// Moves to the next row; false when there is none left.
    [[nodiscard]] result<bool> step();
    /// Makes the statement ready to be bound and stepped again.
    void reset();

    /// The column of this row, from 0, whatever bytes it holds.
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;

   private:
    friend class database;
    struct finalizer {
        void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
    };
    statement(sqlite3_stmt* handle, const std::string& name) : handle_(handle), name_(&name) {}

    std::unique_ptr<sqlite3_stmt, finalizer> handle_;
    const std::string* name_;
};

/// A connection to one SQLite file; closes it. `name` is what errors call the file.
class database {
   public:
    /// Opens with the flags of sqlite3_open_v2. Reads no more than the first page's header, and
    /// writes nothing.
    [[nodiscard]] static result<database> open(const std::string& file, int flags,
                                               std::string name);

    /// Runs statements that give no rows, or whose rows do not matter.
    [[nodiscard]] result<void> execute(const std::string& statements);
    [[nodiscard]] result<statement> prepare(std::string_view one_statement) const;
    /// The first column of a query's first row. Requires: there is one.
    [[nodiscard]] result<std::int64_t> integer(std::string_view query) const;
    [[nodiscard]] result<std::string> text(std::string_view query) const;

    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
    [[nodiscard]] const std::string& name() const { return *name_; }
    /// An error about this file: its name, then what is wrong.
    [[nodiscard]] tl::unexpected<error> failure(error_code, std::string_view what) const;
    /// The error that a result code of SQLite stands for.
    [[nodiscard]] tl::unexpected<error> failure(int code) const;

   private:
    struct closer {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    database(std::unique_ptr<sqlite3, closer> handle, std::string name);

    std::unique_ptr<sqlite3, closer> handle_;
    std::unique_ptr<const std::string> name_;  // statements point to it while the database moves
};

/// A transaction that is rolled back unless commit() succeeds. Must not outlive its database.
class transaction {
   public:
    /// `immediate` takes the write lock at once, `exclusive` keeps readers out as well (outside
    /// WAL); both wait for up to the busy timeout. `deferred` reads one snapshot. The first two
    /// fail when the file has been moved or deleted since it was opened: what is written to it
    /// would be lost.
    enum class kind { deferred, immediate, exclusive };
    [[nodiscard]] static result<transaction> begin(const database&, kind);
    [[nodiscard]] result<void> commit();

   private:
    struct rollback {
        void operator()(const database* target) const;
    };
    explicit transaction(const database& target) : open_(&target) {}
    std::unique_ptr<const database, rollback> open_;
};

/// Whether the path no longer names the file that is open.
[[nodiscard]] bool has_moved(const database&);

}  // namespace partita::detail::store
