#include <array>

#include <gtest/gtest.h>

#include "../../corpus/src/opening.hpp"
#include "findings.hpp"

namespace partita {
namespace {

using detail::store::migration;
using detail::store::open_corpus_file;
using test::finding;
using test::opened;
using test::said;
using test::scratch_directory;

// The chain of a build two versions ahead of this one.
std::array<migration, 3> later_chain(const char* third) {
    return {detail::store::corpus_migrations().front(),
            {2, "ALTER TABLE counterexamples ADD COLUMN severity TEXT NOT NULL DEFAULT 'unknown'"},
            {3, third}};
}

// A corpus as today's build leaves it: an old one, for the builds in these tests.
std::filesystem::path old_corpus(const scratch_directory& scratch) {
    EXPECT_EQ(opened(scratch / "a").add(finding()), true);
    return scratch / "a";
}

TEST(migration, chain_ends_in_the_version_this_build_names) {
    const auto chain = detail::store::corpus_migrations();
    int version = 0;
    for (const migration& link : chain) {
        EXPECT_EQ(link.version, ++version) << "no gap, no repetition";
    }
    EXPECT_EQ(version, corpus_schema_version);
}

TEST(migration, takes_an_older_file_through_the_links_it_lacks) {
    const scratch_directory scratch;
    const auto path = old_corpus(scratch);
    const auto chain =
        later_chain("UPDATE counterexamples SET severity = 'high' WHERE kind LIKE 'ok but%'");
    const auto file = open_corpus_file({.path = path, .write = true, .schema = chain});
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->integer("PRAGMA user_version"), 3);
    EXPECT_EQ(file->text("SELECT severity FROM counterexamples WHERE id = '" + finding().id + "'"),
              "high");
    EXPECT_EQ(said(corpus::open(path, corpus::access::write)),
              path.string() + ": has schema version 3, and this build reads versions up to 1");
}

TEST(migration, makes_the_newest_schema_at_once_in_a_new_file) {
    const scratch_directory scratch;
    const auto chain = later_chain("CREATE TABLE campaigns (name TEXT) STRICT");
    const auto file = open_corpus_file({.path = scratch / "a", .write = true, .schema = chain});
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->integer("PRAGMA user_version"), 3);
    EXPECT_EQ(file->integer("SELECT count(severity) FROM counterexamples"), 0);
}

TEST(migration, that_fails_leaves_the_file_in_its_old_schema) {
    const scratch_directory scratch;
    const auto path = old_corpus(scratch);
    const auto before = scratch.contents();
    const auto chain = later_chain("CREATE TABLE counterexamples (again TEXT)");
    const auto file = open_corpus_file({.path = path, .write = true, .schema = chain});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().message,
              path.string() + ": not laid out as a corpus (table counterexamples already exists)");
    EXPECT_EQ(scratch.contents(), before) << "the links before the failing one are undone too";
    EXPECT_EQ(opened(path).list(), std::vector{finding()});
}

TEST(migration, that_fails_makes_no_file) {
    const scratch_directory scratch;
    const auto chain = later_chain("CREATE TABLE counterexamples (again TEXT)");
    EXPECT_FALSE(open_corpus_file({.path = scratch / "a", .write = true, .schema = chain}));
    EXPECT_TRUE(scratch.contents().empty());
}

TEST(migration, is_not_for_readers) {
    const scratch_directory scratch;
    const auto path = old_corpus(scratch);
    const auto before = scratch.contents();
    const auto chain = later_chain("");
    const auto file = open_corpus_file({.path = path, .schema = chain});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, error_code::unsupported);
    EXPECT_EQ(file.error().message,
              path.string() +
                  ": has the older schema version 1, and this build reads version 3; "
                  "open it for writing once to migrate it");
    EXPECT_EQ(scratch.contents(), before);
}

}  // namespace
}  // namespace partita
