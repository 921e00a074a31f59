// The searches against brute force, on random protocols: which messages are sent, and in which
// order, depends on what became of the others.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/schedules/search.hpp>

namespace partita {
namespace {

constexpr std::uint32_t delivered = 0;
constexpr std::uint32_t not_sent = UINT32_MAX;

/// The finaliser of splitmix64, as a random function.
std::uint64_t scramble(std::uint64_t bits) {
    bits += 0x9e3779b97f4a7c15ULL;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
}

/// A message is sent once its conditions hold, each saying what became of another message.
struct message {
    struct condition {
        std::size_t other = 0;
        std::uint32_t fate = delivered;
    };
    std::uint32_t alternatives = 1;
    std::vector<condition> conditions;
};

struct random_protocol {
    std::uint64_t seed = 0;
    std::vector<message> messages;
    std::uint64_t failing_of_256 = 40;
    std::uint64_t traces = 1'000'000;  ///< executions may share a trace when there are few

    [[nodiscard]] site_id site(std::size_t number) const {
        return site_id{scramble(seed ^ scramble(number))};
    }
};

std::ostream& operator<<(std::ostream& out, const random_protocol& made) {
    return out << "seed " << made.seed << ", " << made.messages.size() << " messages";
}

random_protocol make_protocol(std::uint64_t seed, std::size_t messages, bool with_alternatives) {
    random_protocol made;
    made.seed = seed;
    std::uint64_t state = seed;
    const auto draw = [&state](std::uint64_t below) { return (state = scramble(state)) % below; };
    made.failing_of_256 = draw(120);
    made.traces = draw(3) == 0 ? 6 : 1'000'000;
    made.messages.resize(messages);
    for (std::size_t number = 0; number < messages; ++number) {
        message& built = made.messages[number];
        built.alternatives = with_alternatives ? 1 + static_cast<std::uint32_t>(draw(2)) : 1;
        for (std::uint64_t left = number == 0 ? 0 : draw(3); left > 0; --left) {
            const std::array<std::uint32_t, 4> fates{delivered, delivered, 1, not_sent};
            built.conditions.push_back({draw(number), fates[draw(4)]});
        }
    }
    return made;
}

trial_report run(const random_protocol& made, const decision_set& decisions) {
    trial_report report;
    std::vector<std::uint32_t> fates(made.messages.size(), not_sent);
    std::vector<std::size_t> order(made.messages.size());
    std::uint64_t trace = 0;
    const auto sends = [&](std::size_t number) {
        const auto& conditions = made.messages[number].conditions;
        return fates[number] == not_sent &&
               std::all_of(conditions.begin(), conditions.end(),
                           [&](const auto& needed) { return fates[needed.other] == needed.fate; });
    };
    const auto send = [&](std::size_t number) {
        const site_id site = made.site(number);
        fates[number] = delivered;
        for (const decision& taken : decisions) {
            fates[number] = taken.site == site ? taken.alternative : fates[number];
        }
        trace = scramble(trace ^ site.value ^ fates[number]);
        if (fates[number] != delivered) {
            ++report.met;
            report.offers.clear();
            return;
        }
        for (std::uint32_t number_of = 1; number_of <= made.messages[number].alternatives;
             ++number_of) {
            report.offers.push_back({site, number_of});
        }
    };
    for (bool more = true; more;) {
        more = false;
        for (std::size_t number = 0; number < made.messages.size(); ++number) {
            // What became of the first message decides in which order the others are looked at.
            const std::size_t looked_at =
                fates[0] == delivered || number == 0 ? number : made.messages.size() - number;
            if (sends(looked_at)) {
                send(looked_at);
                more = true;
            }
        }
    }
    std::uint64_t ending = scramble(made.seed);
    for (const std::uint32_t fate : fates) {
        ending = scramble(ending ^ fate);
    }
    const std::uint64_t drawn = ending % 256;
    report.verdict = drawn < made.failing_of_256 ? verdict::violated
                     : drawn > 250               ? verdict::inconclusive
                                                 : verdict::holds;
    report.trace_hash = trace % made.traces;
    return report;
}

class protocol_evaluator final : public evaluator {
   public:
    explicit protocol_evaluator(const random_protocol& made, std::size_t batch = 16)
        : made_(made), batch_(batch) {}

