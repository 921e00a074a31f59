// The planted bugs: that each least schedule shows its bug, and nothing but its bug.

#include <partita/models/zoo.hpp>

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

namespace {

using namespace partita;

struct exhibit {
    const bug_family* family = nullptr;
    const planted_bug* bug = nullptr;
};

std::vector<exhibit> exhibits() {
    std::vector<exhibit> all;
    for (const bug_family& family : zoo())
        for (const planted_bug& bug : family.bugs) all.push_back({&family, &bug});
    return all;
}

std::string name_of(const exhibit& it) {
    std::string name = it.family->application.name + "_" + it.bug->id + "_" + it.bug->name;
    std::replace_if(
        name.begin(), name.end(), [](unsigned char letter) { return std::isalnum(letter) == 0; },
        '_');
    return name;
}

class planted : public testing::TestWithParam<exhibit> {};

TEST_P(planted, is_shown_by_its_least_schedule_and_by_nothing_smaller) {
    const application& of = GetParam().family->application;
    const schedule least = least_schedule(*GetParam().bug);
    const outcome seen = run(of, least);
    EXPECT_EQ(seen.verdict, verdict::violated) << to_text(least);
    EXPECT_EQ(std::count(seen.met.begin(), seen.met.end(), false), 0) << to_text(least);
    for (std::size_t at = 0; at < least.steps.size(); ++at) {
        schedule less = least;
        less.steps.erase(less.steps.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_NE(run(of, less).verdict, verdict::violated) << to_text(less);
    }
    for (std::size_t at = 0; at < least.deviations.size(); ++at) {
        schedule less = least;
        less.deviations.erase(less.deviations.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_NE(run(of, less).verdict, verdict::violated) << to_text(less);
    }
}

TEST_P(planted, is_not_there_unless_it_is_planted) {
    const application& of = GetParam().family->application;
    schedule mended = least_schedule(*GetParam().bug);
    if (mended.application.parameters.erase("bug") == 0) return;  // the protocol is the bug
    const outcome done = run(of, mended);
    EXPECT_EQ(done.verdict, verdict::holds) << to_text(mended) << done.violation->explanation;
}

INSTANTIATE_TEST_SUITE_P(zoo, planted, testing::ValuesIn(exhibits()),
                         [](const auto& of) { return name_of(of.param); });

TEST(zoo, has_at_least_thirty_bugs_with_names_of_their_own) {
    std::set<std::string> names;
    for (const exhibit& each : exhibits()) {
        EXPECT_TRUE(names.insert(name_of(each)).second) << name_of(each);
        EXPECT_FALSE(each.bug->about.empty());
        EXPECT_FALSE(each.bug->provenance.empty()) << name_of(each);
    }
    EXPECT_GE(names.size(), 30U);
}

TEST(zoo, names_bugs_as_their_parameter_does) {
    for (const exhibit& each : exhibits()) {
        const schedule least = least_schedule(*each.bug);
        EXPECT_EQ(least.application.name, each.family->application.name);
        const auto named = least.application.parameters.find("bug");
        if (named == least.application.parameters.end()) continue;  // the protocol is the bug
        EXPECT_EQ(named->second, each.bug->name);
    }
}

TEST(zoo, is_silent_where_there_is_no_bug) {
    for (const bug_family& family : zoo()) {
        for (const std::string& line : family.correct) {
            const schedule base = *parse_schedule("app " + line + "\n", "zoo");
            const explore_outcome done =
                explore(family.application, base.application, family.plan,
                        {.seed = 7, .trials_max = 150}, batches_of(family.application));
            EXPECT_FALSE(done.found) << line << "\n" << to_text(*done.found);
            EXPECT_EQ(done.inconclusive, 0U) << line;
        }
    }
}

TEST(zoo, has_correct_variants_without_a_bug) {
    for (const bug_family& family : zoo()) {
        for (const std::string& line : family.correct) {
            const auto read = parse_schedule("app " + line + "\n", "zoo");
            ASSERT_TRUE(read) << line;
            EXPECT_TRUE(check_schedule(family.application, *read)) << line;
            EXPECT_FALSE(read->application.parameters.contains("bug")) << line;
        }
    }
}

}  // namespace
