#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/models/causal.hpp>
#include <register_oracles.hpp>

namespace {

using namespace partita;
using namespace partita::test;

check_outcome check(const client_history& of, causal_level level) {
    const auto found = check_causal(of, level);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(check_outcome{});
}
bool is_causal(const client_history& of, causal_level level) {
    return check(of, level).verdict == verdict::holds;
}
std::string refusal(const client_history& of) {
    const auto found = check_causal(of, causal_level::memory);
    return found ? "no error" : found.error().message;
}

// The definitions, by brute force.

bool weak_by_definition(const register_relations& of) {
    return std::all_of(of.real.begin(), of.real.end(), [&](std::size_t read) {
        std::vector<std::size_t> past{read};
        for (const std::size_t at : of.real) {
            if (of.before[at][read]) past.push_back(at);
        }
        return of.writes(read) ||
               sequence_exists(of, past, [&](std::size_t at) { return at == read; });
    });
}
bool memory_by_definition(const register_relations& of) {
    for (std::int64_t process = 0; process < 4; ++process) {
        std::vector<std::size_t> seen;
        for (const std::size_t at : of.real) {
            if (of.writes(at) || of.history[at].process == process) seen.push_back(at);
        }
        if (!sequence_exists(of, seen, [](std::size_t) { return true; })) return false;
    }
    return true;
}
bool convergence_by_definition(const register_relations& of) {
    std::vector<std::size_t> order;
    for (const std::size_t at : of.real) {
        if (of.writes(at)) order.push_back(at);
    }
    const auto explains = [&] {
        for (std::size_t first = 0; first < order.size(); ++first) {
            for (std::size_t second = first + 1; second < order.size(); ++second) {
                if (of.before[order[second]][order[first]]) return false;
            }
        }
        for (const std::size_t read : of.real) {
            std::size_t last = of.history.size();
            for (const std::size_t write : order) {
                if (of.before[write][read] && of.same_key(write, read)) last = write;
            }
            if (of.is_read(read) && last != of.source[read]) return false;
        }
        return true;
    };
    do {
        if (explains()) return true;
    } while (std::next_permutation(order.begin(), order.end()));
    return false;
}
bool by_definition(const client_history& history, causal_level level) {
    const register_relations of(history);
    if (of.cyclic()) return false;
    if (level == causal_level::weak) return weak_by_definition(of);
    return level == causal_level::memory ? memory_by_definition(of) : convergence_by_definition(of);
}

constexpr std::array levels{causal_level::weak, causal_level::memory, causal_level::convergence};

void expect_as_defined(std::size_t length, std::size_t processes, std::size_t histories) {
    dice roll(length * 31 + processes);
    std::array<std::size_t, 3> hold{};
    for (std::size_t made = 0; made < histories; ++made) {
        const client_history of = register_history(random_steps(roll, length), processes);
        for (std::size_t level = 0; level < levels.size(); ++level) {
            const bool expected = by_definition(of, levels[level]);
            hold[level] += expected ? 1U : 0U;
            ASSERT_EQ(is_causal(of, levels[level]), expected) << "level " << level;
        }
    }
    for (const std::size_t some : hold) {
        EXPECT_GT(some, histories / 100) << "or the test compares nothing";
        EXPECT_LT(some, histories * 99 / 100);
    }
}

TEST(causal_checker, decides_as_the_definitions_do_on_short_histories) {
    expect_as_defined(6, 2, 3'000);
    expect_as_defined(6, 3, 3'000);
}
TEST(causal_checker, decides_as_the_definitions_do_on_longer_histories) {
    expect_as_defined(8, 2, 1'500);
    expect_as_defined(9, 3, 1'500);
}

client_history any_history() {
    auto steps = *rc::gen::arbitrary<std::vector<register_step>>();
    steps.resize(std::min<std::size_t>(steps.size(), 9));
    return register_history(steps, 3);
}

RC_GTEST_PROP(causal_checker, decides_as_the_definitions_do, ()) {
    const client_history of = any_history();
    for (const causal_level level : levels) {
        RC_ASSERT(is_causal(of, level) == by_definition(of, level));
    }
}

RC_GTEST_PROP(causal_checker, does_not_mind_what_processes_keys_and_values_are_called, ()) {
    const client_history of = any_history();
    client_history renamed = of;
    for (client_operation& each : renamed) {
        each.process = 100 - each.process * 7;
        each.key = list({each.key, value("renamed")});
        if (!each.argument.nothing()) each.argument = value(*each.argument.number() * -3);
        if (!each.result.nothing()) each.result = value(*each.result.number() * -3);
    }
    for (const causal_level level : levels) {
        RC_ASSERT(check(of, level).kind == check(renamed, level).kind);
        RC_ASSERT(check(of, level).evidence == check(renamed, level).evidence);
    }
}

// The examples of Bouajjani et al., POPL 2017, figure 3.

TEST(causal_checker, lets_memories_disagree_for_ever_but_not_converge) {
    history_writer of;
    of.write(0, "x", 1).write(1, "x", 2).read(0, "x", 2).read(1, "x", 1);
    EXPECT_TRUE(is_causal(of, causal_level::weak));
    EXPECT_TRUE(is_causal(of, causal_level::memory));
    EXPECT_FALSE(is_causal(of, causal_level::convergence));
}

TEST(causal_checker, knows_convergence_that_is_no_memory) {
    history_writer of;
    of.write(0, "z", 1).write(0, "x", 1).write(0, "y", 1);
    of.write(1, "x", 2).read(1, "z", nothing).read(1, "y", 1).read(1, "x", 2);
    EXPECT_TRUE(is_causal(of, causal_level::convergence));
    const check_outcome found = check(of, causal_level::memory);
    EXPECT_EQ(found.kind, "read of the initial value after a write");
    EXPECT_EQ(found.evidence.front(), 4U);
}

TEST(causal_checker, knows_what_is_only_weakly_causal) {
    history_writer of;
    of.write(0, "x", 1).write(1, "x", 2).read(1, "x", 1).read(1, "x", 2);
    EXPECT_TRUE(is_causal(of, causal_level::weak));
    EXPECT_EQ(check(of, causal_level::memory).kind, "no order of writes for a process");
    EXPECT_EQ(check(of, causal_level::convergence).kind, "no order of writes");
}

TEST(causal_checker, finds_a_read_of_what_its_process_knows_to_be_overwritten) {
    history_writer of;
    of.write(0, "x", 1).read(1, "x", 1).write(1, "x", 2).write(1, "y", 3);
    of.read(2, "y", 3).read(2, "x", 1);
    for (const causal_level level : levels) {
        const check_outcome found = check(of, level);
        EXPECT_EQ(found.kind, "read of an overwritten value");
        EXPECT_EQ(found.evidence, (std::vector<std::size_t>{5, 2, 0}));
    }
}

TEST(causal_checker, says_in_words_why_a_read_is_impossible) {
    history_writer of;
    of.write(0, "x", 1).read(1, "x", 1).write(1, "x", 2).read(2, "x", 2).read(2, "x", 1);
    EXPECT_EQ(check(of, causal_level::memory).explanation,
              "`process 2 read x : ok 1` (line 5) returned the value of `process 0 write x 1 : ok` "
              "(line 1), although it knew of the later `process 1 write x 2 : ok` (line 3). "
              "line 1 comes before `process 1 read x : ok 1` (line 2), because it returned the "
              "value written there. line 2 comes before line 3, because process 1 did them in this "
              "order. line 3 comes before `process 2 read x : ok 2` (line 4), because it returned "
              "the value written there. line 4 comes before line 5, because process 2 did them in "
              "this order");
}

TEST(causal_checker, says_in_words_why_no_order_explains_a_process) {
    history_writer of;
    of.write(0, "x", 1).write(1, "x", 2).read(2, "x", 1).read(2, "x", 2).read(2, "x", 1);
    const check_outcome found = check(of, causal_level::memory);
    EXPECT_EQ(found.explanation,
              "No order of the writes explains what process 2 read. `process 0 write x 1 : ok` "
              "(line 1) comes before `process 1 write x 2 : ok` (line 2), because `process 2 read "
              "x : ok 2` (line 4) returned the value of the second when process 2 knew of both. "
              "However, line 2 comes before line 1, because `process 2 read x : ok 1` (line 5) "
              "returned the value of the second when process 2 knew of both: a contradiction");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{4, 3, 0, 1}));
}

TEST(causal_checker, finds_effects_that_come_before_their_causes) {
    history_writer of;
    of.read(0, "x", 2).write(0, "y", 1).read(1, "y", 1).write(1, "x", 2);
    EXPECT_EQ(check(of, causal_level::weak).kind, "causal cycle");
}

TEST(causal_checker, finds_reads_out_of_thin_air) {
    history_writer of;
    of.write(0, "x", 1, response_kind::fail).read(1, "x", 1);
    EXPECT_EQ(check(of, causal_level::memory).kind, "read of a failed write");
    history_writer other;
    other.write(0, "x", 1).read(1, "y", 1);
    EXPECT_EQ(check(other, causal_level::memory).kind, "read of a value never written");
}

TEST(causal_checker, lets_an_unanswered_write_happen_late_or_never) {
    history_writer of;
    of.write(0, "x", 1).write(0, "x", 2, response_kind::unknown);
    of.read(0, "x", 1).read(0, "x", 1);
    EXPECT_TRUE(is_causal(of, causal_level::memory));
    of.read(0, "x", 2);
    EXPECT_TRUE(is_causal(of, causal_level::memory)) << "it took effect at last";
    of.read(1, "x", 2).read(1, "x", 1);
    EXPECT_FALSE(is_causal(of, causal_level::memory)) << "it came after the first in its process";
}

TEST(causal_checker, takes_put_and_get_too) {
    history_writer of;
    of.add(0, "put", value("x"), value(1), nothing).add(0, "get", value("x"), nothing, nothing);
    EXPECT_FALSE(is_causal(of, causal_level::weak));
}

TEST(causal_checker, refuses_what_it_cannot_read_by_line) {
    history_writer twice;
    twice.write(0, "x", 1).write(1, "y", 1).write(1, "x", 1);
    EXPECT_EQ(refusal(twice),
              "line 3: writes 1 again, after line 1; each value may be written once, so that reads "
              "tell who wrote it");
    history_writer swaps;
    swaps.add(0, "cas", value("x"), numbers({1, 2}), nothing);
    EXPECT_EQ(refusal(swaps), "line 1: no function `cas`; read or write");
    history_writer nothings;
    nothings.write(0, "x", 1).add(0, "write", value("x"), nothing, nothing);
    EXPECT_EQ(refusal(nothings), "line 2: a write of nothing, which is the initial value");
    client_history fileless = nothings;
    fileless[1].line = 0;
    EXPECT_EQ(refusal(fileless), "operation 1: a write of nothing, which is the initial value");
}

/// Replicas that apply each other's writes late: in causal order, or in any.
client_history replicated(std::size_t seed, bool in_causal_order) {
    constexpr std::size_t replicas = 4;
    dice roll(seed);
    struct update {
        std::size_t key;
        std::int64_t written;
        std::array<std::size_t, replicas> after;  // how many of each replica's it follows
    };
    std::array<std::vector<update>, replicas> log;
    std::array<std::array<std::size_t, replicas>, replicas> applied{};
    std::array<std::array<std::int64_t, 3>, replicas> store{};
    constexpr std::array<const char*, 3> keys{"x", "y", "z"};
    history_writer made;
    for (std::int64_t step = 1; step <= 1'000; ++step) {
        const std::size_t at = roll(replicas);
        const std::size_t from = roll(replicas);
        const std::size_t key = roll(3);
        if (roll.chance(10)) {
            log[at].push_back({key, step, applied[at]});
            ++applied[at][at];
            store[at][key] = step;
            made.write(static_cast<std::int64_t>(at), keys[key], step);
        } else if (roll.chance(30)) {
            made.read(static_cast<std::int64_t>(at), keys[key],
                      store[at][key] == 0 ? nothing : value(store[at][key]));
        } else if (from != at && applied[at][from] < log[from].size()) {
            const update& next = log[from][applied[at][from]];
            bool ready = true;
            for (std::size_t other = 0; other < replicas; ++other) {
                ready = ready && next.after[other] <= applied[at][other];
            }
            if (in_causal_order && !ready) continue;
            store[at][next.key] = next.written;
            ++applied[at][from];
        }
    }
    return made.done();
}

TEST(causal_checker, accepts_replicas_that_apply_writes_in_causal_order) {
    for (std::size_t seed = 0; seed < 30; ++seed) {
        const check_outcome found = check(replicated(seed, true), causal_level::memory);
        EXPECT_EQ(found.verdict, verdict::holds) << found.explanation;
    }
}
TEST(causal_checker, catches_replicas_that_apply_them_in_any_order) {
    std::size_t caught = 0;
    for (std::size_t seed = 0; seed < 30; ++seed) {
        caught += is_causal(replicated(seed, false), causal_level::memory) ? 0U : 1U;
    }
    EXPECT_GE(caught, 25U);
}

TEST(causal_checker, gives_up_at_its_bounds) {
    const client_history of = replicated(1, true);
    const auto few = check_causal(of, causal_level::memory, {.steps_max = 1'000});
    EXPECT_EQ(few->verdict, verdict::inconclusive);
    EXPECT_EQ(few->kind, "step bound");
    const auto little = check_causal(of, causal_level::memory, {.memory_bytes_max = 1'000});
    EXPECT_EQ(little->verdict, verdict::inconclusive);
    EXPECT_EQ(little->kind, "memory bound");
}

TEST(causal_checker, holds_of_no_history_at_all) {
    EXPECT_TRUE(is_causal({}, causal_level::memory));
}

TEST(causal_checker, is_found_by_its_name_like_all_others) {
    const auto named = [](const char* model, const char* consistency) {
        const auto& all = history_checkers();
        return std::count_if(all.begin(), all.end(), [&](const history_checker& each) {
            return each.model == model && each.consistency == consistency;
        });
    };
    for (const char* model : {"register", "kv"}) {
        for (const char* consistency :
             {"causal", "causal-convergence", "weak-causal", "session", "read-your-writes",
              "monotonic-reads", "monotonic-writes", "writes-follow-reads"}) {
            EXPECT_EQ(named(model, consistency), 1) << model << " " << consistency;
        }
    }
    for (const char* level : {"strict-serializable", "serializable", "snapshot-isolation",
                              "read-committed", "read-uncommitted", "strong-session-serializable",
                              "strong-snapshot-isolation", "strong-session-snapshot-isolation"}) {
        EXPECT_EQ(named("list-append", level), 1) << level;
    }
    for (const char* model : {"set-full", "broadcast", "g-counter", "pn-counter"}) {
        EXPECT_EQ(named(model, "eventual"), 1) << model;
        EXPECT_EQ(named(model, "immediate"), 1) << model;
    }
    EXPECT_EQ(named("unique-ids", "unique"), 1);
}

TEST(causal_checker, is_strict_about_what_it_reads_like_all_others) {
    const client_history strange =
        history_writer().add(0, "dance", nothing, nothing, nothing).done();
    for (const history_checker& each : history_checkers()) {
        const auto empty = each.check({}, {});
        ASSERT_TRUE(empty) << each.model;
        EXPECT_EQ(empty->verdict, verdict::holds) << each.model << " " << each.consistency;
        const auto refused = each.check(strange, {});
        ASSERT_FALSE(refused) << each.model << " " << each.consistency;
        EXPECT_EQ(refused.error().message.rfind("line 1: ", 0), 0U) << refused.error().message;
    }
}

}  // namespace
