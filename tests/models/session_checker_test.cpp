#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/models/causal.hpp>
#include <partita/models/sessions.hpp>
#include <register_oracles.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using guarantee = session_guarantee;

check_outcome check(const client_history& of, guarantee which) {
    const auto found = check_sessions(of, which);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(check_outcome{});
}
bool keeps(const client_history& of, guarantee which) {
    return check(of, which).verdict == verdict::holds;
}

// The definitions, by brute force: the least sets of known writes, and all orders of writes.

struct demands {
    bool own_writes, reads, writes, writes_after_reads;
};
demands demands_of(guarantee which) {
    const bool all = which == guarantee::all;
    return {all || which == guarantee::read_your_writes, which != guarantee::read_your_writes,
            all || which == guarantee::monotonic_writes,
            all || which == guarantee::writes_follow_reads};
}

/// Which writes each read knows of, and which writes each write brings along.
std::vector<std::set<std::size_t>> known_writes(const register_relations& of,
                                                const demands& asked) {
    std::vector<std::set<std::size_t>> known(of.history.size());
    const auto learn = [&](std::size_t who, std::size_t write) {
        const std::size_t before = known[who].size();
        known[who].insert(known[write].begin(), known[write].end());
        known[who].insert(write);
        return known[who].size() > before;
    };
    const auto inherit = [&](std::size_t who, std::size_t from) {
        const std::size_t before = known[who].size();
        known[who].insert(known[from].begin(), known[from].end());
        return known[who].size() > before;
    };
    for (bool changed = true; changed;) {
        changed = false;
        for (const std::size_t at : of.real) {
            if (of.source[at] < of.history.size()) changed |= learn(at, of.source[at]);
            for (const std::size_t past : of.real) {
                if (!of.in_session(past, at)) continue;
                const bool wrote = of.writes(past);
                if (of.is_read(at) && wrote && asked.own_writes) changed |= learn(at, past);
                if (of.is_read(at) && !wrote && asked.reads) changed |= inherit(at, past);
                if (of.writes(at) && wrote && asked.writes) changed |= learn(at, past);
                if (of.writes(at) && !wrote && asked.writes_after_reads) {
                    changed |= inherit(at, past);
                }
            }
        }
    }
    return known;
}

bool by_definition(const client_history& history, guarantee which) {
    const register_relations of(history);
    const demands asked = demands_of(which);
    const auto known = known_writes(of, asked);
    std::vector<std::size_t> order;
    for (const std::size_t at : of.real) {
        if (of.writes(at)) order.push_back(at);
    }
    const auto explains = [&] {
        std::vector<std::size_t> place(history.size());
        for (std::size_t at = 0; at < order.size(); ++at) place[order[at]] = at;
        for (const std::size_t write : order) {
            for (const std::size_t past : known[write]) {
                if (place[past] >= place[write]) return false;
            }
        }
        for (const std::size_t read : of.real) {
            if (of.writes(read)) continue;
            std::size_t last = history.size();
            for (const std::size_t write : order) {
                if (known[read].count(write) > 0 && of.same_key(write, read)) last = write;
            }
            if (last != of.source[read]) return false;
        }
        return true;
    };
    do {
        if (explains()) return true;
    } while (std::next_permutation(order.begin(), order.end()));
    return false;
}

constexpr std::array guarantees{guarantee::read_your_writes, guarantee::monotonic_reads,
                                guarantee::monotonic_writes, guarantee::writes_follow_reads,
                                guarantee::all};

void expect_as_defined(std::size_t length, std::size_t processes, std::size_t histories) {
    dice roll(length * 17 + processes);
    std::array<std::size_t, guarantees.size()> hold{};
    for (std::size_t made = 0; made < histories; ++made) {
        const client_history of = register_history(random_steps(roll, length), processes);
        for (std::size_t which = 0; which < guarantees.size(); ++which) {
            const bool expected = by_definition(of, guarantees[which]);
            hold[which] += expected ? 1U : 0U;
            ASSERT_EQ(keeps(of, guarantees[which]), expected) << to_text(guarantees[which]);
        }
        EXPECT_EQ(keeps(of, guarantee::all),
                  check_causal(of, causal_level::convergence)->verdict == verdict::holds)
            << "all four together are causal convergence";
    }
    for (const std::size_t some : hold) {
        EXPECT_GT(some, histories / 100) << "or the test compares nothing";
        EXPECT_LT(some, histories * 99 / 100);
    }
}

