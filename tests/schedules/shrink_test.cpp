#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <partita/schedules/codec.hpp>
#include <partita/schedules/shrink.hpp>

namespace {

using namespace std::chrono_literals;
using partita::schedule;
using partita::shrink;
using partita::shrink_options;
using partita::trial_summary;
using partita::verdict;
using partita::violation;

schedule with(const std::string& lines) {
    const auto parsed = partita::parse_schedule("app kv\n" + lines);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed.value_or(schedule{});
}

/// The lines of a schedule, without version and application.
std::string lines_of(const schedule& given) {
    const auto text = to_text(given);
    return text.substr(text.find("app kv\n") + 7);
}

trial_summary summary_of(bool fails, const schedule& given) {
    trial_summary summary;
    summary.met.assign(given.deviations.size(), true);
    if (fails) {
        summary.verdict = verdict::violated;
        summary.violation = violation{"p", "k", "the explanation of " + to_text(given)};
    }
    return summary;
}

/// A trial that fails when the predicate holds, and remembers what was tried.
class judge {
   public:
    using predicate = std::function<bool(const schedule&)>;
    explicit judge(predicate fails) : fails_(std::move(fails)) {}

    trial_summary operator()(const schedule& given) {
        tried_.push_back(to_text(given));
        return summary_of(fails_(given), given);
    }
    [[nodiscard]] std::size_t count() const { return tried_.size(); }
    [[nodiscard]] bool repeated() const {
        return std::set<std::string>(tried_.begin(), tried_.end()).size() != tried_.size();
    }

