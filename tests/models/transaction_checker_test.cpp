#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include <partita/models/transactions.hpp>

#include <little_database.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using level = isolation_level;

check_outcome check(const client_history& of, level which) {
    const auto found = check_isolation(of, which);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(check_outcome{});
}
bool allowed(const client_history& of, level which) {
    return check(of, which).verdict == verdict::holds;
}
std::set<std::string> kinds(const client_history& of, level which = level::strict_serializable) {
    std::set<std::string> all;
    const auto anomalies = find_anomalies(of, which);
    for (const transaction_anomaly& each : anomalies->found) all.insert(each.kind);
    return all;
}
std::string refusal(const client_history& of) {
    const auto found = check_isolation(of, level::serializable);
    return found ? "no error" : found.error().message;
}

/// The levels for which there is an oracle.
struct oracle {
    level which;
    bool serial;
    bool (*precedes)(const transaction_record&, const transaction_record&);
    [[nodiscard]] bool order_exists(const std::vector<transaction_record>& of) const {
        return serial ? serial_order_exists(of, precedes) : snapshot_order_exists(of, precedes);
    }
};
constexpr std::array oracles{
    oracle{level::serializable, true, no_order},
    oracle{level::strong_session_serializable, true, in_sessions},
    oracle{level::strict_serializable, true, in_real_time},
    oracle{level::snapshot_isolation, false, no_order},
    oracle{level::strong_session_snapshot_isolation, false, in_sessions},
    oracle{level::strong_snapshot_isolation, false, in_real_time},
};

void expect_what_brute_force_finds(std::size_t transactions, std::size_t histories) {
    dice roll(transactions);
    std::array<std::size_t, oracles.size()> hold{};
    for (std::size_t made = 0; made < histories; ++made) {
        const auto records = chaotic_database(roll, {.transactions = transactions}).run();
        const client_history of = to_history(records);
        for (std::size_t at = 0; at < oracles.size(); ++at) {
            const bool expected = oracles[at].order_exists(records);
            hold[at] += expected ? 1U : 0U;
            const check_outcome found = check(of, oracles[at].which);
            ASSERT_EQ(found.verdict == verdict::holds, expected)
                << to_text(oracles[at].which) << ": " << found.explanation;
        }
    }
    for (const std::size_t some : hold) {
        EXPECT_GT(some, histories / 50) << "or the test compares nothing";
        EXPECT_LT(some, histories * 9 / 10);
    }
}

