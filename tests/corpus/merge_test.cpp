#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "findings.hpp"

namespace partita {
namespace {

using test::finding;
using test::opened;
using test::said;
using test::scratch_directory;

// What a corpus holds, as text: equal for equal corpora.
std::string dump(const std::filesystem::path& file) {
    std::string text;
    const auto all = opened(file, corpus::access::read).list();
    for (const auto& each : all.value()) {
        text += to_text(each);
    }
    return text;
}

counterexample found_at(std::string date,
                        counterexample_status status = counterexample_status::open) {
    auto changed = finding();
    changed.provenance.found_at = std::move(date);
    changed.violation.explanation = "found at " + changed.provenance.found_at;
    changed.status = status;
    return changed;
}

// What `left` holds after `right`, another corpus with one finding each, is merged into it.
counterexample merged(const counterexample& left, const counterexample& right) {
    const scratch_directory scratch;
    EXPECT_EQ(opened(scratch / "left").add(left), true);
    EXPECT_EQ(opened(scratch / "right").add(right), true);
    auto store = opened(scratch / "left");
    EXPECT_EQ(store.merge(scratch / "right"), left.id == right.id ? 0U : 1U);
    return store.list()->front();
}

TEST(merge, adds_what_is_new_and_tells_how_much) {
    const scratch_directory scratch;
    ASSERT_EQ(opened(scratch / "a").add(finding(1)), true);
    ASSERT_EQ(opened(scratch / "b").add(finding(1)), true);
    ASSERT_EQ(opened(scratch / "b").add(finding(2)), true);
    ASSERT_EQ(opened(scratch / "b").add(finding(3)), true);
    const auto before = test::bytes_of(scratch / "b");
    EXPECT_EQ(opened(scratch / "a").merge(scratch / "b"), 2U);
    EXPECT_EQ(dump(scratch / "a"), dump(scratch / "b"));
    EXPECT_EQ(test::bytes_of(scratch / "b"), before);
    EXPECT_EQ(opened(scratch / "a").merge(scratch / "b"), 0U) << "idempotent";
}

TEST(merge, of_a_corpus_with_itself_changes_nothing) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a");
    ASSERT_EQ(store.add(finding()), true);
    EXPECT_EQ(store.merge(scratch / "a"), 0U);
    EXPECT_EQ(store.list(), std::vector{finding()});
}

TEST(merge, keeps_the_account_of_who_found_it_first) {
    const auto early = found_at("2024-01-01T00:00:00Z");
    const auto late = found_at("2024-01-02T00:00:00Z");
    const auto undated = found_at("");
    EXPECT_EQ(merged(early, late), early);
    EXPECT_EQ(merged(late, early), early);
    EXPECT_EQ(merged(undated, late), late);
    EXPECT_EQ(merged(late, undated), late);
}

TEST(merge, keeps_the_status_that_asks_for_more_attention) {
    using enum counterexample_status;
    const std::array by_attention{open, fixed, stale, reproduces};
    for (const auto left : by_attention) {
        for (const auto right : by_attention) {
            const auto more = std::find(by_attention.begin(), by_attention.end(), left) <
                                      std::find(by_attention.begin(), by_attention.end(), right)
                                  ? right
                                  : left;
            EXPECT_EQ(merged(found_at("1", left), found_at("2", right)), found_at("1", more));
            EXPECT_EQ(merged(found_at("2", left), found_at("1", right)), found_at("1", more));
        }
    }
}

TEST(merge, refuses_what_open_refuses_and_leaves_both_as_they_were) {
    const scratch_directory scratch;
    auto store = opened(scratch / "a");
    ASSERT_EQ(store.add(finding()), true);
    EXPECT_EQ(store.merge(scratch / "absent").error().code, error_code::not_found);
    test::write_bytes(scratch / "text", "hello, world, this is no database at all");
    EXPECT_EQ(said(store.merge(scratch / "text")),
              (scratch / "text").string() + ": not a database");
    EXPECT_EQ(test::bytes_of(scratch / "text"), "hello, world, this is no database at all");
    EXPECT_FALSE(std::filesystem::exists(scratch / "absent"));
    EXPECT_EQ(store.list(), std::vector{finding()});
}

// Findings that often share an id while their accounts and statuses differ.
rc::Gen<counterexample> overlapping_finding() {
    using enum counterexample_status;
    return rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::uint64_t>(1, 5),
                                       rc::gen::element<std::string>("", "1", "2"),
                                       rc::gen::element<std::string>("a", "b"),
                                       rc::gen::element(open, reproduces, fixed, stale),
                                       rc::gen::element(verdict::violated, verdict::inconclusive)),
                        [](const auto& parts) {
                            const auto& [ordinal, date, text, status, said] = parts;
                            auto made = finding(ordinal);
                            made.provenance.found_at = date;
                            made.provenance.seed = text;
                            made.violation.explanation = date + text;
                            made.trace_hash = date.size() + text[0];
                            made.verdict = said;
                            made.status = status;
                            return made;
                        });
}