    void evaluate(std::span<const decision_set> sets, const sink& done) override {
        for (std::size_t index = 0; index < sets.size(); ++index) {
            ran.push_back(sets[index]);
            done(index, run(made_, sets[index]));
        }
    }
    schedule describe(const decision_set&) const override { return {}; }
    std::size_t batch_size() const override { return batch_; }

    std::vector<decision_set> ran;

   private:
    const random_protocol& made_;
    std::size_t batch_;
};

/// What a certificate must say, counted the slow way.
struct expectation {
    std::set<std::uint64_t> traces;
    std::vector<std::uint64_t> by_decisions;
    std::vector<std::uint64_t> failing_by_decisions;
    std::uint64_t inconclusive = 0;
    std::vector<std::set<decision>> failing;
    std::set<std::set<decision>> minimal;

    void add(const decision_set& decisions, const trial_report& report) {
        traces.insert(report.trace_hash);
        by_decisions.resize(std::max(by_decisions.size(), decisions.size() + 1));
        failing_by_decisions.resize(by_decisions.size());
        ++by_decisions[decisions.size()];
        inconclusive += report.verdict == verdict::inconclusive ? 1 : 0;
        if (report.verdict == verdict::violated) {
            ++failing_by_decisions[decisions.size()];
            failing.emplace_back(decisions.begin(), decisions.end());
        }
    }
    void find_minimal() {
        for (const auto& set : failing) {
            const bool contains_failing =
                std::any_of(failing.begin(), failing.end(), [&set](const auto& other) {
                    return other.size() < set.size() &&
                           std::includes(set.begin(), set.end(), other.begin(), other.end());
                });
            if (!contains_failing) {
                minimal.insert(set);
            }
        }
    }
};

std::set<std::set<decision>> minimal_of(const certificate& found) {
    std::set<std::set<decision>> sets;
    for (const failing_trial& trial : found.minimal_failing) {
        sets.emplace(trial.decisions.begin(), trial.decisions.end());
    }
    return sets;
}

void require_equal(const certificate& found, const expectation& expected) {
    RC_ASSERT(found.by_decisions == expected.by_decisions);
    RC_ASSERT(found.failing_by_decisions == expected.failing_by_decisions);
    RC_ASSERT(found.failing == expected.failing.size());
    RC_ASSERT(found.inconclusive == expected.inconclusive);
    RC_ASSERT(found.executions == expected.traces.size());
    RC_ASSERT(minimal_of(found) == expected.minimal);
    RC_ASSERT(found.minimal == expected.minimal.size());
}

/// Every choice of one alternative or none at each site of the undisturbed run.
void add_powerset(const random_protocol& made, const std::vector<decision>& offers,
                  std::size_t from, std::size_t size_max, decision_set& chosen,
                  expectation& expected) {
    if (from == offers.size()) {
        if (chosen.size() <= size_max) {
            expected.add(chosen, run(made, chosen));
        }
        return;
    }
    const auto next_site =
        std::find_if(offers.begin() + static_cast<std::ptrdiff_t>(from), offers.end(),
                     [&](const decision& offered) { return offered.site != offers[from].site; });
    const auto next = static_cast<std::size_t>(next_site - offers.begin());
    add_powerset(made, offers, next, size_max, chosen, expected);
    for (std::size_t taken = from; taken < next; ++taken) {
        chosen.push_back(offers[taken]);
        add_powerset(made, offers, next, size_max, chosen, expected);
        chosen.pop_back();
    }
}

expectation powerset_of(const random_protocol& made, std::size_t size_max = SIZE_MAX) {
    expectation expected;
    decision_set chosen;
    add_powerset(made, run(made, {}).offers, 0, size_max, chosen, expected);
    expected.find_minimal();
    return expected;
}

/// Every execution, depth first.
void add_executions(const random_protocol& made, const decision_set& set, expectation& expected) {
    const trial_report report = run(made, set);
    expected.add(set, report);
    for (const decision& offered : report.offers) {
        decision_set larger = set;
        larger.push_back(offered);
        add_executions(made, larger, expected);
    }
}

random_protocol any_protocol(std::size_t messages_max) {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto messages = *rc::gen::inRange<std::size_t>(1, messages_max + 1);
    const auto with_alternatives = *rc::gen::arbitrary<bool>();
    random_protocol made = make_protocol(seed, messages, with_alternatives);
    RC_LOG() << made;
    return made;
}

RC_GTEST_PROP(exhaust_static, runs_the_powerset_of_the_undisturbed_run, ()) {
    const random_protocol made = any_protocol(8);
    protocol_evaluator trials(made);
    const certificate found = exhaust_static(trials, {});
    const expectation expected = powerset_of(made);
    require_equal(found, expected);
    RC_ASSERT(found.trials == found.schedules);
    RC_ASSERT(found.trials == trials.ran.size());
    const std::set<decision_set> distinct(trials.ran.begin(), trials.ran.end());
    RC_ASSERT(distinct.size() == trials.ran.size());
}

RC_GTEST_PROP(exhaust_static, counts_the_same_when_reduced, ()) {
    const random_protocol made = any_protocol(8);
    const auto decisions_max = *rc::gen::inRange<std::uint32_t>(0, 10);
    protocol_evaluator trials(made);
    const certificate reduced =
        exhaust_static(trials, {.decisions_max = decisions_max, .reduce = true});
    protocol_evaluator all(made);
    const certificate whole = exhaust_static(all, {.decisions_max = decisions_max});
    require_equal(reduced, powerset_of(made, decisions_max));
    RC_ASSERT(reduced.schedules == whole.schedules);
    RC_ASSERT(reduced.minimal_by_decisions == whole.minimal_by_decisions);
    RC_ASSERT(reduced.complete == whole.complete);
    RC_ASSERT(reduced.bound == whole.bound);
    RC_ASSERT(reduced.trials <= whole.trials);
    RC_ASSERT(reduced.trials + reduced.pruned == whole.trials);
}

RC_GTEST_PROP(exhaust_dynamic, runs_every_execution_once, ()) {
    const random_protocol made = any_protocol(9);
    protocol_evaluator trials(made);
    const certificate found = exhaust_dynamic(trials, {});
    expectation expected;
    add_executions(made, {}, expected);
    expected.find_minimal();
    require_equal(found, expected);
    RC_ASSERT(found.trials == trials.ran.size());
    // A set is met in one order only, so as sets they are distinct as well.
    std::set<std::set<decision>> sets;
    for (const decision_set& set : trials.ran) {
        sets.emplace(set.begin(), set.end());
    }
    RC_ASSERT(sets.size() == trials.ran.size());
}

/// What any decisions at all lead to, met or not, is among the executions that the search ran.
RC_GTEST_PROP(exhaust_dynamic, misses_no_execution, ()) {
    random_protocol made = any_protocol(8);
    made.traces = UINT64_MAX;
    std::set<std::uint64_t> traces;
    protocol_evaluator trials(made);
    (void)exhaust_dynamic(trials, {});
    for (const decision_set& set : trials.ran) {
        traces.insert(run(made, set).trace_hash);
    }
    decision_set drawn;
    for (std::size_t number = 0; number < made.messages.size(); ++number) {
        const auto alternative =
            *rc::gen::inRange<std::uint32_t>(0, made.messages[number].alternatives + 1);
        if (alternative != 0) {
            drawn.push_back({made.site(number), alternative});
        }
    }
    RC_ASSERT(traces.contains(run(made, drawn).trace_hash));
}

RC_GTEST_PROP(exhaust_static, runs_fewest_decisions_first, ()) {
    const random_protocol made = any_protocol(7);
    protocol_evaluator trials(made);
    const auto offers = run(made, {}).offers;
    std::map<decision, std::size_t> place;
    for (const decision& offered : offers) {
        place.emplace(offered, place.size());
    }
    (void)exhaust_static(trials, {});
    const auto key = [&place](const decision_set& set) {
        std::vector<std::size_t> places{set.size()};
        for (const decision& taken : set) {
            places.push_back(place.at(taken));
        }
        return places;
    };
    RC_ASSERT(std::is_sorted(
        trials.ran.begin(), trials.ran.end(),
        [&key](const auto& left, const auto& right) { return key(left) < key(right); }));
}

/// How many sets an evaluator takes at once, and so how parallel it is, changes nothing.
RC_GTEST_PROP(exhaust, does_not_depend_on_the_batch_size, ()) {
    const random_protocol made = any_protocol(8);
    const exhaust_options options{.decisions_max = *rc::gen::inRange<std::uint32_t>(0, 10),
                                  .trials_max = *rc::gen::inRange<std::uint64_t>(0, 400),
                                  .stop_at_first = *rc::gen::arbitrary<bool>(),
                                  .reduce = *rc::gen::arbitrary<bool>()};
    const auto batch = *rc::gen::inRange<std::size_t>(0, 100);
    for (const auto search : {exhaust_static, exhaust_dynamic}) {
        std::vector<decision_set> failing_one;
        std::vector<decision_set> failing_many;
        protocol_evaluator one(made, 1);
        protocol_evaluator many(made, batch);
        const certificate by_one = search(one, options, {}, [&](const failing_trial& trial) {
            failing_one.push_back(trial.decisions);
        });
        const certificate by_many = search(many, options, {}, [&](const failing_trial& trial) {
            failing_many.push_back(trial.decisions);
        });
        RC_ASSERT(by_one.by_decisions == by_many.by_decisions);
        RC_ASSERT(by_one.trials == by_many.trials);
        RC_ASSERT(by_one.executions == by_many.executions);
        RC_ASSERT(by_one.failing_by_decisions == by_many.failing_by_decisions);
        RC_ASSERT(by_one.minimal_by_decisions == by_many.minimal_by_decisions);
        RC_ASSERT(by_one.complete == by_many.complete);
        RC_ASSERT(by_one.bound == by_many.bound);
        RC_ASSERT(minimal_of(by_one) == minimal_of(by_many));
        RC_ASSERT(failing_one == failing_many);
        RC_ASSERT(by_one.trials <= options.trials_max);
        RC_ASSERT(many.ran.size() <= options.trials_max);
    }
}

/// Incomplete means that something was left to try: with one trial or decision more there is more.
RC_GTEST_PROP(exhaust, is_complete_exactly_when_nothing_was_left_out, ()) {
    const random_protocol made = any_protocol(7);
    for (const auto search : {exhaust_static, exhaust_dynamic}) {
        protocol_evaluator trials(made);
        const certificate whole = search(trials, {}, {}, {});
        RC_ASSERT(whole.complete);
        const auto trials_max = *rc::gen::inRange<std::uint64_t>(0, whole.trials + 3);
        const certificate few = search(trials, {.trials_max = trials_max}, {}, {});
        RC_ASSERT(few.complete == (trials_max >= whole.trials));
        RC_ASSERT(few.bound.empty() == few.complete);
        const auto decisions_max = *rc::gen::inRange<std::size_t>(0, whole.by_decisions.size() + 2);
        const certificate small =
            search(trials, {.decisions_max = static_cast<std::uint32_t>(decisions_max)}, {}, {});
        RC_ASSERT(small.complete == (decisions_max + 1 >= whole.by_decisions.size()));
        RC_ASSERT(small.bound.empty() == small.complete);
    }
}

}  // namespace
}  // namespace partita
