#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <client_histories.hpp>
#include <partita/models/counting.hpp>

namespace {

using namespace partita;
using namespace partita::test;

class counting_writer : public history_writer {
   public:
    counting_writer& add(std::int64_t process, std::int64_t amount,
                         response_kind outcome = response_kind::ok) {
        history_writer::add(process, "add", nothing, value(amount), nothing, outcome);
        return *this;
    }
    counting_writer& read(std::int64_t process, history_value result) {
        history_writer::add(process, "read", nothing, nothing, std::move(result));
        return *this;
    }
    counting_writer& during(std::uint64_t invoked, std::uint64_t responded) {
        history_writer::during(invoked, responded);
        return *this;
    }
};

check_outcome check_elements(const client_history& of, freshness fresh = freshness::eventual) {
    const auto found = check_set(of, fresh);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(check_outcome{});
}
check_outcome check_sum(const client_history& of, freshness fresh = freshness::eventual) {
    const auto found = check_counter(of, {.freshness = fresh});
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(check_outcome{});
}

// Sets.

TEST(set_checker, accepts_what_arrives_late_and_stays) {
    counting_writer of;
    of.add(0, 1).add(0, 2).read(1, numbers({1})).read(1, numbers({1, 2}));
    EXPECT_EQ(check_elements(of).verdict, verdict::holds);
    const check_outcome found = check_elements(of, freshness::immediate);
    EXPECT_EQ(found.kind, "stale read");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{2, 1}));
}
TEST(set_checker, finds_an_acknowledged_element_that_never_appears) {
    counting_writer of;
    of.add(0, 1).add(0, 2).read(1, numbers({1}));
    const check_outcome found = check_elements(of);
    EXPECT_EQ(found.kind, "lost element");
    EXPECT_EQ(found.explanation,
              "`process 1 read : ok [1]` (line 3) lacks 2, which `process 0 add 2 : ok` (line 2) "
              "had added before it began, and no later read returned it");
}
TEST(set_checker, finds_an_element_that_was_seen_and_went) {
    counting_writer of;
    of.add(0, 1, response_kind::unknown).read(1, numbers({1})).read(2, numbers({}));
    const check_outcome found = check_elements(of);
    EXPECT_EQ(found.kind, "lost element");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{2, 1}));
}
TEST(set_checker, does_not_call_lost_what_a_concurrent_read_still_had) {
    counting_writer of;
    of.add(0, 1).read(1, numbers({1})).during(20, 60).read(2, numbers({})).during(30, 40);
    EXPECT_EQ(check_elements(of).verdict, verdict::holds);
}
TEST(set_checker, lets_an_unknown_add_appear_or_not) {
    counting_writer never;
    never.add(0, 1, response_kind::unknown).add(0, 2).read(1, numbers({2}));
    EXPECT_EQ(check_elements(never, freshness::immediate).verdict, verdict::holds);
    counting_writer late;
    late.add(0, 1, response_kind::unknown).add(0, 2).read(1, numbers({2}));
    late.read(1, numbers({2, 1}));
    EXPECT_EQ(check_elements(late, freshness::immediate).verdict, verdict::holds);
}
TEST(set_checker, finds_elements_that_nobody_added) {
    counting_writer of;
    of.add(0, 1, response_kind::fail).read(1, numbers({1}));
    const check_outcome found = check_elements(of);
    EXPECT_EQ(found.kind, "unexpected element");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{1, 0}));
    counting_writer early;
    early.read(1, numbers({1})).add(0, 1);
    EXPECT_EQ(check_elements(early).kind, "unexpected element");
    EXPECT_EQ(check_elements(counting_writer().read(1, numbers({1}))).kind, "unexpected element");
}
TEST(set_checker, finds_elements_that_are_there_twice) {
    counting_writer of;
    of.add(0, 1).read(1, numbers({1, 1}));
    EXPECT_EQ(check_elements(of).kind, "duplicate element");
}
TEST(set_checker, says_nothing_of_what_nobody_read) {
    counting_writer of;
    of.read(1, numbers({})).add(0, 1);
    const check_outcome found = check_elements(of);
    EXPECT_EQ(found.verdict, verdict::inconclusive);
    EXPECT_EQ(found.kind, "never read");
}
TEST(set_checker, keeps_sets_with_different_keys_apart) {
    history_writer of;
    of.add(0, "broadcast", value("a"), value(1), nothing);
    of.add(0, "read", value("b"), nothing, numbers({1}));
    EXPECT_EQ(check_elements(of).kind, "unexpected element");
}

