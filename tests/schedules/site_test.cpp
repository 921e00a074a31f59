#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/schedules/schedule.hpp>
#include <partita/schedules/site.hpp>

namespace {

using partita::deviation;
using partita::site_hasher;
using partita::site_id_of;
using partita::site_label;

TEST(site, identity_is_that_of_its_words) {
    EXPECT_EQ(site_hasher{}.word("n1").word("->").word("n2").word("commit").ordinal(1).id(),
              site_id_of("n1 -> n2 commit #1"));
    EXPECT_EQ(site_hasher{}.hashed(site_hasher::hash_of("n1")).id(), site_hasher{}.word("n1").id());
}

TEST(site, identity_is_the_same_in_every_build) {
    EXPECT_EQ(site_id_of("n1 -> n2 commit #1").value, 0xfe5a236ad5b0d7ceULL);
    EXPECT_EQ(site_id_of("n2 at receive n1 -> n2 commit #1").value, 0x0e8e6a14c844b184ULL);
}

TEST(site, every_ordinal_word_counts_as_a_number) {
    EXPECT_EQ(site_hasher{}.word("timer").ordinal(3).word("of").word("n1").ordinal(2).id(),
              site_id_of("timer #3 of n1 #2"));
    EXPECT_EQ(site_hasher{}.word("#0").word("#01").word("#").id(), site_id_of("#0 #01 #"));
}

TEST(site, order_and_ordinal_of_words_matter) {
    EXPECT_NE(site_id_of("n1 -> n2 commit #1"), site_id_of("n2 -> n1 commit #1"));
    EXPECT_NE(site_id_of("n1 -> n2 commit #1"), site_id_of("n1 -> n2 commit #2"));
    EXPECT_NE(site_id_of("n1 n2 #1"), site_id_of("n1n2 #1"));
}

TEST(site, label_is_made_canonical) {
    const site_label label("  n1 ->\t n2   commit #1 ");
    EXPECT_EQ(label.text(), "n1 -> n2 commit #1");
    EXPECT_EQ(label, site_label("n1 -> n2 commit #1"));
    EXPECT_EQ(label.id(), site_label("n1 -> n2 commit #1").id());
}

TEST(site, labels_are_ordered_by_text) {
    EXPECT_LT(site_label("n1 a #1"), site_label("n1 b #1"));
    EXPECT_GT(site_label("n2 a #1"), site_label("n1 b #1"));
}

TEST(schedule, canonical_sorts_by_site_then_action_and_drops_repetitions) {
    const deviation crash{"crash", site_label("b #1"), {}};
    const deviation omit{"omit", site_label("a #1"), {}};
    const deviation delay{"delay", site_label("b #1"), {"by", "3s"}};
    const deviation longer{"delay", site_label("b #1"), {"by", "4s"}};
    partita::schedule given;
    given.steps = {partita::command{"n1", "b", {}}, partita::command{"n1", "a", {}}};
    given.deviations = {longer, crash, omit, delay, crash, omit};
    const auto sorted = canonical(given);
    EXPECT_EQ(sorted.deviations, (std::vector{omit, crash, delay, longer}));
    EXPECT_EQ(sorted.steps, given.steps) << "steps are a sequence, not a set";
}

TEST(schedule, fault_count_counts_deviations_and_fault_steps_only) {
    partita::schedule given;
    EXPECT_EQ(fault_count(given), 0U);
    given.steps = {partita::command{"n1", "write", {}}, partita::fault_step{"partition", {}},
                   partita::wait_step{}};
    given.deviations = {deviation{"omit", site_label("a #1"), {}}};
    EXPECT_EQ(fault_count(given), 2U);
}

RC_GTEST_PROP(site, label_and_identity_agree_on_blanks, (const std::vector<std::string>& words)) {
    std::string narrow;
    std::string wide;
    for (const auto& word : words) {
        narrow += word + ' ';
        wide += "\t " + word + "  ";
    }
    RC_ASSERT(site_label(narrow) == site_label(wide));
    RC_ASSERT(site_label(narrow).id() == site_id_of(wide));
    RC_ASSERT(site_label(site_label(narrow).text()).text() == site_label(narrow).text());
}

}  // namespace
