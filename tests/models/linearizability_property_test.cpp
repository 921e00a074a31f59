#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "order_oracle.hpp"

namespace {

using namespace partita;
namespace oracle = partita::order_oracle;

constexpr std::array orders{kept_order::real_time, kept_order::process};

search_reductions reductions_of(unsigned bits) {
    search_reductions chosen;
    chosen.partitions = (bits & 1U) != 0;
    chosen.reads_at_once = (bits & 2U) != 0;
    chosen.unknown_last = (bits & 4U) != 0;
    chosen.equal_in_order = (bits & 8U) != 0;
    chosen.fewer_unknown = (bits & 16U) != 0;
    chosen.observations = (bits & 32U) != 0;
    chosen.first_responded = (bits & 64U) != 0;
    chosen.observe_late = (bits & 128U) != 0;
    return chosen;
}

std::string text_of(const client_history& given) {
    std::string all;
    for (const client_operation& each : given) {
        all += std::to_string(each.invoked) + ".." +
               (each.responded == client_operation::never ? "" : std::to_string(each.responded)) +
               " " + to_text(each) + "\n";
    }
    return all;
}

/// Below `n`, evenly: RapidCheck's own ranges begin small.
std::size_t any_below(std::size_t n) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, n));
}

oracle::shape any_shape() {
    oracle::shape shaped;
    shaped.operations = 2 + any_below(6);
    shaped.processes = 2 + any_below(3);
    shaped.keys = 1 + any_below(2);
    shaped.values = 1 + any_below(3);
    shaped.unknown_percent = any_below(60);
    shaped.unique_values = any_below(2) == 0;
    return shaped;
}

client_history any_history(const oracle::model& of) {
    return oracle::history_maker(of, any_shape(), any_below).make();
}

check_outcome check(const oracle::model& of, kept_order order, const client_history& given,
                    const search_options& options = {}) {
    const auto found = check_stock_model(of.name, order, given, {}, options);
    RC_ASSERT(found.has_value());
    return *found;
}

void expect_right(const oracle::model& of, kept_order order, const client_history& given) {
    const bool expected = oracle::has_order(of, given, order);
    RC_TAG(std::string(expected ? "has an order" : "has none"));
    const search_reductions chosen = reductions_of(static_cast<unsigned>(any_below(256)));
    const check_outcome found = check(of, order, given, {chosen, true});
    RC_LOG() << text_of(given) << to_text(found.verdict) << " " << found.explanation << "\n";
    RC_ASSERT(found.verdict == (expected ? verdict::holds : verdict::violated));
    if (expected) {
        RC_ASSERT(oracle::is_order(of, given, order, found.witness));
        return;
    }
    RC_ASSERT(!found.evidence.empty());
    RC_ASSERT(!found.explanation.empty());
    if (order == kept_order::process) return;
    RC_ASSERT(!oracle::has_order(of, oracle::prefix(given, found.prefix_end), order));
    RC_ASSERT(oracle::has_order(of, oracle::prefix(given, found.prefix_end - 1), order));
    RC_ASSERT(given[found.evidence.front()].responded == found.prefix_end);
}

