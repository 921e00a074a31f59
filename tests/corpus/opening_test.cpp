#include <fcntl.h>
#include <sys/stat.h>
#include <cstring>

#include <gtest/gtest.h>

#include <sqlite3.h>

#include "../../corpus/src/opening.hpp"
#include "findings.hpp"

namespace partita {
namespace {

namespace fs = std::filesystem;
using test::finding;
using test::in_child;
using test::opened;
using test::said;
using test::scratch_directory;
using access = corpus::access;

// A SQLite connection that is not ours: what another program does to a file.
class stranger {
   public:
    explicit stranger(const fs::path& file) {
        EXPECT_EQ(sqlite3_open(file.c_str(), &handle_), SQLITE_OK);
    }
    ~stranger() { sqlite3_close(handle_); }
    stranger(const stranger&) = delete;
    stranger& operator=(const stranger&) = delete;
    void execute(const std::string& statements) {
        EXPECT_EQ(sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(handle_);
    }

   private:
    sqlite3* handle_ = nullptr;
};

// Whether open refuses the file with this code and message, for reading and for writing, and leaves
// the directory as it was.
void expect_refused(const scratch_directory& scratch, const fs::path& file, error_code code,
                    const std::string& message) {
    const auto before = scratch.contents();
    for (const access wanted : {access::read, access::write}) {
        const auto refused = corpus::open(file, wanted);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, code) << refused.error().message;
        EXPECT_EQ(refused.error().message, file.string() + ": " + message);
        EXPECT_EQ(scratch.contents(), before);
    }
}

TEST(opening, makes_an_absent_corpus_only_for_writing) {
    const scratch_directory scratch;
    const auto absent = corpus::open(scratch / "a", access::read);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, error_code::not_found);
    EXPECT_EQ(absent.error().message, (scratch / "a").string() + ": no corpus there");
    EXPECT_TRUE(scratch.contents().empty());
    EXPECT_TRUE(corpus::open(scratch / "a", access::write));
    EXPECT_TRUE(corpus::open(scratch / "a", access::read));
}

TEST(opening, takes_an_empty_file_for_absent) {
    const scratch_directory scratch;
    test::write_bytes(scratch / "a", "");
    EXPECT_EQ(corpus::open(scratch / "a", access::read).error().code, error_code::not_found);
    EXPECT_EQ(test::bytes_of(scratch / "a"), "");
    EXPECT_EQ(opened(scratch / "a").add(finding()), true);
}

TEST(opening, takes_a_database_without_tables_for_absent) {
    const scratch_directory scratch;
    stranger(scratch / "a").execute("CREATE TABLE t (x); DROP TABLE t; VACUUM");
    const auto before = scratch.contents();
    EXPECT_EQ(corpus::open(scratch / "a", access::read).error().code, error_code::not_found);
    EXPECT_EQ(scratch.contents(), before);
    EXPECT_EQ(opened(scratch / "a").add(finding()), true);
}

TEST(opening, marks_the_file_as_a_corpus_and_makes_it_durable) {
    const scratch_directory scratch;
    const auto file = detail::store::open_corpus_file({.path = scratch / "a", .write = true});
    ASSERT_TRUE(file);
    EXPECT_EQ(file->integer("PRAGMA application_id"), 0x50727474);
    EXPECT_EQ(file->integer("PRAGMA user_version"), corpus_schema_version);
    EXPECT_EQ(file->text("PRAGMA journal_mode"), "wal");
    EXPECT_GE(*file->integer("PRAGMA synchronous"), 2) << "FULL at least";
    EXPECT_EQ(file->integer("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(file->integer("PRAGMA busy_timeout"), 5'000);
}

TEST(opening, refuses_a_missing_directory) {
    const scratch_directory scratch;
    const auto missing = scratch / "no" / "such";
    expect_refused(scratch, missing / "a", error_code::unavailable,
                   "the directory " + missing.string() + " does not exist");
    test::write_bytes(scratch / "file", "");
    expect_refused(scratch, scratch / "file" / "a", error_code::unavailable,
                   "the directory " + (scratch / "file").string() + " does not exist");
}

TEST(opening, refuses_what_is_no_file) {
    const scratch_directory scratch;
    const scratch_directory inner;
    expect_refused(scratch, inner.path(), error_code::unavailable, "a directory, expected a file");
    expect_refused(scratch, "/dev/null", error_code::unavailable, "not a regular file");
    fs::create_symlink(inner / "nothing", inner / "link");
    expect_refused(scratch, inner / "link", error_code::unavailable, "a symbolic link to nothing");
    expect_refused(scratch, "", error_code::bad_input, "expected the path of a corpus file");
}

TEST(opening, follows_a_symbolic_link) {
    const scratch_directory scratch;
    const scratch_directory inner;
    ASSERT_EQ(opened(scratch / "a").add(finding()), true);
    fs::create_symlink(scratch / "a", inner / "link");
    EXPECT_EQ(opened(inner / "link").add(finding(2)), true);
    EXPECT_EQ(opened(scratch / "a", access::read).list()->size(), 2U);
}

TEST(opening, takes_every_path_as_a_path) {
    const scratch_directory scratch;
    for (const std::string name :
         {"file:a?mode=memory", "a?immutable=1#%20", "\xff z", ":memory:"}) {
        ASSERT_EQ(opened(scratch / name).add(finding()), true);
        EXPECT_EQ(opened(scratch / name, access::read).list(), std::vector{finding()});
        EXPECT_TRUE(fs::exists(scratch / name));
    }
    EXPECT_EQ(corpus::open(scratch / "a\nb", access::read).error().message,
              (scratch / "a\\nb").string() + ": no corpus there");
}

TEST(opening, refuses_what_is_no_database) {
    const scratch_directory scratch;
    for (const std::string& bytes :
         {std::string("x"), std::string(5'000, 'x'), std::string(10'000, '\0'),
          std::string("SQLite format 3"), std::string("app kv\nn1 write x 1\n")}) {
        test::write_bytes(scratch / "a", bytes);
        expect_refused(scratch, scratch / "a", error_code::bad_input, "not a database");
    }
}

TEST(opening, refuses_the_database_of_another_application) {
    const scratch_directory scratch;
    stranger(scratch / "plain").execute("CREATE TABLE t (x)");
    stranger(scratch / "marked").execute("PRAGMA application_id = 7");
    stranger(scratch / "logged").execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
    for (const std::string name : {"plain", "marked", "logged"}) {
        expect_refused(scratch, scratch / name, error_code::bad_input,
                       "a SQLite database, but not a corpus");
    }
}

TEST(opening, leaves_the_log_of_another_application_alone) {
    const scratch_directory scratch;
    stranger user(scratch / "a");
    user.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    fs::copy_file(scratch / "a", scratch / "b");
    fs::copy_file(scratch / "a-wal", scratch / "b-wal");
    const auto database = test::bytes_of(scratch / "b");
    const auto log = test::bytes_of(scratch / "b-wal");
    for (const access wanted : {access::read, access::write}) {
        EXPECT_EQ(corpus::open(scratch / "b", wanted).error().message,
                  (scratch / "b").string() + ": a SQLite database, but not a corpus");
        EXPECT_EQ(test::bytes_of(scratch / "b"), database);
        EXPECT_EQ(test::bytes_of(scratch / "b-wal"), log);
    }
}

TEST(opening, refuses_a_newer_schema_untouched) {
    const scratch_directory scratch;
    ASSERT_EQ(opened(scratch / "a").add(finding()), true);
    stranger(scratch / "a").execute("PRAGMA user_version = 7");
    expect_refused(scratch, scratch / "a", error_code::unsupported,
                   "has schema version 7, and this build reads versions up to 1");
}

TEST(opening, refuses_a_corpus_that_lacks_what_its_schema_has) {
    const scratch_directory scratch;
    opened(scratch / "a");
    stranger(scratch / "a").execute("ALTER TABLE counterexamples RENAME COLUMN kind TO sort");
    expect_refused(scratch, scratch / "a", error_code::bad_input,
                   "not laid out as a corpus (no such column: kind)");
    stranger(scratch / "b")
        .execute("PRAGMA application_id = " + std::to_string(0x50727474) + "; CREATE TABLE t (x)");
    expect_refused(scratch, scratch / "b", error_code::bad_input,
                   "damaged: a corpus without a schema");
}

TEST(opening, runs_nothing_that_a_stranger_put_into_the_file) {
    const scratch_directory scratch;
    opened(scratch / "a");
    stranger(scratch / "a")
        .execute(
            "CREATE TRIGGER t AFTER INSERT ON counterexamples BEGIN DELETE FROM counterexamples; "
            "END");
    auto store = opened(scratch / "a");
    EXPECT_EQ(store.add(finding()), true);
    EXPECT_EQ(store.list(), std::vector{finding()});
}

TEST(opening, tells_which_row_is_damaged) {
    const scratch_directory scratch;
    const std::string place =
        (scratch / "a").string() + ": counterexample " + finding().id + " is damaged: ";
    const std::vector<std::pair<std::string, std::string>> table{
        {"kind = 'deadlock'", "the id is '" + finding().id + "', but the content has the id"},
        {"verdict = 'holds'", "expected the verdict violated or inconclusive, found holds"},
        {"verdict = 'maybe'", "a field of it has no such value"},
        {"trace_hash = '000000000000000g'", "a field of it has no such value"},
        {"status = ''", "a field of it has no such value"},
        {"application = 'kv'", "its schedule is for another application"},
        {"schedule = '{}'", "its schedule"},
        {"signature = ''", "expected a signature of 16 hexadecimal digits, found ''"},
    };
    for (const auto& [assignment, message] : table) {
        fs::remove(scratch / "a");
        ASSERT_EQ(opened(scratch / "a").add(finding()), true);
        stranger(scratch / "a").execute("UPDATE counterexamples SET " + assignment);
        const auto store = opened(scratch / "a", access::read);
        EXPECT_EQ(said(store.list()).substr(0, place.size() + message.size()), place + message);
        EXPECT_EQ(said(store.find(finding().id.substr(0, 8))), said(store.list()));
    }
}

TEST(opening, waits_for_a_lock_no_longer_than_told) {
    const scratch_directory scratch;
    opened(scratch / "a");
    stranger other(scratch / "a");
    other.execute("BEGIN IMMEDIATE");
    auto store =
        corpus::open(scratch / "a", access::write, {.busy_timeout = std::chrono::milliseconds(20)});
    ASSERT_TRUE(store) << "nothing has to be written";
    const auto added = store->add(finding());
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, error_code::unavailable);
    EXPECT_EQ(added.error().message, (scratch / "a").string() + ": locked by another process");
    EXPECT_EQ(store->list()->size(), 0U) << "readers do not wait for a writer";
    other.execute("COMMIT");
    EXPECT_EQ(store->add(finding()), true);
}

TEST(opening, fails_when_another_process_holds_the_whole_file) {
    const scratch_directory scratch;
    opened(scratch / "a");
    stranger other(scratch / "a");
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    for (const access wanted : {access::read, access::write}) {
        EXPECT_EQ(said(corpus::open(scratch / "a", wanted,
                                    {.busy_timeout = std::chrono::milliseconds(20)})),
                  (scratch / "a").string() + ": locked by another process");
    }
}

TEST(opening, notices_that_the_file_was_taken_away) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a");
    fs::remove(scratch / "a");
    const auto added = store.add(finding());
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().message,
              (scratch / "a").string() + ": moved or deleted while it was open");
}