TEST(transaction_checker, decides_as_brute_force_does_where_all_was_read_in_the_end) {
    expect_what_brute_force_finds(2, 1'500);
    expect_what_brute_force_finds(3, 1'500);
    expect_what_brute_force_finds(4, 400);
}

TEST(transaction_checker, raises_no_false_alarm_where_little_is_known) {
    dice roll(5);
    std::size_t caught = 0;
    for (std::size_t made = 0; made < 2'000; ++made) {
        const auto records = chaotic_database(roll, {.transactions = 3 + made % 2,
                                                     .reads_all_at_the_end = false,
                                                     .unknown_percent = 20})
                                 .run();
        const client_history of = to_history(records);
        for (const oracle& each : oracles) {
            const check_outcome found = check(of, each.which);
            if (found.verdict == verdict::holds) continue;
            ++caught;
            ASSERT_FALSE(each.order_exists(records))
                << to_text(each.which) << ": " << found.explanation;
        }
    }
    EXPECT_GT(caught, 1'000U);
}

RC_GTEST_PROP(transaction_checker, decides_as_brute_force_does, (std::uint32_t seed)) {
    dice roll(seed);
    const auto records = chaotic_database(roll, {.transactions = 1 + seed % 4}).run();
    for (const oracle& each : oracles) {
        RC_ASSERT(allowed(to_history(records), each.which) == each.order_exists(records));
    }
}

RC_GTEST_PROP(transaction_checker, does_not_mind_what_processes_keys_and_elements_are_called,
              (std::uint32_t seed)) {
    const client_history of = little_database(care::none, seed).run(30);
    const std::function<history_value(const history_value&)> renamed =
        [&](const history_value& each) -> history_value {
        if (each.number()) return value(7 - 3 * *each.number());
        if (each.text() && each.text()->size() == 1) return value("a key");
        return each;
    };
    client_history other = of;
    for (client_operation& each : other) {
        each.process = 100 - each.process;
        for (history_value* micros : {&each.argument, &each.result}) {
            if (!micros->list()) continue;
            history_values changed;
            for (const history_value& one : *micros->list()) {
                history_values parts = *one.list();
                parts[1] = list({parts[1]});
                parts[2] = parts[2].list() ? parts[2] : renamed(parts[2]);
                if (one.list()->at(2).list()) {
                    history_values elements;
                    for (const auto& element : *parts[2].list()) {
                        elements.push_back(renamed(element));
                    }
                    parts[2] = list(elements);
                }
                changed.push_back(list(parts));
            }
            *micros = list(changed);
        }
    }
    const auto expected = find_anomalies(of, level::strict_serializable);
    const auto found = find_anomalies(other, level::strict_serializable);
    RC_ASSERT(expected->found.size() == found->found.size());
    for (std::size_t at = 0; at < found->found.size(); ++at) {
        RC_ASSERT(expected->found[at].kind == found->found[at].kind);
        RC_ASSERT(expected->found[at].evidence == found->found[at].evidence);
    }
}

// Databases that keep their promise, and what they break beyond it.

struct promise {
    care kept;
    std::vector<level> levels;
    level broken;
};
const std::vector<promise>& promises() {
    static const std::vector<promise> all{
        {care::stale_reads,
         {level::serializable, level::snapshot_isolation},
         level::strict_serializable},
        {care::snapshot,
         {level::snapshot_isolation, level::strong_snapshot_isolation,
          level::strong_session_snapshot_isolation, level::read_committed},
         level::serializable},
        {care::read_committed,
         {level::read_committed, level::read_uncommitted},
         level::snapshot_isolation},
        {care::dirty_reads, {level::read_uncommitted}, level::read_committed},
        {care::none, {}, level::read_uncommitted},
    };
    return all;
}

TEST(transaction_checker, accepts_a_strict_database_at_every_level) {
    for (std::size_t seed = 0; seed < 10; ++seed) {
        const client_history of = little_database(care::strict, seed).run(300);
        EXPECT_EQ(kinds(of), std::set<std::string>{}) << seed;
    }
}
TEST(transaction_checker, accepts_what_a_weaker_database_promises) {
    for (const promise& each : promises()) {
        for (std::size_t seed = 0; seed < 10; ++seed) {
            const client_history of = little_database(each.kept, seed).run(300);
            for (const level kept : each.levels) {
                const check_outcome found = check(of, kept);
                EXPECT_EQ(found.verdict, verdict::holds)
                    << to_text(kept) << " " << seed << ": " << found.explanation;
            }
        }
    }
}
TEST(transaction_checker, catches_what_a_weaker_database_does_not_promise) {
    for (const promise& each : promises()) {
        std::size_t caught = 0;
        for (std::size_t seed = 0; seed < 10; ++seed) {
            const client_history of = little_database(each.kept, seed).run(300);
            caught += allowed(of, each.broken) ? 0U : 1U;
        }
        EXPECT_GE(caught, 9U) << to_text(each.broken);
    }
}

// Each anomaly by itself.

TEST(transaction_checker, finds_writes_in_a_circle) {
    transaction_writer of;
    of.txn(0, {append("x", 1), append("y", 1)}).during(1, 9);
    of.txn(1, {append("x", 2), append("y", 2)}).during(2, 8);
    of.txn(2, {reads("x", {1, 2}), reads("y", {2, 1})});
    EXPECT_EQ(kinds(of, level::read_uncommitted), std::set<std::string>{"G0"});
}
TEST(transaction_checker, finds_transactions_that_saw_each_other) {
    transaction_writer of;
    of.txn(0, {append("x", 1), reads("y", {2})}).during(1, 9);
    of.txn(1, {append("y", 2), reads("x", {1})}).during(2, 8);
    EXPECT_EQ(kinds(of, level::read_committed), std::set<std::string>{"G1c"});
    EXPECT_TRUE(allowed(of, level::read_uncommitted));
}
TEST(transaction_checker, finds_an_inconsistent_read) {
    transaction_writer of;
    of.txn(0, {append("x", 1), append("y", 1)}).during(1, 9);
    of.txn(1, {reads("x", {1}), reads("y", {})}).during(2, 8);
    of.txn(2, {reads("y", {1})});
    EXPECT_EQ(kinds(of, level::snapshot_isolation), std::set<std::string>{"G-single"});
    EXPECT_TRUE(allowed(of, level::read_committed));
}
TEST(transaction_checker, finds_a_long_fork) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}).during(1, 9).during(1, 99);
    of.txn(1, {append("y", 2)}).during(2, 98);
    of.txn(2, {reads("x", {1}), reads("y", {})}).during(3, 97);
    of.txn(3, {reads("x", {}), reads("y", {2})}).during(4, 96);
    EXPECT_EQ(kinds(of, level::snapshot_isolation), std::set<std::string>{"G-nonadjacent"});
}
TEST(transaction_checker, finds_write_skew_but_lets_snapshots_have_it) {
    transaction_writer of;
    of.txn(0, {reads("x", {}), append("y", 1)}).during(1, 9);
    of.txn(1, {reads("y", {}), append("x", 2)}).during(2, 8);
    of.txn(2, {reads("x", {2}), reads("y", {1})});
    EXPECT_EQ(kinds(of, level::serializable), std::set<std::string>{"G2-item"});
    EXPECT_TRUE(allowed(of, level::snapshot_isolation));
}
TEST(transaction_checker, finds_write_skew_that_nobody_looked_at) {
    transaction_writer of;
    of.txn(0, {reads("x", {}), append("y", 1)}).during(1, 9);
    of.txn(1, {reads("y", {}), append("x", 2)}).during(2, 8);
    EXPECT_EQ(kinds(of, level::serializable), std::set<std::string>{"G2-item"});
}
TEST(transaction_checker, finds_a_lost_update_that_nobody_looked_at) {
    transaction_writer of;
    of.txn(0, {reads("x", {}), append("x", 1)}).during(1, 9);
    of.txn(1, {reads("x", {}), append("x", 2)}).during(2, 8);
    EXPECT_EQ(kinds(of, level::snapshot_isolation), std::set<std::string>{"lost update"});
    EXPECT_EQ(check(of, level::snapshot_isolation).evidence, (std::vector<std::size_t>{1, 0}));
}
TEST(transaction_checker, finds_an_aborted_read_and_an_update_on_top_of_it) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}, response_kind::fail);
    of.txn(1, {append("x", 2)}).txn(2, {reads("x", {1, 2})});
    EXPECT_EQ(kinds(of, level::read_committed), (std::set<std::string>{"G1a", "dirty update"}));
    EXPECT_TRUE(allowed(of, level::read_uncommitted));
}
TEST(transaction_checker, takes_an_unknown_transaction_that_was_read_for_committed) {
    transaction_writer of;
    of.txn(0, {append("x", 1), append("y", 1)}, response_kind::unknown);
    of.txn(1, {reads("x", {1})});
    EXPECT_TRUE(allowed(of, level::strict_serializable));
    of.txn(2, {reads("y", {})});
    EXPECT_EQ(kinds(of), std::set<std::string>{"G-single-realtime"});
    EXPECT_TRUE(allowed(of, level::serializable)) << "the last may come first";
}
TEST(transaction_checker, leaves_out_an_unknown_transaction_that_nobody_saw) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}, response_kind::unknown).txn(0, {reads("x", {})});
    EXPECT_TRUE(allowed(of, level::strict_serializable));
}
TEST(transaction_checker, finds_an_intermediate_read) {
    transaction_writer of;
    of.txn(0, {append("x", 1), append("x", 2)}).txn(1, {reads("x", {1})});
    EXPECT_EQ(kinds(of, level::read_committed), std::set<std::string>{"G1b"});
}
TEST(transaction_checker, finds_orders_that_do_not_go_together) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}).txn(0, {append("x", 2)});
    of.txn(1, {reads("x", {1, 2})}).txn(2, {reads("x", {2})});
    EXPECT_EQ(kinds(of, level::read_committed), std::set<std::string>{"incompatible orders"});
}
TEST(transaction_checker, finds_elements_that_are_there_twice_or_from_nowhere) {
    transaction_writer twice;
    twice.txn(0, {append("x", 1)}).txn(1, {reads("x", {1, 1})});
    EXPECT_EQ(kinds(twice), std::set<std::string>{"duplicate elements"});
    transaction_writer nowhere;
    nowhere.txn(0, {append("x", 1)}).txn(1, {reads("x", {1, 7})});
    EXPECT_EQ(kinds(nowhere), std::set<std::string>{"element never appended"});
}
TEST(transaction_checker, finds_transactions_that_contradict_themselves) {
    transaction_writer forgot;
    forgot.txn(0, {append("x", 1), reads("x", {})});
    EXPECT_TRUE(kinds(forgot).count("internal") > 0);
    transaction_writer changed;
    changed.txn(0, {append("x", 1)}).txn(1, {reads("x", {}), reads("x", {1})});
    EXPECT_TRUE(kinds(changed).count("internal") > 0);
    EXPECT_TRUE(allowed(changed, level::read_committed));
    transaction_writer foresaw;
    foresaw.txn(0, {reads("x", {1}), append("x", 1)});
    EXPECT_TRUE(kinds(foresaw).count("future read") > 0);
}
TEST(transaction_checker, finds_what_only_the_order_of_a_process_forbids) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}).txn(0, {reads("x", {})}).txn(1, {reads("x", {1})});
    EXPECT_EQ(kinds(of), std::set<std::string>{"G-single-process"});
    EXPECT_TRUE(allowed(of, level::serializable));
    EXPECT_FALSE(allowed(of, level::strong_session_snapshot_isolation));
}
TEST(transaction_checker, finds_what_only_real_time_forbids) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}).txn(1, {reads("x", {})}).txn(2, {reads("x", {1})});
    EXPECT_EQ(kinds(of), std::set<std::string>{"G-single-realtime"});
    EXPECT_TRUE(allowed(of, level::strong_session_serializable));
    EXPECT_FALSE(allowed(of, level::strong_snapshot_isolation));
}