TEST(session_checker, decides_as_the_definitions_do_on_short_histories) {
    expect_as_defined(6, 2, 3'000);
    expect_as_defined(7, 3, 3'000);
}
TEST(session_checker, decides_as_the_definitions_do_on_longer_histories) {
    expect_as_defined(9, 2, 1'000);
    expect_as_defined(11, 3, 1'000);
}

client_history any_history() {
    auto steps = *rc::gen::arbitrary<std::vector<register_step>>();
    steps.resize(std::min<std::size_t>(steps.size(), 10));
    return register_history(steps, 3);
}

RC_GTEST_PROP(session_checker, decides_as_the_definitions_do, ()) {
    const client_history of = any_history();
    for (const guarantee which : guarantees)
        RC_ASSERT(keeps(of, which) == by_definition(of, which));
}

RC_GTEST_PROP(session_checker, does_not_mind_what_processes_and_keys_are_called, ()) {
    const client_history of = any_history();
    client_history renamed = of;
    for (client_operation& each : renamed) {
        each.process = 50 - each.process;
        each.key = list({value(7), each.key});
    }
    for (const guarantee which : guarantees) {
        RC_ASSERT(check(of, which).kind == check(renamed, which).kind);
        RC_ASSERT(check(of, which).evidence == check(renamed, which).evidence);
    }
}

/// Each guarantee has a history that breaks it, and those that the history keeps.
struct broken {
    guarantee which;
    client_history history;
    std::vector<guarantee> kept;
};
std::vector<broken> broken_guarantees() {
    history_writer own;
    own.write(0, "x", 1).read(0, "x", nothing);
    history_writer reads;
    reads.write(0, "x", 1).write(1, "x", 2).read(2, "x", 1).read(2, "x", 2).read(2, "x", 1);
    history_writer writes;
    writes.write(0, "x", 1).write(0, "x", 2).read(1, "x", 2).read(1, "x", 1);
    history_writer follow;
    follow.write(0, "x", 1).read(1, "x", 1).write(1, "x", 2).read(2, "x", 2).read(2, "x", 1);
    return {
        {guarantee::read_your_writes,
         own,
         {guarantee::monotonic_reads, guarantee::monotonic_writes, guarantee::writes_follow_reads}},
        {guarantee::monotonic_reads, reads, {guarantee::read_your_writes}},
        {guarantee::monotonic_writes,
         writes,
         {guarantee::read_your_writes, guarantee::monotonic_reads, guarantee::writes_follow_reads}},
        {guarantee::writes_follow_reads,
         follow,
         {guarantee::read_your_writes, guarantee::monotonic_reads, guarantee::monotonic_writes}}};
}

TEST(session_checker, tells_the_guarantees_apart) {
    for (const broken& each : broken_guarantees()) {
        EXPECT_EQ(check(each.history, each.which).kind, to_text(each.which));
        EXPECT_EQ(check(each.history, guarantee::all).kind, to_text(each.which));
        for (const guarantee kept : each.kept) {
            EXPECT_TRUE(keeps(each.history, kept)) << to_text(each.which) << to_text(kept);
        }
    }
}

TEST(session_checker, blames_reads_that_are_not_monotonic_rather_than_the_writes) {
    history_writer of;
    of.write(0, "x", 1).write(1, "x", 2).read(2, "x", 1).read(2, "x", 2).read(2, "x", 1);
    EXPECT_EQ(check(of, guarantee::monotonic_writes).kind, "monotonic-reads");
}

TEST(session_checker, knows_what_only_all_four_together_forbid) {
    history_writer of;
    of.write(0, "x", 1).write(0, "y", 1).read(1, "y", 1).write(1, "z", 1);
    of.read(2, "z", 1).read(2, "x", nothing);
    for (const guarantee which : guarantees) {
        EXPECT_EQ(keeps(of, which), which != guarantee::all) << to_text(which);
    }
    EXPECT_EQ(check(of, guarantee::all).kind, "session");
}

TEST(session_checker, does_not_call_an_unanswered_write_forgotten) {
    history_writer of;
    of.write(0, "x", 1, response_kind::unknown).read(0, "x", nothing).read(0, "x", 1);
    EXPECT_TRUE(keeps(of, guarantee::all));
    of.read(0, "x", nothing);
    EXPECT_FALSE(keeps(of, guarantee::monotonic_reads));
}

TEST(session_checker, reports_only_what_is_certain) {
    history_writer of;
    of.write(0, "x", 1).write(1, "x", 2).read(0, "x", 2).read(2, "x", 2).read(2, "x", 1);
    EXPECT_TRUE(keeps(of, guarantee::monotonic_reads)) << "2 may have come before 1";
    EXPECT_TRUE(keeps(of, guarantee::read_your_writes)) << "2 may have come after 1";
    EXPECT_FALSE(keeps(of, guarantee::all)) << "but not both";
}

TEST(session_checker, says_in_words_who_forgot_its_own_write) {
    history_writer of;
    of.write(3, "x", 1).read(3, "x", nothing);
    const check_outcome found = check(of, guarantee::read_your_writes);
    EXPECT_EQ(found.explanation,
              "`process 3 read x : ok` (line 2) returned the initial value, although it knew of "
              "`process 3 write x 1 : ok` (line 1). line 1 comes before line 2, because process 3 "
              "did them in this order");
    EXPECT_EQ(found.evidence, (std::vector<std::size_t>{1, 0}));
}

TEST(session_checker, says_in_words_which_writes_changed_places) {
    history_writer of;
    of.write(0, "x", 1).write(0, "x", 2).read(1, "x", 2).read(1, "x", 1);
    EXPECT_EQ(check(of, guarantee::monotonic_writes).explanation,
              "`process 0 write x 2 : ok` (line 2) comes before `process 0 write x 1 : ok` (line "
              "1), because `process 1 read x : ok 1` (line 4) returned the value of the second "
              "when process 1 knew of both. However, line 1 comes before line 2, because process 0 "
              "did them in this order: a contradiction");
}

/// A client that reads now from one replica, now from another, or stays with one.
client_history roaming(std::size_t seed, bool stays) {
    constexpr std::size_t replicas = 3;
    dice roll(seed);
    std::array<std::vector<std::int64_t>, replicas> logs;  // each a prefix of the first
    history_writer made;
    for (std::int64_t step = 1; step <= 300; ++step) {
        const std::size_t replica = 1 + roll(replicas - 1);
        if (roll.chance(25)) {
            logs[0].push_back(step);
            made.write(0, "x", step);
        } else if (roll.chance(40)) {
            if (logs[replica].size() < logs[0].size()) {
                logs[replica].push_back(logs[0][logs[replica].size()]);
            }
        } else {
            const auto& log = logs[stays ? 1 : replica];
            made.read(1, "x", log.empty() ? nothing : value(log.back()));
        }
    }
    return made.done();
}

TEST(session_checker, accepts_a_client_that_stays_and_catches_one_that_roams) {
    std::size_t caught = 0;
    for (std::size_t seed = 0; seed < 20; ++seed) {
        EXPECT_TRUE(keeps(roaming(seed, true), guarantee::all));
        caught += keeps(roaming(seed, false), guarantee::monotonic_reads) ? 0U : 1U;
    }
    EXPECT_GE(caught, 18U);
}

TEST(session_checker, gives_up_at_its_bounds) {
    for (const guarantee which : guarantees) {
        const auto found = check_sessions(roaming(1, true), which, {.steps_max = 150});
        EXPECT_EQ(found->verdict, verdict::inconclusive) << to_text(which);
    }
}

TEST(session_checker, refuses_a_value_written_twice) {
    history_writer of;
    of.write(0, "x", 1).write(1, "x", 1);
    const auto found = check_sessions(of, guarantee::all);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().message.rfind("line 2: writes 1 again, after line 1", 0), 0U);
}

}  // namespace