rc::Gen<std::vector<counterexample>> overlapping_findings() {
    return rc::gen::scale(0.3,
                          rc::gen::container<std::vector<counterexample>>(overlapping_finding()));
}

void fill(const std::filesystem::path& file, const std::vector<counterexample>& findings) {
    auto store = opened(file);
    for (const auto& each : findings) {
        EXPECT_TRUE(store.add(each).has_value());
    }
}

using order = std::array<std::size_t, 4>;

// What the corpora named 0 to 3 are together when they are merged in this order, the last one
// twice.
std::string merged_in(const order& numbers, const scratch_directory& scratch) {
    {
        auto all = opened(scratch / "all");
        for (const std::size_t number : numbers) {
            EXPECT_TRUE(all.merge(scratch / std::to_string(number)).has_value());
        }
        EXPECT_EQ(all.merge(scratch / std::to_string(numbers.back())), 0U);
    }
    std::string held = dump(scratch / "all");
    std::filesystem::remove(scratch / "all");
    return held;
}

TEST(merge, gives_one_corpus_in_all_orders) {
    const scratch_directory scratch;
    using enum counterexample_status;
    fill(scratch / "0", {found_at("2", reproduces), finding(2)});
    fill(scratch / "1", {found_at("1", fixed), finding(3)});
    fill(scratch / "2", {found_at("", stale), finding(2), finding(4)});
    fill(scratch / "3", {});
    order numbers{0, 1, 2, 3};
    const std::string expected = merged_in(numbers, scratch);
    EXPECT_NE(expected.find(to_text(found_at("1", reproduces))), std::string::npos);
    while (std::next_permutation(numbers.begin(), numbers.end())) {
        EXPECT_EQ(merged_in(numbers, scratch), expected);
    }
}

RC_GTEST_PROP(merge, gives_one_corpus_in_whatever_order_and_however_often, ()) {
    const scratch_directory scratch;
    for (const std::string name : {"0", "1", "2", "3"}) {
        fill(scratch / name, *overlapping_findings());
    }
    order numbers{0, 1, 2, 3};
    const std::string expected = merged_in(numbers, scratch);
    const auto turns = *rc::gen::inRange(1, 24);
    for (int turn = 0; turn < turns; ++turn) {
        std::next_permutation(numbers.begin(), numbers.end());
    }
    RC_ASSERT(merged_in(numbers, scratch) == expected);
}

RC_GTEST_PROP(merge, is_associative, ()) {
    const scratch_directory scratch;
    for (const std::string name : {"a", "b", "c"}) {
        fill(scratch / name, *overlapping_findings());
        std::filesystem::copy_file(scratch / name, scratch / (name + name));
    }
    RC_ASSERT(opened(scratch / "a").merge(scratch / "b").has_value());
    RC_ASSERT(opened(scratch / "a").merge(scratch / "c").has_value());
    RC_ASSERT(opened(scratch / "bb").merge(scratch / "cc").has_value());
    RC_ASSERT(opened(scratch / "aa").merge(scratch / "bb").has_value());
    RC_ASSERT(dump(scratch / "a") == dump(scratch / "aa"));
}

}  // namespace
}  // namespace partita
