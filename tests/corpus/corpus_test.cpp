#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "findings.hpp"

namespace partita {
namespace {

using test::finding;
using test::opened;
using test::said;
using test::scratch_directory;

TEST(corpus, gives_back_what_was_added_in_order_of_id) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    std::vector<counterexample> all;
    for (std::uint64_t ordinal = 1; ordinal <= 20; ++ordinal) {
        all.push_back(finding(ordinal));
        EXPECT_EQ(store.add(all.back()), true);
    }
    std::sort(all.begin(), all.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    EXPECT_EQ(store.list(), all);
}

TEST(corpus, outlives_the_object) {
    const scratch_directory scratch;
    EXPECT_EQ(opened(scratch / "a.corpus").add(finding()), true);
    EXPECT_EQ(opened(scratch / "a.corpus", corpus::access::read).list(), std::vector{finding()});
    EXPECT_EQ(scratch.contents().size(), 1U) << "no log is left beside the file";
}

TEST(corpus, keeps_the_first_account_of_a_finding) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    auto later = finding();
    later.provenance.strategy = "random";
    later.status = counterexample_status::fixed;
    EXPECT_EQ(store.add(finding()), true);
    EXPECT_EQ(store.add(later), false);
    EXPECT_EQ(store.find(finding().id), finding());
}

TEST(corpus, keeps_every_bit_of_a_trace_hash) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    for (const std::uint64_t hash :
         {0ULL, 1ULL, 0x7fffffffffffffffULL, 0x8000000000000000ULL, ~0ULL}) {
        auto hashed = finding(hash + 1 == 0 ? 99 : hash + 1);
        hashed.trace_hash = hash;
        ASSERT_EQ(store.add(hashed), true);
        EXPECT_EQ(store.find(hashed.id), hashed);
    }
}

TEST(corpus, refuses_what_could_not_be_read_back) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    auto held = finding();
    held.verdict = verdict::holds;
    auto renamed = finding(1);
    renamed.id = finding(2).id;
    auto unsigned_one = finding();
    unsigned_one.signature = "x";
    for (const auto& bad : {held, renamed, unsigned_one}) {
        const auto added = store.add(bad);
        ASSERT_FALSE(added);
        EXPECT_EQ(added.error().code, error_code::bad_input);
    }
    EXPECT_NE(said(store.add(renamed)).find(finding(1).id), std::string::npos) << "names both ids";
    EXPECT_NE(said(store.add(renamed)).find(finding(2).id), std::string::npos) << "names both ids";
    EXPECT_EQ(store.list(), std::vector<counterexample>{});
}

TEST(corpus, refuses_a_schedule_past_the_bounds) {
    const scratch_directory scratch;
    auto content = finding().schedule;
    content.steps = {
        command{"n1", "broadcast", std::vector<std::string>(parse_bounds{}.words_max + 1, "x")}};
    const auto large = make_counterexample(content, verdict::violated, {"p", "k", "e"}, 1, {});
    auto store = opened(scratch / "a.corpus");
    const auto added = store.add(large);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, error_code::bad_input);
}

TEST(corpus, finds_by_the_beginning_of_an_id) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    ASSERT_EQ(store.add(finding()), true);
    const std::string id = finding().id;
    EXPECT_EQ(store.find(id), finding());
    EXPECT_EQ(store.find(id.substr(0, 4)), finding());
    std::string upper = id.substr(0, 12);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char letter) { return static_cast<char>(std::toupper(letter)); });
    EXPECT_EQ(store.find(upper), finding());
}

TEST(corpus, says_why_a_prefix_finds_nothing) {
    const scratch_directory scratch;
    const auto path = scratch / "a.corpus";
    auto store = opened(path);
    ASSERT_EQ(store.add(finding()), true);
    EXPECT_EQ(store.find("0000").error().code, error_code::not_found);
    EXPECT_EQ(said(store.find("0000")), path.string() + ": no counterexample 0000");
    const std::string id = finding().id;
    for (const std::string& bad :
         {std::string(), std::string("8b5"), std::string("8b50%"), std::string("8b5_"),
          std::string("'; --"), std::string("8b50\n"), id + "0"}) {
        ASSERT_FALSE(store.find(bad));
        EXPECT_EQ(store.find(bad).error().code, error_code::bad_input) << bad;
    }
}

