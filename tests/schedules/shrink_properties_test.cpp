#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <partita/schedules/codec.hpp>
#include <partita/schedules/shrink.hpp>

namespace {

using partita::command;
using partita::deviation;
using partita::fault_step;
using partita::schedule;
using partita::site_label;
using partita::step;
using partita::to_text;
using partita::trial_summary;
using partita::verdict;
using partita::violation;
using partita::wait_step;

std::size_t size_of(const schedule& given) { return given.steps.size() + given.deviations.size(); }

/// Deviations and steps told apart by a tag, some with numbers to shorten.
rc::Gen<schedule> tagged_schedule() {
    return rc::gen::exec([] {
        schedule given;
        given.application.name = "synthetic";
        const auto faults = *rc::gen::inRange(0, 9);
        for (int tag = 0; tag < faults; ++tag) {
            const auto number = std::to_string(*rc::gen::inRange(0, 30));
            if (*rc::gen::arbitrary<bool>()) {
                given.deviations.push_back({*rc::gen::element<std::string>("crash", "omit"),
                                            site_label("t #" + std::to_string(tag + 1)),
                                            {"by", number + "ms"}});
            } else {
                given.steps.emplace_back(fault_step{"f" + std::to_string(tag), {number}});
            }
        }
        const auto workload = *rc::gen::inRange(0, 6);
        for (int tag = 0; tag < workload; ++tag) {
            const auto number = *rc::gen::inRange(0, 30);
            given.steps.emplace_back(
                *rc::gen::arbitrary<bool>()
                    ? step{wait_step{std::chrono::seconds(number)}}
                    : step{command{"n1", "c" + std::to_string(tag), {std::to_string(number)}}});
        }
        return given;
    });
}

/// crash is weaker as omit; the arguments stay.
std::vector<schedule> weaken(const schedule& given) {
    std::vector<schedule> candidates;
    for (std::size_t index = 0; index < given.deviations.size(); ++index) {
        if (given.deviations[index].action == "crash") {
            candidates.push_back(given);
            candidates.back().deviations[index].action = "omit";
        }
    }
    return candidates;
}

/// The halves and the ones-less of a word, by the words of the contract and by other means than the
/// code under test: everything is text.
std::vector<std::string> shorter_words(const std::string& word) {
    const auto digits = word.substr(0, word.find_first_not_of("0123456789"));
    if (digits.empty() || digits == "0") {
        return {};
    }
    const auto unit = word.substr(digits.size());
    const auto count = std::stoull(digits);
    static const std::map<std::string, std::string> halves_of_one = {
        {"", "0"},       {"h", "30m"},    {"m", "30s"}, {"s", "500ms"},
        {"ms", "500us"}, {"us", "500ns"}, {"ns", "0ns"}};
    return {count == 1 ? halves_of_one.at(unit) : std::to_string(count / 2) + unit,
            std::to_string(count - 1) + unit};
}

void add_shorter_arguments(
    std::vector<schedule>& all, const schedule& given,
    const std::function<std::vector<std::string>&(schedule&)>& arguments_of) {
    auto copy = given;
    const auto arguments = arguments_of(copy);
    for (std::size_t index = 0; index < arguments.size(); ++index) {
        for (const auto& word : shorter_words(arguments[index])) {
            all.push_back(given);
            arguments_of(all.back())[index] = word;
        }
    }
}

/// Every schedule one single step away: a removal, a weakening, a shortening.
std::vector<schedule> single_steps(const schedule& given) {
    auto all = weaken(given);
    for (std::size_t index = 0; index < given.deviations.size(); ++index) {
        all.push_back(given);
        all.back().deviations.erase(all.back().deviations.begin() +
                                    static_cast<std::ptrdiff_t>(index));
        add_shorter_arguments(
            all, given, [index](schedule & s) -> auto& { return s.deviations[index].arguments; });
    }
    for (std::size_t index = 0; index < given.steps.size(); ++index) {
        all.push_back(given);
        all.back().steps.erase(all.back().steps.begin() + static_cast<std::ptrdiff_t>(index));
        if (const auto* const wait = std::get_if<wait_step>(&given.steps[index])) {
            for (const auto& word : shorter_words(to_text(wait->duration))) {
                all.push_back(given);
                all.back().steps[index] = wait_step{partita::parse_duration(word).value()};
            }
        } else if (std::holds_alternative<command>(given.steps[index])) {
            add_shorter_arguments(
                all, given, [index](schedule & s) -> auto& {
                    return std::get<command>(s.steps[index]).arguments;
                });
        } else {
            add_shorter_arguments(
                all, given, [index](schedule & s) -> auto& {
                    return std::get<fault_step>(s.steps[index]).arguments;
                });
        }
    }
    return all;
}

using predicate = std::function<bool(const schedule&)>;

trial_summary judged(const predicate& fails, const schedule& given) {
    trial_summary summary;
    for (const auto& each : given.deviations) {
        summary.met.push_back(each.site.id().value % 4 != 0);
    }
    if (fails(given)) {
        summary.verdict = verdict::violated;
        summary.violation = violation{"p", "k", ""};
    }
    return summary;
}

/// The contract of shrink, for one failing schedule.
void check_shrink(const schedule& failing, const predicate& fails) {
    std::set<std::string> tried;
    std::size_t trials = 0;
    const auto trial = [&](const schedule& given) {
        ++trials;
        RC_ASSERT(tried.insert(to_text(given)).second);
        return judged(fails, given);
    };
    const auto outcome = shrink(failing, trial, {.weaken = weaken});
    RC_LOG() << to_text(failing) << "shrunk to\n" << to_text(outcome.smallest);
    RC_ASSERT(fails(outcome.smallest));
    RC_ASSERT(outcome.minimal);
    RC_ASSERT(outcome.trials == trials);
    RC_ASSERT(outcome.summary.met.size() == outcome.smallest.deviations.size());
    RC_ASSERT(size_of(outcome.smallest) <= size_of(failing));
    RC_ASSERT(fault_count(outcome.smallest) <= fault_count(failing));
    for (const auto& smaller : single_steps(outcome.smallest)) {
        RC_LOG() << "smaller:\n" << to_text(smaller);
        RC_ASSERT(!fails(smaller));
        RC_ASSERT(tried.contains(to_text(smaller)));
    }
}

bool includes_all(const schedule& given, const std::set<std::string>& lines) {
    std::set<std::string> present;
    for (const auto& each : given.steps) {
        present.insert(to_text(each));
    }
    for (const auto& each : given.deviations) {
        present.insert(to_text(each));
    }
    return std::ranges::includes(present, lines);
}

RC_GTEST_PROP(shrink, finds_a_hidden_subset_exactly, ()) {
    const auto failing = *tagged_schedule();
    std::set<std::string> hidden;
    for (const auto& each : failing.steps) {
        if (*rc::gen::weightedElement<bool>({{1, true}, {3, false}})) {
            hidden.insert(to_text(each));
        }
    }
    for (const auto& each : failing.deviations) {
        if (*rc::gen::weightedElement<bool>({{1, true}, {3, false}})) {
            hidden.insert(to_text(each));
        }
    }
    const predicate fails = [&](const schedule& given) { return includes_all(given, hidden); };
    check_shrink(failing, fails);
    const auto outcome =
        shrink(failing, [&](const schedule& given) { return judged(fails, given); });
    RC_ASSERT(size_of(outcome.smallest) == hidden.size());
}

/// A predicate without any order: whether a schedule fails is decided by its digest, so that
/// removing something may heal it and removing more may break it again.
RC_GTEST_PROP(shrink, is_minimal_for_failures_without_any_order, ()) {
    const auto failing = *tagged_schedule();
    const auto salt = *rc::gen::arbitrary<std::uint64_t>();
    const auto rarity = *rc::gen::inRange<std::uint64_t>(2, 12);
    const auto whole = to_text(failing);
    check_shrink(failing, [&](const schedule& given) {
        const auto text = to_text(given);
        return text == whole || (partita::site_hasher::hash_of(text) ^ salt) % rarity == 0;
    });
}

RC_GTEST_PROP(shrink, is_minimal_for_thresholds_and_parity, ()) {
    const auto failing = *tagged_schedule();
    const auto threshold = *rc::gen::inRange<std::size_t>(0, fault_count(failing) + 1);
    const auto odd = (fault_count(failing) - threshold) % 2;
    check_shrink(failing, [&](const schedule& given) {
        return fault_count(given) >= threshold && (fault_count(given) - threshold) % 2 == odd;
    });
}

RC_GTEST_PROP(shrink, a_bound_leaves_a_failing_schedule_that_is_no_longer, ()) {
    const auto failing = *tagged_schedule();
    const auto limit = *rc::gen::inRange<std::size_t>(1, 30);
    const auto least = *rc::gen::inRange<std::size_t>(0, size_of(failing) + 1);
    std::size_t trials = 0;
    const predicate fails = [&](const schedule& given) { return size_of(given) >= least; };
    const auto trial = [&](const schedule& given) {
        ++trials;
        return judged(fails, given);
    };
    const auto outcome = shrink(failing, trial, {.trials_max = limit, .weaken = weaken});
    RC_ASSERT(trials <= limit);
    RC_ASSERT(fails(outcome.smallest));
    RC_ASSERT(size_of(outcome.smallest) <= size_of(failing));
    for (const auto& smaller : single_steps(outcome.smallest)) {
        RC_ASSERT(!outcome.minimal || !fails(smaller));
    }
}

}  // namespace