/// The evidence alone keeps the history from having an order: forgetting every other response does
/// not help.
void expect_enough_evidence(const oracle::model& of, kept_order order,
                            const client_history& given) {
    const check_outcome found = check(of, order, given);
    if (found.verdict == verdict::holds) return;
    client_history relaxed =
        order == kept_order::real_time ? oracle::prefix(given, found.prefix_end) : given;
    client_history kept;
    for (client_operation each : relaxed) {
        const auto is_it = [&](std::size_t index) { return given[index].invoked == each.invoked; };
        const bool shown = std::any_of(found.evidence.begin(), found.evidence.end(), is_it);
        if (!shown && each.outcome == response_kind::ok) {
            each.outcome = response_kind::unknown;
            each.responded = client_operation::never;
            each.result = {};
        }
        kept.push_back(each);
    }
    RC_LOG() << text_of(given) << found.explanation << "\n";
    // A refused operation that is left out could yet succeed when it is of unknown outcome.
    for (std::size_t i = kept.size(); i-- > 0;) {
        const auto of_given = std::find_if(given.begin(), given.end(), [&](const auto& each) {
            return each.invoked == kept[i].invoked;
        });
        const bool refused = of_given->result == oracle::truth(false) ||
                             (of_given->function == "dequeue" && of_given->result.nothing());
        if (kept[i].outcome == response_kind::unknown && refused) {
            kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    RC_ASSERT(!oracle::has_order(of, kept, order));
}

class order_search : public testing::TestWithParam<std::size_t> {
   protected:
    [[nodiscard]] const oracle::model& model() const { return oracle::models()[GetParam()]; }
};
INSTANTIATE_TEST_SUITE_P(of, order_search, testing::Range<std::size_t>(0, 7),
                         [](const testing::TestParamInfo<std::size_t>& each) {
                             std::string name = oracle::models()[each.param].name;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_P(order_search, agrees_with_every_permutation_on_linearizability) {
    EXPECT_TRUE(
        rc::check([&] { expect_right(model(), kept_order::real_time, any_history(model())); }));
}

TEST_P(order_search, agrees_with_every_permutation_on_sequential_consistency) {
    EXPECT_TRUE(
        rc::check([&] { expect_right(model(), kept_order::process, any_history(model())); }));
}

TEST_P(order_search, agrees_with_every_permutation_on_thousands_of_histories) {
    for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        oracle::shape shaped;
        shaped.operations = 2 + seed % 6;
        shaped.unique_values = seed % 5 == 0;
        shaped.keys = 1 + seed % 2;
        const client_history given = oracle::make_history(model(), shaped, seed);
        for (const kept_order order : orders) {
            const search_options observing{{.observe_late = false}, false};
            const auto found = check_stock_model(model().name, order, given, {}, observing);
            ASSERT_TRUE(found.has_value());
            ASSERT_EQ(found->verdict == verdict::holds, oracle::has_order(model(), given, order))
                << text_of(given);
        }
    }
}

TEST_P(order_search, shows_evidence_that_is_enough) {
    EXPECT_TRUE(rc::check([&] {
        const kept_order order = *rc::gen::elementOf(orders);
        expect_enough_evidence(model(), order, any_history(model()));
    }));
}

TEST_P(order_search, finds_the_same_with_any_reductions) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        oracle::shape shaped;
        shaped.operations = 7;
        shaped.unique_values = seed % 2 == 0;
        shaped.keys = 1 + seed % 2;
        const client_history given = oracle::make_history(model(), shaped, seed);
        for (const kept_order order : orders) {
            const bool expected = oracle::has_order(model(), given, order);
            for (unsigned bits = 0; bits < 256; ++bits) {
                const auto found =
                    check_stock_model(model().name, order, given, {}, {reductions_of(bits), false});
                ASSERT_TRUE(found.has_value());
                ASSERT_EQ(found->verdict, expected ? verdict::holds : verdict::violated)
                    << bits << "\n"
                    << text_of(given);
                if (expected) {
                    ASSERT_TRUE(oracle::is_order(model(), given, order, found->witness));
                }
            }
        }
    }
}

/// Longer than permutations allow: the plain search judges.
TEST_P(order_search, finds_the_same_in_longer_histories) {
    for (std::uint64_t seed = 0; seed < 120; ++seed) {
        oracle::shape shaped;
        shaped.operations = 24;
        shaped.unique_values = seed % 2 == 0;
        shaped.unknown_percent = 10;
        shaped.wrong_percent = seed % 3 == 0 ? 5 : 1;
        const client_history given = oracle::make_history(model(), shaped, seed);
        for (const kept_order order : orders) {
            const auto plain =
                check_stock_model(model().name, order, given, {}, {reductions_of(0), false});
            ASSERT_TRUE(plain.has_value());
            ASSERT_NE(plain->verdict, verdict::inconclusive);
            for (const unsigned bits : {255U, 127U, 32U}) {
                const auto found =
                    check_stock_model(model().name, order, given, {}, {reductions_of(bits), false});
                ASSERT_EQ(found->verdict, plain->verdict) << bits << "\n" << text_of(given);
            }
        }
    }
}

TEST_P(order_search, sees_both_verdicts_in_the_histories_of_these_tests) {
    std::array<int, 2> seen{};
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const client_history given = oracle::make_history(model(), {}, seed);
        ++seen[oracle::has_order(model(), given, kept_order::real_time) ? 1 : 0];
    }
    EXPECT_GT(seen[0], 20);
    EXPECT_GT(seen[1], 20);
}

client_history renamed(client_history given) {
    for (client_operation& each : given) {
        each.process = 40 - 3 * each.process;
        if (!each.key.nothing()) each.key = oracle::text("key of " + to_text(each.key));
    }
    return given;
}

TEST_P(order_search, does_not_depend_on_the_names_of_processes_and_keys) {
    EXPECT_TRUE(rc::check([&] {
        const client_history given = any_history(model());
        for (const kept_order order : orders) {
            const check_outcome one = check(model(), order, given);
            const check_outcome other = check(model(), order, renamed(given));
            RC_ASSERT(one.verdict == other.verdict);
            RC_ASSERT(one.prefix_end == other.prefix_end);
        }
    }));
}

/// Two calls in a row, or two responses, at each other's place: the same operations are concurrent.
client_history swapped(client_history given, std::uint64_t position) {
    std::array<std::uint64_t*, 2> invoked{};
    std::array<std::uint64_t*, 2> responded{};
    for (client_operation& each : given) {
        for (std::size_t i : {0U, 1U}) {
            if (each.invoked == position + i) invoked[i] = &each.invoked;
            if (each.responded == position + i) responded[i] = &each.responded;
        }
    }
    if (invoked[0] && invoked[1]) std::swap(*invoked[0], *invoked[1]);
    if (responded[0] && responded[1]) std::swap(*responded[0], *responded[1]);
    std::sort(given.begin(), given.end(),
              [](const auto& one, const auto& other) { return one.invoked < other.invoked; });
    return given;
}