TEST(transaction_checker, explains_a_cycle_in_words) {
    transaction_writer of;
    of.txn(0, {append("x", 1), append("y", 2)}).during(1, 9);
    of.txn(1, {reads("x", {1}), reads("y", {})}).during(2, 8);
    of.txn(2, {reads("y", {2})});
    EXPECT_EQ(check(of, level::snapshot_isolation).explanation,
              "T1 is `" + to_text(of.done()[1]) + "` (line 2). T2 is `" + to_text(of.done()[0]) +
                  "` (line 1). T1 < T2, because T1 did not observe T2's append of 2 to \"y\". "
                  "However, T2 < T1, because T1 observed T2's append of 1 to \"x\": a "
                  "contradiction");
}
TEST(transaction_checker, explains_orders_of_writes_and_of_sessions) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}).txn(0, {append("x", 2)}).txn(1, {reads("x", {2, 1})});
    const check_outcome found = check(of, level::strict_serializable);
    EXPECT_EQ(found.kind, "G0-process");
    EXPECT_EQ(
        found.explanation,
        "T1 is `" + to_text(of.done()[1]) + "` (line 2). T2 is `" + to_text(of.done()[0]) +
            "` (line 1). T1 < T2, because T2's append of 1 to \"x\" came after T1's append of "
            "2. However, T2 < T1, because process 0 did T2 before T1: a contradiction");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{1, 0}));
}
TEST(transaction_checker, names_what_else_it_found) {
    transaction_writer of;
    of.txn(0, {append("x", 1)}, response_kind::fail);
    of.txn(1, {append("x", 2)}).txn(2, {reads("x", {1, 2})});
    const std::string text = check(of, level::serializable).explanation;
    EXPECT_NE(text.find(". Also found: G1a"), std::string::npos) << text;
}