// What `work` says when it is run without the rights of root.
std::string unprivileged(const std::function<std::string()>& work) {
    return in_child([&work] {
        const bool root = ::geteuid() == 0;
        return !root || (::setgid(65534) == 0 && ::setuid(65534) == 0) ? work() : "still root";
    });
}

TEST(opening, says_when_there_is_no_permission) {
    const scratch_directory scratch;
    const auto file = scratch / "a";
    ASSERT_EQ(opened(file).add(finding()), true);
    ::chmod(file.c_str(), 0);
    ::chmod(scratch.path().c_str(), 0777);
    const auto open_to = [&file](access wanted) {
        return unprivileged([&file, wanted] { return said(corpus::open(file, wanted)); });
    };
    EXPECT_EQ(open_to(access::read), file.string() + ": cannot be opened: Permission denied");
    EXPECT_EQ(open_to(access::write), file.string() + ": cannot be opened: Permission denied");
}

TEST(opening, reads_a_corpus_that_may_not_be_written) {
    const scratch_directory scratch;
    const auto file = scratch / "a b%";  // a name that means something else in a URI
    ASSERT_EQ(opened(file).add(finding()), true);
    ::chmod(file.c_str(), 0444);
    ::chmod(scratch.path().c_str(), 0555);
    const auto before = scratch.contents();
    const auto write = [&file] { return said(corpus::open(file, access::write)); };
    EXPECT_EQ(unprivileged(write), file.string() + ": read-only, its directory may not be written");
    EXPECT_EQ(
        unprivileged([&file] { return test::ids_of(*opened(file, access::read).list()).front(); }),
        finding().id);
    ::chmod(scratch.path().c_str(), 0755);
    EXPECT_EQ(unprivileged(write),
              file.string() + (::geteuid() == 0 ? ": read-only, its directory may not be written"
                                                : ": read-only"));
    ::chmod(scratch.path().c_str(), 0777);
    EXPECT_EQ(unprivileged(write), file.string() + ": read-only");
    EXPECT_EQ(scratch.contents(), before);
}

TEST(opening, says_when_the_directory_may_not_be_written) {
    const scratch_directory scratch;
    ::chmod(scratch.path().c_str(), 0555);
    const auto file = scratch / "a";
    const std::string answer =
        unprivileged([&file] { return said(corpus::open(file, access::write)); });
    ::chmod(scratch.path().c_str(), 0755);
    EXPECT_EQ(answer, file.string() + ": read-only, its directory may not be written");
    EXPECT_TRUE(scratch.contents().empty());
}

}  // namespace
}  // namespace partita