// Findings whose ids share their first four digits.
std::vector<counterexample> findings_with_one_prefix(std::size_t count) {
    std::map<std::string, std::vector<counterexample>> by_prefix;
    for (std::uint64_t ordinal = 1;; ++ordinal) {
        auto made = finding(ordinal);
        auto& group = by_prefix[made.id.substr(0, 4)];
        group.push_back(std::move(made));
        if (group.size() == count) {
            return group;
        }
    }
}

TEST(corpus, lists_the_candidates_of_an_ambiguous_prefix_abbreviated) {
    const scratch_directory scratch;
    const auto path = scratch / "a.corpus";
    auto store = opened(path);
    auto ids = test::ids_of(findings_with_one_prefix(2));
    for (const auto& each : findings_with_one_prefix(2)) {
        ASSERT_EQ(store.add(each), true);
    }
    std::sort(ids.begin(), ids.end());
    const auto found = store.find(ids[0].substr(0, 4));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, error_code::conflict);
    EXPECT_EQ(found.error().message, path.string() + ": " + ids[0].substr(0, 4) +
                                         " fits 2 counterexamples: " + ids[0].substr(0, 8) + ", " +
                                         ids[1].substr(0, 8));
}

TEST(corpus, removes_and_changes_the_status_of_one) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    ASSERT_EQ(store.add(finding(1)), true);
    ASSERT_EQ(store.add(finding(2)), true);
    EXPECT_TRUE(store.set_status(finding(2).id, counterexample_status::stale));
    EXPECT_EQ(store.find(finding(2).id)->status, counterexample_status::stale);
    EXPECT_EQ(store.find(finding(1).id)->status, counterexample_status::open);
    EXPECT_TRUE(store.remove(finding(1).id));
    EXPECT_EQ(test::ids_of(*store.list()), std::vector{finding(2).id});
}

TEST(corpus, changes_nothing_under_an_id_that_is_not_there) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    ASSERT_EQ(store.add(finding(1)), true);
    for (const std::string& absent : {finding(2).id, finding(1).id.substr(0, 8), std::string()}) {
        EXPECT_EQ(store.remove(absent).error().code, error_code::not_found);
        EXPECT_EQ(store.set_status(absent, counterexample_status::fixed).error().code,
                  error_code::not_found);
    }
    EXPECT_EQ(store.list(), std::vector{finding(1)});
}

TEST(corpus, opened_for_reading_changes_nothing) {
    const scratch_directory scratch;
    const auto path = scratch / "a.corpus";
    ASSERT_EQ(opened(path).add(finding(1)), true);
    const auto before = scratch.contents();
    {
        auto store = opened(path, corpus::access::read);
        const std::string message = path.string() + ": was opened for reading only";
        EXPECT_EQ(said(store.add(finding(2))), message);
        EXPECT_EQ(said(store.remove(finding(1).id)), message);
        EXPECT_EQ(said(store.set_status(finding(1).id, counterexample_status::fixed)), message);
        EXPECT_EQ(said(store.merge(path)), message);
        EXPECT_EQ(store.list(), std::vector{finding(1)});
    }
    EXPECT_EQ(scratch.contents(), before);
}

TEST(corpus, shows_a_reader_what_a_writer_adds) {
    const scratch_directory scratch;
    auto writer = opened(scratch / "a.corpus");
    const auto reader = opened(scratch / "a.corpus", corpus::access::read);
    EXPECT_EQ(reader.list()->size(), 0U);
    ASSERT_EQ(writer.add(finding()), true);
    EXPECT_EQ(reader.list(), std::vector{finding()});
}

RC_GTEST_PROP(corpus, lists_exactly_what_was_added, ()) {
    const auto findings = *rc::gen::scale(0.1, rc::gen::arbitrary<std::vector<counterexample>>());
    const scratch_directory scratch;
    auto store = opened(scratch / "a.corpus");
    std::map<std::string, counterexample> expected;
    for (const auto& each : findings) {
        const bool is_new = expected.emplace(each.id, each).second;
        RC_ASSERT(store.add(each) == is_new);
    }
    std::vector<counterexample> in_order;
    for (const auto& [id, each] : expected) {
        in_order.push_back(each);
        RC_ASSERT(store.find(id) == each);
    }
    RC_ASSERT(store.list() == in_order);
}

}  // namespace
}  // namespace partita
