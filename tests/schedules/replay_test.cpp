#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include <partita/schedules/codec.hpp>
#include <partita/schedules/replay.hpp>

namespace {

using partita::parse_schedule;
using partita::replay;
using partita::replay_fit;
using partita::schedule;
using partita::trial_summary;
using partita::verdict;
using partita::violation;

const violation lost{"atomic", "ok but not delivered", "n2 has nothing"};

schedule with(const std::string& lines) {
    const auto parsed = parse_schedule("app kv\n" + lines);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed.value_or(schedule{});
}

/// A program reduced to the sites it meets, whatever the schedule, and the line whose deviation
/// makes it fail.
struct program {
    std::vector<std::string> sites;
    std::string culprit;
    mutable std::vector<std::string> tried = {};

    trial_summary operator()(const schedule& given) const {
        tried.push_back(to_text(given));
        trial_summary summary;
        summary.sites = sites;
        for (const auto& each : given.deviations) {
            const bool met = std::ranges::count(sites, each.site.text()) > 0;
            summary.met.push_back(met);
            if (met && to_text(each) == culprit) {
                summary.verdict = verdict::violated;
                summary.violation = lost;
            }
        }
        return summary;
    }
};

TEST(replay, is_exact_when_every_deviation_meets_its_site) {
    const program now{{"n1 -> n2 commit #1"}, "omit n1 -> n2 commit #1"};
    const auto stored = with("omit n1 -> n2 commit #1");
    const auto outcome = replay(stored, lost, now);
    EXPECT_EQ(outcome.fit, replay_fit::exact);
    EXPECT_EQ(outcome.replayed, stored);
    EXPECT_TRUE(outcome.edits.empty());
    EXPECT_EQ(outcome.summary.verdict, verdict::violated);
    EXPECT_EQ(outcome.trials, 1U);
}

TEST(replay, of_a_schedule_without_deviations_is_exact) {
    const auto outcome = replay(with("n1 write x 1"), std::nullopt, program{});
    EXPECT_EQ(outcome.fit, replay_fit::exact);
    EXPECT_EQ(outcome.trials, 1U);
}

TEST(replay, of_a_fixed_bug_is_exact_and_holds) {
    const program now{{"n1 -> n2 commit #1"}, "nothing"};
    const auto outcome = replay(with("omit n1 -> n2 commit #1"), lost, now);
    EXPECT_EQ(outcome.fit, replay_fit::exact);
    EXPECT_EQ(outcome.summary.verdict, verdict::holds);
}

TEST(replay, moves_a_deviation_to_the_nearest_ordinal_that_exists) {
    const program now{{"n1 -> n2 commit #1", "n1 -> n2 commit #2", "n1 -> n2 prepare #4"},
                      "omit n1 -> n2 commit #2"};
    const auto outcome = replay(with("omit n1 -> n2 commit #4"), lost, now);
    EXPECT_EQ(outcome.fit, replay_fit::repaired);
    EXPECT_EQ(outcome.replayed, with("omit n1 -> n2 commit #2"));
    EXPECT_EQ(outcome.edits, std::vector<std::string>{
                                 "moved omit n1 -> n2 commit #4 to #2 (no fourth one any more)"});
    EXPECT_EQ(outcome.summary.verdict, verdict::violated);
    EXPECT_EQ(outcome.trials, 2U);
}

TEST(replay, of_two_ordinals_equally_near_takes_the_smaller) {
    const program now{{"a #13", "a #11"}, ""};
    EXPECT_EQ(replay(with("omit a #12"), std::nullopt, now).edits,
              std::vector<std::string>{"moved omit a #12 to #11 (no 12th one any more)"});
    const program later{{"a #25", "a #19"}, ""};
    EXPECT_EQ(replay(with("omit a #22"), std::nullopt, later).edits,
              std::vector<std::string>{"moved omit a #22 to #19 (no 22nd one any more)"});
}

TEST(replay, does_not_move_a_deviation_to_a_site_that_carries_another) {
    const program now{{"a #1", "a #2"}, ""};
    const auto outcome = replay(with("omit a #2\nomit a #3 by 2s"), std::nullopt, now);
    EXPECT_EQ(outcome.replayed, with("omit a #2\nomit a #1 by 2s"));
    EXPECT_EQ(outcome.edits,
              std::vector<std::string>{"moved omit a #3 by 2s to #1 (no third one any more)"});
}

TEST(replay, leaves_out_a_deviation_that_has_no_place) {
    const program now{{"n1 -> n2 commit #1"}, "omit n1 -> n2 commit #1"};
    const auto outcome =
        replay(with("crash n2 at receive n1 -> n2 prepare #1\nomit n1 -> n2 commit #1"), lost, now);
    EXPECT_EQ(outcome.fit, replay_fit::repaired);
    EXPECT_EQ(outcome.replayed, with("omit n1 -> n2 commit #1"));
    EXPECT_EQ(outcome.edits,
              std::vector<std::string>{
                  "left out crash n2 at receive n1 -> n2 prepare #1 (site not met)"});
}

TEST(replay, leaves_out_what_a_move_does_not_mend) {
    struct : program {
        trial_summary operator()(const schedule& given) const {
            auto summary = program::operator()(given);
            const bool fails = given.deviations.size() == 1 && summary.met[0];
            summary.verdict = fails ? verdict::violated : verdict::holds;
            summary.violation = fails ? std::optional{lost} : std::nullopt;
            return summary;
        }
    } now;
    now.sites = {"a #1", "b #1"};
    const auto outcome = replay(with("omit a #2\nomit b #1"), lost, now);
    EXPECT_EQ(outcome.fit, replay_fit::repaired);
    EXPECT_EQ(outcome.edits, std::vector<std::string>{"left out omit a #2 (site not met)"});
    EXPECT_EQ(outcome.trials, 3U);
}

TEST(replay, is_stale_when_no_repair_reproduces_the_failure) {
    const program now{{"a #1", "b #1"}, "nothing"};
    const auto stored = with("omit a #2\nomit b #1\nomit c #1");
    const auto outcome = replay(stored, lost, now);
    EXPECT_EQ(outcome.fit, replay_fit::stale);
    EXPECT_EQ(outcome.replayed, stored);
    EXPECT_EQ(outcome.edits, (std::vector<std::string>{"no repair for omit a #2 (site not met)",
                                                       "no repair for omit c #1 (site not met)"}));
    EXPECT_EQ(outcome.summary.met, (std::vector<bool>{false, true, false}));
}

TEST(replay, another_failure_is_no_reproduction) {
    const program now{{"a #1"}, "omit a #1"};
    EXPECT_EQ(replay(with("omit a #2"), lost, now).fit, replay_fit::repaired);
    EXPECT_EQ(replay(with("omit a #2"), violation{"atomic", "hang", ""}, now).fit,
              replay_fit::stale);
}

TEST(replay, without_an_expected_failure_something_of_the_deviations_must_be_left) {
    const program now{{"a #1"}, ""};
    EXPECT_EQ(replay(with("omit b #1"), std::nullopt, now).fit, replay_fit::stale);
    EXPECT_EQ(replay(with("omit b #1\nomit a #1"), std::nullopt, now).fit, replay_fit::repaired);
}

TEST(replay, prefers_one_edit_that_mends_two_deviations) {
    // Whoever omits a #1 keeps b from happening; moving a's deviation away brings b's sites back.
    const auto now = [](const schedule& given) {
        trial_summary summary;
        std::set<std::string> carried;
        for (const auto& each : given.deviations) {
            carried.insert(each.site.text());
        }
        summary.sites = {"a #1"};
        const bool quiet = carried.contains("a #3");
        for (const auto* label : {"b #1", "c #1"}) {
            if (!quiet) {
                summary.sites.push_back(label);
            }
        }
        for (const auto& each : given.deviations) {
            summary.met.push_back(std::ranges::count(summary.sites, each.site.text()) > 0);
        }
        return summary;
    };
    const auto outcome = replay(with("omit b #1\nomit c #1\nomit a #3"), std::nullopt, now);
    EXPECT_EQ(outcome.fit, replay_fit::repaired);
    EXPECT_EQ(outcome.replayed, with("omit b #1\nomit c #1\nomit a #1"));
    EXPECT_EQ(outcome.edits.size(), 1U);
}

TEST(replay, honours_its_bound_of_trials_and_says_so) {
    const program now{{"a #1"}, "nothing"};
    const auto outcome =
        replay(with("omit a #2\nomit b #1\nomit c #1"), lost, std::cref(now), {.trials_max = 2});
    EXPECT_EQ(outcome.fit, replay_fit::stale);
    EXPECT_EQ(outcome.trials, 2U);
    EXPECT_EQ(outcome.edits.back(), "gave up after 2 trials");
    EXPECT_EQ(now.tried.size(), 2U);
}

TEST(replay, many_missing_deviations_are_repaired_in_few_trials) {
    std::string lines = "omit z #1\n";
    program now{{"z #1"}, "omit z #1"};
    for (int index = 0; index < 40; ++index) {
        lines += "omit gone" + std::to_string(index) + " #1\n";
    }
    const auto outcome = replay(with(lines), lost, now, {.trials_max = 60});
    EXPECT_EQ(outcome.fit, replay_fit::repaired);
    EXPECT_EQ(outcome.replayed, with("omit z #1"));
    EXPECT_EQ(outcome.edits.size(), 40U);
}

TEST(replay, fits_have_names) {
    EXPECT_EQ(to_text(replay_fit::exact), "exact");
    EXPECT_EQ(to_text(replay_fit::repaired), "repaired");
    EXPECT_EQ(to_text(replay_fit::stale), "stale");
}

TEST(trial, verdicts_have_names_and_failures_are_equal_by_property_and_kind) {
    EXPECT_EQ(to_text(verdict::holds), "holds");
    EXPECT_EQ(to_text(verdict::violated), "violated");
    EXPECT_EQ(to_text(verdict::inconclusive), "inconclusive");
    EXPECT_TRUE(same_failure(lost, {"atomic", "ok but not delivered", "n3 has nothing"}));
    EXPECT_FALSE(same_failure(lost, {"atomic", "hang", "n2 has nothing"}));
    EXPECT_FALSE(same_failure(lost, {"durable", "ok but not delivered", "n2 has nothing"}));
}

RC_GTEST_PROP(replay, a_repaired_schedule_replays_exactly_and_no_schedule_is_tried_twice, ()) {
    program now;
    for (const auto* stem : {"a", "b", "c"}) {
        const auto count = *rc::gen::inRange(0, 4);
        for (int ordinal = 1; ordinal <= count; ++ordinal) {
            now.sites.push_back(stem + std::string(" #") + std::to_string(ordinal));
        }
    }
    schedule stored;
    const auto label = rc::gen::apply(
        [](const std::string& stem, int ordinal) {
            return partita::site_label(stem + " #" + std::to_string(ordinal));
        },
        rc::gen::element<std::string>("a", "b", "c"), rc::gen::inRange(1, 6));
    for (const auto& site : *rc::gen::unique<std::vector<partita::site_label>>(label)) {
        stored.deviations.push_back({"omit", site, {}});
    }
    now.culprit = *rc::gen::element<std::string>("omit a #1", "omit b #2", "omit c #3");
    const auto expected = *rc::gen::element(std::optional<violation>{}, std::optional{lost});
    const auto outcome = replay(stored, expected, std::cref(now));
    RC_LOG() << to_text(stored) << to_text(outcome.replayed);
    RC_ASSERT(std::set<std::string>(now.tried.begin(), now.tried.end()).size() == now.tried.size());
    RC_ASSERT(outcome.trials == now.tried.size());
    RC_ASSERT((outcome.fit == replay_fit::exact) == outcome.edits.empty());
    const bool all_met = std::ranges::count(outcome.summary.met, false) == 0;
    RC_ASSERT(all_met == (outcome.fit != replay_fit::stale));
    if (outcome.fit == replay_fit::repaired) {
        RC_ASSERT(replay(outcome.replayed, expected, program{now}).fit == replay_fit::exact);
        RC_ASSERT(!expected ||
                  (outcome.summary.violation && same_failure(*outcome.summary.violation, lost)));
        RC_ASSERT(outcome.replayed.steps == stored.steps);
    }
}

}  // namespace