TEST_P(order_search, does_not_depend_on_the_order_of_neighbouring_calls_or_responses) {
    EXPECT_TRUE(rc::check([&] {
        const client_history given = any_history(model());
        const auto position = 1 + any_below(13);
        for (const kept_order order : orders) {
            RC_ASSERT(check(model(), order, given).verdict ==
                      check(model(), order, swapped(given, position)).verdict);
        }
    }));
}

TEST_P(order_search, calls_sequential_whatever_is_linearizable) {
    EXPECT_TRUE(rc::check([&] {
        const client_history given = any_history(model());
        if (check(model(), kept_order::real_time, given).verdict == verdict::holds) {
            RC_ASSERT(check(model(), kept_order::process, given).verdict == verdict::holds);
        }
    }));
}

// Models that say something false about a register, each the way a hurried author would. The
// comparison with the oracle has to find them out: it is what the stock models are tested by.

struct honest_register {
    using state = history_value;
    static constexpr const char* noun = "the register";
    [[nodiscard]] state initial() const { return {}; }
    [[nodiscard]] std::optional<state> step(const state& now, const client_operation& by) const {
        state next = now;
        const history_value answer = oracle::apply_to_register(next, by);
        if (!oracle::agrees(by, answer)) return std::nullopt;
        return next;
    }
    [[nodiscard]] history_value partition(const client_operation& each) const { return each.key; }
    [[nodiscard]] bool read_only(const client_operation& each) const {
        return each.function == "read";
    }
};

/// An operation of unknown outcome that may miss is not read-only.
struct forgets_unknown_swaps : honest_register {
    [[nodiscard]] bool read_only(const client_operation& each) const {
        return each.function == "read" || (each.function == "cas" && each.result.nothing());
    }
};

/// Nor is a write, even of what is there already.
struct takes_writes_at_once : honest_register {
    [[nodiscard]] bool read_only(const client_operation& each) const {
        return each.function != "cas";
    }
};

struct sees_no_writes : honest_register {
    [[nodiscard]] std::vector<observation<state>> observe(
        const std::vector<client_operation>& all) const {
        std::vector<observation<state>> seen(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            seen[i].leads_anywhere = false;
            const bool read = all[i].function == "read" && all[i].outcome == response_kind::ok;
            if (read) seen[i].before = all[i].result;
        }
        return seen;
    }
};

struct divides_by_process : honest_register {
    [[nodiscard]] history_value partition(const client_operation& each) const {
        return oracle::number(each.process);
    }
};

/// How many of 2,000 histories a model is wrong about.
template <typename Model>
int disagreements(const oracle::model& right, const Model& suspect, kept_order order) {
    int wrong = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        oracle::shape shaped;
        shaped.unknown_percent = 40;
        shaped.keys = 1;
        const client_history given = oracle::make_history(right, shaped, seed);
        const search_options options{{.observe_late = false}, false};
        const check_outcome found = order == kept_order::real_time
                                        ? check_linearizable(suspect, given, {}, options)
                                        : check_sequential(suspect, given, {}, options);
        const bool holds = found.verdict == verdict::holds;
        if (holds != oracle::has_order(right, given, order)) ++wrong;
        EXPECT_EQ(holds, holds && replays(suspect, given, order, found.witness));
    }
    return wrong;
}

TEST(order_oracle, finds_nothing_against_an_honest_model) {
    for (const kept_order order : orders) {
        EXPECT_EQ(disagreements(oracle::models()[1], honest_register{}, order), 0);
    }
}

TEST(order_oracle, finds_out_a_model_that_says_something_false) {
    const oracle::model& right = oracle::models()[1];
    for (const kept_order order : orders) {
        EXPECT_GT(disagreements(right, forgets_unknown_swaps{}, order), 0);
        EXPECT_GT(disagreements(right, takes_writes_at_once{}, order), 0);
        EXPECT_GT(disagreements(right, sees_no_writes{}, order), 0);
        EXPECT_GT(disagreements(right, divides_by_process{}, order), 0);
    }
}

/// A lock whose author forgot `looks_at_process`: equal acquires of two processes are not equal.
struct blind_lock {
    using state = history_value;
    [[nodiscard]] state initial() const { return {}; }
    [[nodiscard]] std::optional<state> step(const state& now, const client_operation& by) const {
        state next = now;
        const history_value answer = oracle::apply_to_lock(next, by);
        if (!oracle::agrees(by, answer)) return std::nullopt;
        return next;
    }
};

TEST(order_oracle, finds_out_a_lock_that_looks_at_processes_unannounced) {
    EXPECT_GT(disagreements(oracle::models()[6], blind_lock{}, kept_order::real_time), 0);
}

}  // namespace