/// An operation of a small random history of one set or counter.
struct counting_step {
    std::uint8_t kind = 0;
    std::uint8_t amount = 0;
    std::uint8_t seen = 0;
    std::uint8_t length = 0;
};
client_history set_history(const std::vector<counting_step>& steps) {
    counting_writer made;
    const int early = steps.empty() ? 0 : steps[0].length / 8;  // most reads find what was added
    for (std::int64_t element = 0; element < 3; ++element) {
        if ((early >> element & 1) != 0) made.add(99, element, response_kind::unknown);
    }
    for (std::size_t at = 0; at < steps.size(); ++at) {
        const counting_step& each = steps[at];
        if (each.kind % 2 == 0) {
            made.add(static_cast<std::int64_t>(at), each.amount % 3,
                     each.kind % 8 == 0 ? response_kind::unknown : response_kind::ok);
        } else {
            std::vector<std::int64_t> list;
            for (std::int64_t element = 0; element < 3; ++element) {
                if ((each.seen >> element & 1) != 0) list.push_back(element);
            }
            made.read(static_cast<std::int64_t>(at), numbers(list));
        }
        const std::uint64_t begin = 50 + 10 * at;
        const bool unknown = made.done().back().outcome == response_kind::unknown;
        made.during(begin, unknown ? client_operation::never : begin + 5 + 7 * (each.length % 8));
    }
    return made.done();
}

/// The definition, pair by pair.
std::string set_by_definition(const client_history& of, bool immediate) {
    const auto has = [](const client_operation& read, std::int64_t element) {
        const auto& list = *read.result.list();
        return std::find(list.begin(), list.end(), value(element)) != list.end();
    };
    bool lost = false;
    bool stale = false;
    for (std::int64_t element = 0; element < 3; ++element) {
        std::uint64_t known = client_operation::never;
        for (const client_operation& each : of) {
            const bool adds = each.function == "add" && each.argument == value(element);
            const bool tells = adds || (each.function == "read" && has(each, element));
            if (tells) known = std::min(known, each.responded);
            if (each.function != "read" || !has(each, element)) continue;
            if (std::none_of(of.begin(), of.end(), [&](const client_operation& add) {
                    return add.function == "add" && add.argument == value(element) &&
                           add.invoked <= each.responded;
                })) {
                return "unexpected element";
            }
        }
        for (const client_operation& read : of) {
            if (read.function != "read" || has(read, element) || read.invoked <= known) continue;
            stale = true;
            lost = lost || std::all_of(of.begin(), of.end(), [&](const client_operation& other) {
                       return other.function != "read" || !has(other, element) ||
                              other.responded < read.invoked;
                   });
        }
    }
    if (lost) return "lost element";
    return stale && immediate ? "stale read" : "";
}

}  // namespace

namespace rc {
template <>
struct Arbitrary<counting_step> {
    static Gen<counting_step> arbitrary() {
        return gen::build<counting_step>(
            gen::set(&counting_step::kind), gen::set(&counting_step::amount),
            gen::set(&counting_step::seen), gen::set(&counting_step::length));
    }
};
}  // namespace rc