   private:
    predicate fails_;
    std::vector<std::string> tried_;
};

bool has(const schedule& given, const std::string& line) {
    return ('\n' + to_text(given)).find('\n' + line + '\n') != std::string::npos;
}

std::string shrunk(const std::string& lines, judge::predicate fails,
                   const shrink_options& options = {}) {
    judge trial(std::move(fails));
    const auto outcome = shrink(with(lines), std::ref(trial), options);
    EXPECT_TRUE(outcome.minimal);
    EXPECT_FALSE(trial.repeated());
    EXPECT_EQ(outcome.trials, trial.count());
    EXPECT_TRUE(outcome.summary.violation.has_value());
    return lines_of(outcome.smallest);
}

TEST(shrink, drops_what_does_not_matter) {
    EXPECT_EQ(shrunk("join n1 n2\nn1 write x y\nfault partition { n1 } { n2 }\nwait 2s\nn1 read x\n"
                     "omit n1 -> n2 a #1\nomit n1 -> n2 b #1\n",
                     [](const schedule& given) {
                         return has(given, "n1 write x y") && has(given, "omit n1 -> n2 b #1");
                     }),
              "n1 write x y\nomit n1 -> n2 b #1\n");
}

TEST(shrink, drops_everything_from_what_always_fails) {
    EXPECT_EQ(
        shrunk("join n1 n2\nwait 2s\nomit n1 -> n2 a #1\n", [](const schedule&) { return true; }),
        "");
}

TEST(shrink, keeps_what_is_minimal_already) {
    const std::string lines = "n1 write x y\nomit n1 -> n2 b #1\n";
    EXPECT_EQ(shrunk(lines, [&](const schedule& given) { return lines_of(given) == lines; }),
              lines);
}

TEST(shrink, finds_faults_that_matter_together_in_fault_steps_and_deviations) {
    std::string lines;
    for (int index = 0; index < 60; ++index) {
        lines += "fault cut n" + std::to_string(index + 1) + "\nomit n1 -> n2 m" +
                 std::to_string(index) + " #1\n";
    }
    judge trial([](const schedule& given) {
        return has(given, "fault cut n7") && has(given, "omit n1 -> n2 m41 #1");
    });
    const auto outcome = shrink(with(lines), std::ref(trial));
    EXPECT_EQ(lines_of(outcome.smallest), "fault cut n7\nomit n1 -> n2 m41 #1\n");
    EXPECT_LT(outcome.trials, 120U) << "ddmin takes far fewer trials than removing one by one";
}

TEST(shrink, drops_deviations_that_met_no_site_first_and_together) {
    std::string lines = "omit n1 -> n2 a #1\n";
    for (int index = 2; index < 50; ++index) {
        lines += "omit n1 -> n2 a #" + std::to_string(index) + "\n";
    }
    std::size_t trials = 0;
    const auto trial = [&](const schedule& given) {
        ++trials;
        auto summary = summary_of(has(given, "omit n1 -> n2 a #1"), given);
        for (std::size_t index = 0; index < given.deviations.size(); ++index) {
            summary.met[index] = given.deviations[index].site.text() == "n1 -> n2 a #1";
        }
        return summary;
    };
    const auto outcome = shrink(with(lines), trial);
    EXPECT_EQ(lines_of(outcome.smallest), "omit n1 -> n2 a #1\n");
    EXPECT_EQ(trials, 3U) << "all of it, without the unmet ones, without the last one";
}

TEST(shrink, keeps_the_kind_of_failure) {
    const auto trial = [](const schedule& given) {
        auto summary = summary_of(!given.deviations.empty(), given);
        if (summary.violation) {
            summary.violation->kind = given.deviations.size() > 1 ? "hang" : "lost";
        }
        return summary;
    };
    const auto outcome = shrink(with("omit a #1\nomit a #2\nomit a #3\n"), trial);
    EXPECT_EQ(outcome.smallest.deviations.size(), 2U);
    EXPECT_EQ(outcome.summary.violation->kind, "hang");
    EXPECT_TRUE(outcome.minimal);
}

TEST(shrink, an_inconclusive_trial_with_a_violation_is_a_failure_too) {
    const auto trial = [](const schedule& given) {
        auto summary = summary_of(has(given, "omit a #2"), given);
        summary.verdict = summary.violation ? verdict::inconclusive : verdict::holds;
        return summary;
    };
    EXPECT_EQ(lines_of(shrink(with("omit a #1\nomit a #2\n"), trial).smallest), "omit a #2\n");
}

TEST(shrink, of_what_does_not_fail_gives_it_back_and_claims_nothing) {
    judge trial([](const schedule&) { return false; });
    const auto outcome = shrink(with("omit a #1"), std::ref(trial));
    EXPECT_EQ(outcome.smallest, with("omit a #1"));
    EXPECT_FALSE(outcome.minimal);
    EXPECT_EQ(outcome.trials, 1U);
}

TEST(shrink, shortens_waits_durations_and_integers) {
    EXPECT_EQ(shrunk("wait 10s\n",
                     [](const schedule& given) {
                         return given.steps.size() == 1 &&
                                std::get<partita::wait_step>(given.steps[0]).duration > 1s;
                     }),
              "wait 2s\n");
    EXPECT_EQ(shrunk("n1 write x 1000 -77\ndelay n1 -> n2 a #1 by 1h\nfault skew n1 12345us\n",
                     [](const schedule& given) {
                         return given.steps.size() == 2 && given.deviations.size() == 1;
                     }),
              "n1 write x 0 0\nfault skew n1 0us\ndelay n1 -> n2 a #1 by 0h\n");
    EXPECT_EQ(shrunk("n1 add 1000000007 -500\n",
                     [](const schedule& given) {
                         const auto* const add =
                             given.steps.empty() ? nullptr
                                                 : std::get_if<partita::command>(&given.steps[0]);
                         return add != nullptr && std::stol(add->arguments[0]) >= 777'777'777 &&
                                std::stol(add->arguments[1]) <= -33;
                     }),
              "n1 add 777777777 -33\n");
}

TEST(shrink, a_unit_gives_way_to_the_next_finer_one) {
    EXPECT_EQ(shrunk("delay a #1 by 1h\n",
                     [](const schedule& given) {
                         return !given.deviations.empty() &&
                                partita::parse_duration(given.deviations[0].arguments[1]).value() >=
                                    300ms;
                     }),
              "delay a #1 by 300ms\n");
}

TEST(shrink, words_that_only_look_like_numbers_stay) {
    const std::string lines =
        "n1 write 007 1.5 0x10 99999999999999999999 n3 - -5s 12q\ndelay n1 -> n2 5 #1\n";
    EXPECT_EQ(shrunk(lines,
                     [](const schedule& given) {
                         return given.steps.size() == 1 && given.deviations.size() == 1;
                     }),
              lines);
}

/// crash -> omit -> delay, as faults/ would have it.
std::vector<schedule> weaker(const schedule& given) {
    std::vector<schedule> candidates;
    for (std::size_t index = 0; index < given.deviations.size(); ++index) {
        auto candidate = given;
        auto& each = candidate.deviations[index];
        if (each.action == "crash" || each.action == "omit") {
            each.arguments = each.action == "crash" ? std::vector<std::string>{}
                                                    : std::vector<std::string>{"by", "7s"};
            each.action = each.action == "crash" ? "omit" : "delay";
            candidates.push_back(candidate);
        }
    }
    return candidates;
}

TEST(shrink, weakens_faults_as_far_as_the_failure_goes) {
    const auto fails_from = [](const std::string& weakest) {
        return [weakest](const schedule& given) {
            return !given.deviations.empty() &&
                   (given.deviations[0].action == "crash" || given.deviations[0].action == weakest);
        };
    };
    const shrink_options options{.weaken = weaker};
    EXPECT_EQ(shrunk("crash a #1\n", fails_from("crash"), options), "crash a #1\n");
    EXPECT_EQ(shrunk("crash a #1\n", fails_from("omit"), options), "omit a #1\n");
    const auto always = [](const schedule& given) { return !given.deviations.empty(); };
    EXPECT_EQ(shrunk("crash a #1\ncrash a #2\n", always, options), "delay a #1 by 0s\n");
}

TEST(shrink, does_not_follow_a_reduction_that_goes_round_in_a_circle_or_grows) {
    const auto fails = [](const schedule& given) { return !given.deviations.empty(); };
    const auto circle = [](const schedule& given) {
        auto turned = given;
        auto grown = given;
        for (auto& each : turned.deviations) {
            each.action = each.action == "omit" ? "crash" : "omit";
        }
        grown.steps.emplace_back(partita::wait_step{});
        return std::vector{grown, turned};
    };
    judge trial(fails);
    const auto outcome = shrink(with("crash a #1\n"), std::ref(trial), {.weaken = circle});
    EXPECT_EQ(lines_of(outcome.smallest), "omit a #1\n");
    EXPECT_TRUE(outcome.minimal);
    EXPECT_FALSE(trial.repeated());
}

TEST(shrink, stops_at_its_bound_and_does_not_claim_minimality) {
    std::string lines;
    for (int index = 1; index <= 30; ++index) {
        lines += "omit n1 -> n2 m #" + std::to_string(index) + "\n";
    }
    for (const std::size_t trials_max : {std::size_t{1}, std::size_t{5}, std::size_t{20}}) {
        judge trial([](const schedule& given) { return given.deviations.size() >= 11; });
        const auto outcome = shrink(with(lines), std::ref(trial), {.trials_max = trials_max});
        EXPECT_EQ(outcome.trials, trials_max);
        EXPECT_EQ(trial.count(), trials_max);
        EXPECT_FALSE(outcome.minimal);
        EXPECT_GE(outcome.smallest.deviations.size(), 11U);
    }
}

TEST(shrink, a_bound_just_large_enough_is_no_bound) {
    const auto fails = [](const schedule& given) { return has(given, "omit a #2"); };
    const auto stored = with("omit a #1\nomit a #2\nomit a #3\n");
    const auto free = shrink(stored, judge(fails));
    ASSERT_TRUE(free.minimal);
    const auto bounded = shrink(stored, judge(fails), {.trials_max = free.trials});
    EXPECT_TRUE(bounded.minimal);
    EXPECT_EQ(bounded.smallest, free.smallest);
    EXPECT_FALSE(shrink(stored, judge(fails), {.trials_max = free.trials - 1}).minimal);
}

TEST(shrink, the_summary_is_that_of_the_smallest) {
    judge trial([](const schedule& given) { return has(given, "omit a #2"); });
    const auto outcome = shrink(with("omit a #1\nomit a #2\n"), std::ref(trial));
    EXPECT_EQ(outcome.summary.violation->explanation,
              "the explanation of " + to_text(outcome.smallest));
}

}  // namespace