TEST(transaction_checker, refuses_what_it_cannot_read_by_line) {
    transaction_writer twice;
    twice.txn(0, {append("x", 1)}).txn(1, {append("y", 1)}).txn(2, {append("x", 1)});
    EXPECT_EQ(refusal(twice),
              "line 3: appends 1 to \"x\" again, after line 1; each element may be appended once, "
              "so that reads tell by whom");
    history_writer other;
    other.write(0, "x", 1);
    EXPECT_EQ(refusal(other), "line 1: no function `write`; txn");
    client_history wrong = transaction_writer().txn(0, {append("x", 1)}).done();
    wrong[0].result = list({list({value("append"), value("x"), value(2)})});
    EXPECT_EQ(refusal(wrong),
              "line 1: the result `[\"append\",\"x\",2]` answers another question than "
              "`[\"append\",\"x\",1]`");
    wrong[0].result = list({});
    EXPECT_EQ(refusal(wrong), "line 1: the result is not the list of its micro-operations");
    wrong[0].argument = wrong[0].result = list({value("x")});
    wrong[0].line = 0;
    EXPECT_EQ(refusal(wrong),
              "operation 0: `\"x\"` is neither [\"append\", key, element] nor [\"r\", key, list]");
}

TEST(transaction_checker, gives_up_at_its_bounds) {
    const client_history of = little_database(care::strict, 1).run(300);
    const auto few = check_isolation(of, level::strict_serializable, {.steps_max = 2'000});
    EXPECT_EQ(few->verdict, verdict::inconclusive);
    EXPECT_EQ(few->kind, "step bound");
    const auto little =
        check_isolation(of, level::strict_serializable, {.memory_bytes_max = 2'000});
    EXPECT_EQ(little->kind, "memory bound");
}

TEST(transaction_checker, takes_steps_in_proportion_to_the_length) {
    const auto steps = [](std::size_t transactions) {
        const check_outcome found =
            check(little_database(care::strict, 1).run(transactions), level::strict_serializable);
        EXPECT_EQ(found.verdict, verdict::holds);
        return found.steps;
    };
    EXPECT_LT(steps(4'000), 5 * steps(1'000));
}

}  // namespace