namespace {

void expect_set_as_defined(const client_history& of, freshness fresh,
                           std::map<std::string, std::size_t>& seen) {
    const check_outcome found = check_elements(of, fresh);
    const std::string expected = set_by_definition(of, fresh == freshness::immediate);
    ++seen[expected];
    EXPECT_EQ(found.verdict == verdict::violated, !expected.empty()) << expected << found.kind;
    // Of findings about two elements either may come first.
    if (expected == "unexpected element") {
        EXPECT_EQ(found.kind, expected);
    }
}

RC_GTEST_PROP(set_checker, decides_as_the_definition_does,
              (const std::vector<counting_step>& steps)) {
    std::map<std::string, std::size_t> seen;
    const client_history of = set_history(steps);
    expect_set_as_defined(of, freshness::eventual, seen);
    expect_set_as_defined(of, freshness::immediate, seen);
    RC_ASSERT(!testing::Test::HasFailure());
}

std::vector<counting_step> random_steps(dice& roll) {
    std::vector<counting_step> steps(2 + roll(8));
    const auto byte = [&] { return static_cast<std::uint8_t>(roll(256)); };
    for (counting_step& each : steps) each = {byte(), byte(), byte(), byte()};
    return steps;
}

TEST(set_checker, decides_as_the_definition_does_on_many_histories) {
    dice roll(1);
    std::map<std::string, std::size_t> seen;
    for (std::size_t made = 0; made < 5'000; ++made) {
        const client_history of = set_history(random_steps(roll));
        expect_set_as_defined(of, freshness::eventual, seen);
        expect_set_as_defined(of, freshness::immediate, seen);
    }
    for (const char* kind : {"", "unexpected element", "lost element", "stale read"}) {
        EXPECT_GT(seen[kind], 100U) << kind;
    }
}

TEST(set_checker, gives_up_at_its_bounds) {
    counting_writer of;
    of.add(0, 1).add(0, 2).read(1, numbers({1, 2}));
    EXPECT_EQ(check_set(of, freshness::eventual, {.steps_max = 1})->kind, "step bound");
}
TEST(set_checker, refuses_what_it_cannot_read_by_line) {
    const auto refusal = [](const client_history& of) {
        return check_set(of, freshness::eventual).error().message;
    };
    EXPECT_EQ(refusal(history_writer().write(0, "x", 1)),
              "line 1: no function `write`; add, broadcast or read");
    EXPECT_EQ(refusal(counting_writer().read(0, value(1))),
              "line 1: a read returns a list of elements");
    EXPECT_EQ(refusal(history_writer().add(0, "add", nothing, nothing, nothing)),
              "line 1: adds nothing");
}

// Identifiers.

client_history generated(const std::vector<std::int64_t>& ids) {
    history_writer of;
    for (const std::int64_t id : ids) of.add(0, "generate", nothing, nothing, value(id));
    return of.done();
}
TEST(unique_ids_checker, finds_an_identifier_given_twice) {
    EXPECT_EQ(check_unique_ids(generated({3, 1, 2}))->verdict, verdict::holds);
    const auto found = check_unique_ids(generated({3, 1, 3}));
    EXPECT_EQ(found->kind, "duplicate identifier");
    EXPECT_EQ(found->evidence, (std::vector<std::size_t>{2, 0}));
    EXPECT_EQ(found->explanation,
              "`process 0 generate : ok 3` (line 3) returned an identifier that `process 0 "
              "generate : ok 3` (line 1) had returned");
}
RC_GTEST_PROP(unique_ids_checker, agrees_with_a_set, (const std::vector<std::uint8_t>& ids)) {
    const std::vector<std::int64_t> wide(ids.begin(), ids.end());
    const bool unique = std::set<std::int64_t>(wide.begin(), wide.end()).size() == wide.size();
    RC_ASSERT((check_unique_ids(generated(wide))->verdict == verdict::holds) == unique);
}
TEST(unique_ids_checker, tells_a_number_from_a_text_and_lists_apart) {
    history_writer of;
    of.add(0, "generate", nothing, nothing, value(1));
    of.add(0, "generate", nothing, nothing, value("1"));
    of.add(0, "generate", nothing, nothing, numbers({1}));
    EXPECT_EQ(check_unique_ids(of)->verdict, verdict::holds);
}
TEST(unique_ids_checker, leaves_out_what_was_not_answered_and_refuses_nothing_as_an_answer) {
    history_writer of;
    of.add(0, "generate", nothing, nothing, nothing, response_kind::unknown);
    EXPECT_EQ(check_unique_ids(of)->verdict, verdict::holds);
    of.add(0, "generate", nothing, nothing, nothing);
    EXPECT_EQ(check_unique_ids(of).error().message, "line 2: no identifier given");
}

// Counters.

TEST(counter_checker, accepts_sums_that_arrive_late) {
    counting_writer of;
    of.add(0, 2).add(1, -3).read(2, value(2)).read(2, value(0)).read(2, value(-1));
    EXPECT_EQ(check_sum(of).verdict, verdict::holds);
    EXPECT_EQ(check_sum(of, freshness::immediate).kind, "read out of bounds");
}
TEST(counter_checker, finds_a_final_value_that_lacks_an_add) {
    counting_writer of;
    of.add(0, 2).add(1, 3).read(2, value(2));
    const check_outcome found = check_sum(of);
    EXPECT_EQ(found.kind, "wrong final value");
    EXPECT_EQ(found.explanation,
              "`process 2 read : ok 2` (line 3) began after all adds, the acknowledged of which "
              "are 5 together");
}
TEST(counter_checker, finds_a_sum_that_never_was) {
    counting_writer of;
    of.add(0, 2).read(1, value(3)).add(0, 5).read(1, value(7));
    const check_outcome found = check_sum(of);
    EXPECT_EQ(found.kind, "read out of bounds");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{1}));
}
TEST(counter_checker, counts_unknown_adds_or_not_but_never_in_part) {
    for (const std::int64_t seen : {10, 11, 14, 15}) {
        counting_writer of;
        of.add(0, 10).add(1, 4, response_kind::unknown).add(2, 1, response_kind::unknown);
        EXPECT_EQ(check_sum(of.read(3, value(seen))).verdict, verdict::holds);
    }
    for (const std::int64_t seen : {9, 12, 13, 16}) {
        counting_writer of;
        of.add(0, 10).add(1, 4, response_kind::unknown).add(2, 1, response_kind::unknown);
        EXPECT_EQ(check_sum(of.read(3, value(seen))).verdict, verdict::violated);
    }
}
TEST(counter_checker, leaves_out_failed_adds) {
    counting_writer of;
    of.add(0, 2).add(0, 5, response_kind::fail);
    EXPECT_EQ(check_sum(of.read(1, value(2))).verdict, verdict::holds);
    EXPECT_EQ(check_sum(of.read(1, value(7))).verdict, verdict::violated);
}
TEST(counter_checker, bounds_the_choices_of_unknown_adds) {
    counting_writer of;
    for (std::int64_t at = 0; at < 40; ++at) {
        of.add(at, std::int64_t{1} << at, response_kind::unknown);
    }
    EXPECT_EQ(check_sum(of.read(99, value((std::int64_t{1} << 40) - 1))).verdict, verdict::holds);
    of.read(99, value(std::int64_t{1} << 40));
    EXPECT_EQ(check_sum(of).verdict, verdict::violated);
}
TEST(counter_checker, says_nothing_of_what_nobody_read) {
    EXPECT_EQ(check_sum(counting_writer().add(0, 1)).kind, "never read");
}

client_history counter_history(const std::vector<counting_step>& steps) {
    counting_writer made;
    for (std::size_t at = 0; at < steps.size(); ++at) {
        const counting_step& each = steps[at];
        const auto process = static_cast<std::int64_t>(at);
        if (each.kind % 2 == 0) {
            made.add(process, each.amount % 7 - 3,
                     each.kind % 8 == 0 ? response_kind::unknown : response_kind::ok);
        } else {
            made.read(process, value(each.seen % 9 - 4));
        }
        const std::uint64_t begin = 10 * at;
        const bool unknown = made.done().back().outcome == response_kind::unknown;
        made.during(begin, unknown ? client_operation::never : begin + 5 + 7 * (each.length % 8));
    }
    return made.done();
}
/// Each read between the sums of the adds it must and can have seen, choice by choice.
bool sums_by_definition(const client_history& of, bool immediate) {
    for (const client_operation& read : of) {
        if (read.function != "read") continue;
        bool final = true;
        std::int64_t least = 0;
        std::int64_t most = 0;
        std::set<std::int64_t> exact{0};
        for (const client_operation& add : of) {
            if (add.function != "add") continue;
            const std::int64_t amount = *add.argument.number();
            const bool answered = add.outcome == response_kind::ok;
            const bool ended = answered && add.responded < read.invoked;
            final = final && (answered ? ended : add.invoked < read.invoked);
            if (add.invoked <= read.responded) {
                const bool must = ended && immediate;
                least += must ? amount : std::min<std::int64_t>(amount, 0);
                most += must ? amount : std::max<std::int64_t>(amount, 0);
            }
            std::set<std::int64_t> next;
            for (const std::int64_t sum : exact) {
                next.insert(sum + amount);
                if (!answered) next.insert(sum);
            }
            exact = next;
        }
        const std::int64_t sum = *read.result.number();
        if (sum < least || sum > most || (final && exact.count(sum) == 0)) return false;
    }
    return true;
}
RC_GTEST_PROP(counter_checker, decides_as_the_definition_does, (std::vector<counting_step> steps)) {
    steps.resize(std::min<std::size_t>(steps.size(), 12));
    const client_history of = counter_history(steps);
    for (const freshness fresh : {freshness::eventual, freshness::immediate}) {
        const bool expected = sums_by_definition(of, fresh == freshness::immediate);
        RC_ASSERT((check_sum(of, fresh).verdict != verdict::violated) == expected);
    }
}

TEST(counter_checker, decides_as_the_definition_does_on_many_histories) {
    dice roll(2);
    std::size_t violated = 0;
    for (std::size_t made = 0; made < 5'000; ++made) {
        const client_history of = counter_history(random_steps(roll));
        for (const freshness fresh : {freshness::eventual, freshness::immediate}) {
            const bool expected = sums_by_definition(of, fresh == freshness::immediate);
            violated += expected ? 0U : 1U;
            ASSERT_EQ(check_sum(of, fresh).verdict != verdict::violated, expected);
        }
    }
    EXPECT_GT(violated, 500U);
    EXPECT_LT(violated, 9'500U);
}

TEST(counter_checker, refuses_what_it_cannot_read_by_line) {
    const auto refusal = [](const client_history& of, counter_rules rules = {}) {
        return check_counter(of, rules).error().message;
    };
    EXPECT_EQ(refusal(counting_writer().add(0, 1).add(0, -1), {.grows_only = true}),
              "line 2: adds a negative number to what only grows");
    EXPECT_EQ(refusal(counting_writer().read(0, value("1"))),
              "line 1: a read returns a whole number");
    EXPECT_EQ(refusal(history_writer().add(0, "add", nothing, value("1"), nothing)),
              "line 1: adds no number");
    EXPECT_EQ(refusal(history_writer().write(0, "x", 1)),
              "line 1: no function `write`; add or read");
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(refusal(counting_writer().add(0, most).add(0, 1)),
              "line 2: the sum of all adds does not fit 64 bits");
}

}  // namespace
