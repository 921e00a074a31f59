#include <partita/models/kv.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <test_paths.hpp>

#include <partita/models/clients.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/models/scenario.hpp>

#include "../kv/commands.hpp"
#include "../kv/holdings.hpp"
#include "../kv/options.hpp"
#include "../kv/ring.hpp"

namespace {

using namespace partita;
using namespace partita::kv;
using testing::ElementsAre;

std::set<node_id> nodes(std::size_t count) {
    std::set<node_id> all;
    for (std::size_t at = 1; at <= count; ++at) all.insert(node_id("n" + std::to_string(at)));
    return all;
}

// ---- the ring ----------------------------------------------------------------------------------

TEST(kv_ring, gives_each_key_as_many_owners_as_replicas_and_each_once) {
    const ring of(nodes(5), 16);
    for (const char* key : {"x", "y", "another key", ""}) {
        const auto owners = of.owners(key, 3);
        const auto others = of.fallbacks(key, 3);
        std::set<node_id> all(owners.begin(), owners.end());
        all.insert(others.begin(), others.end());
        EXPECT_EQ(owners.size(), 3U);
        EXPECT_EQ(others.size(), 2U);
        EXPECT_EQ(all, nodes(5)) << key;
    }
}

TEST(kv_ring, has_fewer_owners_when_there_are_fewer_nodes) {
    EXPECT_EQ(ring(nodes(2), 16).owners("x", 3).size(), 2U);
    EXPECT_TRUE(ring(nodes(2), 16).fallbacks("x", 3).empty());
    EXPECT_TRUE(ring({}, 16).owners("x", 3).empty());
}

TEST(kv_ring, gives_the_example_of_the_scenarios_a_place) {
    const auto owners = ring(nodes(5), 16).preference(ring(nodes(5), 16).partition_of("x"));
    EXPECT_THAT(owners, ElementsAre(node_id("n2"), node_id("n3"), node_id("n1"), node_id("n5"),
                                    node_id("n4")));
}

TEST(kv_ring, moves_keys_only_to_a_node_that_joins) {
    for (std::size_t count = 1; count < 10; ++count) {
        const ring before(nodes(count), 64);
        const ring after(nodes(count + 1), 64);
        const node_id joined("n" + std::to_string(count + 1));
        for (std::size_t at = 0; at < 64; ++at) {
            auto rest = after.preference(at);
            std::erase(rest, joined);
            EXPECT_EQ(rest, before.preference(at));
        }
    }
}

TEST(kv_ring, gives_every_node_a_share) {
    std::map<node_id, int> first;
    const ring of(nodes(8), 128);
    for (std::size_t at = 0; at < 128; ++at) ++first[of.preference(at).front()];
    for (const node_id each : nodes(8)) EXPECT_GT(first[each], 128 / 8 / 3) << each.name();
}

TEST(kv_roster, merges_in_any_order_and_believes_the_later_change) {
    roster one;
    one.set(node_id("n1"), true);
    one.set(node_id("n2"), true);
    roster other = one;
    other.set(node_id("n2"), false);
    one.set(node_id("n3"), true);
    roster forwards = one;
    forwards.merge(other);
    roster backwards = other;
    backwards.merge(one);
    EXPECT_EQ(forwards, backwards);
    EXPECT_THAT(forwards.members(), ElementsAre(node_id("n1"), node_id("n3")));
}

// ---- versions ----------------------------------------------------------------------------------

version at_time(std::int64_t time, const std::string& value, version_vector past = {}) {
    return {value, false, {time, 1, node_id("n1")}, std::move(past), 0};
}

/// Each timestamp has one value, and a past of its own.
rc::Gen<object> objects(versioning how) {
    const auto one = rc::gen::map(rc::gen::inRange<std::int64_t>(1, 6), [](std::int64_t time) {
        const auto count = static_cast<std::uint64_t>(time);
        return at_time(time, std::to_string(time),
                       {{node_id("n1"), count % 3 + 1}, {node_id("n2"), count / 3 + 1}});
    });
    return rc::gen::map(rc::gen::container<std::vector<version>>(one),
                        [how](const std::vector<version>& drawn) {
                            object made;
                            for (const version& each : drawn)
                                made = merged(how, made, object{{each}});
                            return made;
                        });
}

RC_GTEST_PROP(kv_versions, merge_is_commutative_associative_and_idempotent, ()) {
    const auto how = *rc::gen::element(versioning::timestamps, versioning::vectors);
    const object a = *objects(how);
    const object b = *objects(how);
    const object c = *objects(how);
    RC_ASSERT(merged(how, a, b) == merged(how, b, a));
    RC_ASSERT(merged(how, merged(how, a, b), c) == merged(how, a, merged(how, b, c)));
    RC_ASSERT(merged(how, a, a) == a);
    RC_ASSERT(covers(how, merged(how, a, b), a));
}

TEST(kv_versions, with_timestamps_the_last_write_stays) {
    const object all =
        merged(versioning::timestamps, object{{at_time(2, "new")}}, object{{at_time(1, "old")}});
    EXPECT_EQ(text_of(all), "new");
}

TEST(kv_versions, with_vectors_what_nobody_knew_of_stays) {
    const node_id n1("n1");
    const node_id n2("n2");
    const object one{{at_time(1, "1", {{n1, 1}})}};
    const object two{{at_time(2, "2", {{n2, 1}})}};
    const object both = merged(versioning::vectors, one, two);
    EXPECT_EQ(text_of(both), "1 | 2");
    const object after{{at_time(3, "3", {{n1, 2}, {n2, 1}})}};
    EXPECT_EQ(text_of(merged(versioning::vectors, both, after)), "3");
    EXPECT_EQ(text_of(merged(versioning::vectors, both, object{{at_time(3, "3", {{n1, 2}})}})),
              "2 | 3");
}

TEST(kv_versions, a_flipped_value_wins_by_its_place_in_a_fold_but_loses_where_it_is_stored) {
    const versioning how = versioning::timestamps;
    const object sound{{at_time(1, "1")}};
    object flipped = sound;
    flipped.siblings[0].value = "-1";
    flipped.siblings[0].written = {};
    EXPECT_EQ(text_of(folded(how, sound, flipped)), "-1");
    EXPECT_EQ(text_of(folded(how, flipped, sound)), "1");
    EXPECT_EQ(text_of(folded(how, flipped, object{})), "-1");
    EXPECT_EQ(text_of(merged(how, sound, flipped)), "1");
    EXPECT_EQ(text_of(merged(how, flipped, sound)), "1");
}

TEST(kv_versions, a_sealed_version_shows_that_it_was_changed) {
    version sealed = at_time(1, "1");
    seal(sealed, "x");
    EXPECT_EQ(intact(object{{sealed}}, "x"), object{{sealed}});
    EXPECT_TRUE(intact(object{{sealed}}, "y").absent());
    sealed.value = "-1";
    EXPECT_TRUE(intact(object{{sealed}}, "x").absent());
    EXPECT_TRUE(intact(object{{at_time(1, "1")}}, "x").absent());
}

TEST(kv_versions, a_delete_reads_as_not_found) {
    version tombstone = at_time(2, "");
    tombstone.deleted = true;
    EXPECT_EQ(text_of(object{{tombstone}}), not_found);
    EXPECT_EQ(text_of(object{}), not_found);
}

// ---- what is on disk ---------------------------------------------------------------------------

class disk final : public storage_port {
   public:
    void put(std::string_view key, std::string_view value) override {
        all_[std::string(key)] = std::string(value);
    }
    void erase(std::string_view key) override { all_.erase(std::string(key)); }
    void sync() override {}
    [[nodiscard]] std::optional<std::string> value_of(std::string_view key) const override {
        const auto found = all_.find(std::string(key));
        return found == all_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] std::vector<std::string> keys() const override {
        std::vector<std::string> names;
        for (const auto& [key, value] : all_) names.push_back(key);
        return names;
    }

   private:
    std::map<std::string, std::string> all_;
};

TEST(kv_holdings, are_recovered_with_debts_and_ring) {
    disk kept;
    roster ring_then;
    ring_then.set(node_id("n1"), true);
    const object x{{at_time(1, "1")}};
    holdings first = holdings::recovered(kept, true);
    first.keep(kept, "x", x);
    first.keep(kept, "gone", x);
    first.keep(kept, "gone", {});
    first.owe(kept, node_id("n2"), "with/slash", x);
    first.owe(kept, node_id("n3"), "paid", x);
    first.pay(kept, node_id("n3"), "paid");
    first.remember(kept, ring_then);

    const holdings again = holdings::recovered(kept, true);
    EXPECT_EQ(again.objects(), first.objects());
    EXPECT_EQ(again.at("x"), x);
    EXPECT_TRUE(again.at("gone").absent());
    EXPECT_EQ(again.debts(), first.debts());
    EXPECT_EQ(again.debts().at(node_id("n2")).at("with/slash"), x);
    EXPECT_EQ(again.members(), ring_then);
}

TEST(kv_holdings, in_memory_leave_the_ring_and_nothing_else) {
    disk kept;
    holdings first = holdings::recovered(kept, false);
    first.keep(kept, "x", object{{at_time(1, "1")}});
    first.remember(kept, {});
    EXPECT_THAT(kept.keys(), ElementsAre("kv/members"));
    EXPECT_TRUE(holdings::recovered(kept, false).objects().empty());
}

TEST(kv_holdings, take_a_damaged_entry_for_none) {
    disk kept;
    kept.put("kv/object/x", "no object");
    kept.put("kv/members", "no roster");
    const holdings found = holdings::recovered(kept, true);
    EXPECT_TRUE(found.at("x").absent());
    EXPECT_FALSE(found.members());
}

// ---- how a read is shown -----------------------------------------------------------------------

std::string shown_after(const told_of_key& what, const std::string& value,
                        std::vector<std::string> arguments = {"x"}) {
    told state;
    state.keys["x"] = what;
    return shown_read(state, command{"n1", "read", std::move(arguments)}, response::ok(value));
}

TEST(kv_reads, are_shown_against_what_was_acknowledged) {
    EXPECT_EQ(shown_after({"1", {}}, "1"), "OK");
    EXPECT_EQ(shown_after({"1", {}}, "-1"), "FAIL, {1, -1}");
    EXPECT_EQ(shown_after({{}, {"1"}}, "1"), "1");
    EXPECT_EQ(shown_after({}, "NOT FOUND"), "NOT FOUND");
    EXPECT_EQ(shown_after({"1", {"2"}}, "2"), "2");
    EXPECT_EQ(shown_after({"NOT FOUND", {}}, "NOT FOUND"), "NOT FOUND");
    EXPECT_EQ(shown_after({"2", {}}, "1 | 2"), "1 | 2");
    EXPECT_EQ(shown_after({"1", {}}, "1", {"x", "2"}), "FAIL, {2, 1}");
    EXPECT_EQ(shown_read({}, {"n1", "read", {"x"}}, response::unknown("timeout")), "TIMEOUT");
}

// ---- histories for checkers --------------------------------------------------------------------

operation done(command what, response answer, std::uint64_t from, std::uint64_t to) {
    operation made{std::move(what), {}, {}, std::move(answer)};
    made.invoked_position = from;
    made.responded_position = to;
    return made;
}

TEST(clients_of, has_a_process_for_each_client) {
    const client_history all =
        clients_of({done({"n1", "write", {"x", "1"}}, response::unknown("timeout"), 1, 2),
                    done({"n1", "read", {"x"}}, response::ok("one"), 3, 6),
                    done({"n1", "read", {"x"}, true}, response::ok(), 4, 7),
                    done({"n2", "cas", {"7", "1", "2"}}, response::fail("no"), 5, 8),
                    done({"n1", "read", {"x"}}, response::ok("-3"), 9, 10)});
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(to_text(all[0]), "process 0 write x 1 : unknown");
    EXPECT_EQ(to_text(all[1]), "process 1 read x : ok \"one\"");
    EXPECT_EQ(to_text(all[2]), "process 2 read x : ok");
    EXPECT_EQ(to_text(all[3]), "process 3 cas 7 [1,2] : fail");
    EXPECT_EQ(to_text(all[4]), "process 1 read x : ok -3");
    EXPECT_EQ(all[0].invoked, 1U);
    EXPECT_EQ(all[0].responded, client_operation::never);
    EXPECT_EQ(all[1].responded, 6U);
}

// ---- the application ---------------------------------------------------------------------------

application_reference with(std::map<std::string, std::string> parameters) {
    return {"kv", std::move(parameters)};
}

fault_plan plan_of(std::initializer_list<fault_kind> kinds) {
    fault_plan made;
    made.restart_after = std::chrono::seconds(1);
    for (const fault_kind each : kinds) made.allow(each);
    return made;
}

explore_outcome explored(const application& of, std::map<std::string, std::string> parameters,
                         std::initializer_list<fault_kind> kinds, std::uint64_t trials) {
    return explore(of, with(std::move(parameters)), plan_of(kinds),
                   {.seed = 1, .trials_max = trials}, batches_of(of));
}

std::string in_words(const explore_outcome& of) {
    if (!of.found) return "nothing found";
    return to_text(*of.found) + of.summary->violation->property + ": " +
           of.summary->violation->explanation;
}

TEST(kv_store, keeps_what_it_promises_in_random_trials) {
    const std::vector<std::map<std::string, std::string>> stores{
        {},
        {{"atomic", "on"}},
        {{"atomic", "on"}, {"nodes", "5"}},
        {{"r", "1"}, {"w", "1"}, {"nodes", "5"}},
        {{"versions", "vectors"}},
        {{"checksum", "on"}, {"storage", "memory"}}};
    for (const auto& each : stores) {
        const auto outcome =
            explored(store(), each,
                     {fault_kind::omission, fault_kind::delay, fault_kind::reordering,
                      fault_kind::duplication, fault_kind::partition, fault_kind::crash},
                     1'500);
        EXPECT_FALSE(outcome.found) << in_words(outcome);
        EXPECT_EQ(outcome.inconclusive, 0U);
    }
}

/// With joins and leaves in random workloads, as the original's PERFORM_LEAVES_AND_JOINS.
application with_ring_changes() {
    application made = store();
    const auto node = [] {
        return rc::gen::elementOf(std::vector<std::string>{"n1", "n2", "n3", "n4"});
    };
    for (command_definition& each : made.commands) {
        if (each.name == "leave") {
            each.arguments = [node] {
                return rc::gen::container<std::vector<std::string>>(1, node());
            };
        } else if (each.name == "join") {
            each.arguments = [node] {
                return rc::gen::container<std::vector<std::string>>(2, node());
            };
        }
    }
    return made;
}

TEST(kv_store, converges_while_nodes_join_and_leave) {
    for (const char* joined : {"all", "none"}) {
        // No crashes: who stays away may be the only one that knows of both halves of a ring.
        const auto outcome =
            explored(with_ring_changes(), {{"nodes", "4"}, {"joined", joined}},
                     {fault_kind::omission, fault_kind::delay, fault_kind::partition}, 1'500);
        EXPECT_FALSE(outcome.found) << in_words(outcome);
    }
}

struct deck_example {
    fault_kind kind = fault_kind::partition;
    std::string finding;
    std::size_t lines = 0;  // of the deck's script
};
void PrintTo(const deck_example& it, std::ostream* to) { *to << it.finding; }

class deck : public testing::TestWithParam<deck_example> {};

TEST_P(deck, counterexamples_are_found_by_a_random_search) {
    const application of = store();
    const auto outcome = explored(of, {{"consistency", "deck"}}, {GetParam().kind}, 10'000);
    ASSERT_TRUE(outcome.found);
    EXPECT_EQ(outcome.summary->violation->kind, GetParam().finding) << in_words(outcome);
    const shrink_outcome least = shrink(*outcome.found, trials_of(of), {});
    EXPECT_LE(least.smallest.steps.size() + least.smallest.deviations.size(), GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    all, deck,
    testing::Values(deck_example{fault_kind::partition, "no quorum", 7},
                    deck_example{fault_kind::delay, "unacknowledged write visible", 7},
                    deck_example{fault_kind::custom, "value never written", 5}),
    [](const auto& of) { return std::string(to_text(of.param.kind)); });

scenario scenario_of(const std::string& name) {
    std::ifstream in(std::string(test::source_dir) + "/tests/scenarios/kv/" + name + ".scenario");
    std::stringstream text;
    text << in.rdbuf();
    auto read = parse_scenario(text.str(), name);
    if (!read) throw std::runtime_error(read.error().message);
    return *std::move(read);
}

TEST(kv_store, is_deterministic) {
    for (const char* name : {"deck-2-unacknowledged-write-visible", "original-10-long-history",
                             "leave-waits-for-the-owner", "writes-at-once"}) {
        const auto differs = check_determinism(store(), scenario_of(name).schedule);
        EXPECT_FALSE(differs) << name << ": " << differs->first << " / " << differs->second;
    }
}

TEST(kv_store, has_a_scenario_for_each_planted_bug_that_holds_without_it) {
    for (const planted_bug& each : planted_bugs()) {
        if (each.which == bug::none) continue;
        SCOPED_TRACE(each.name);
        schedule it = scenario_of("bug-" + std::string(each.name)).schedule;
        ASSERT_EQ(it.application.parameters.at("bug"), each.name);
        EXPECT_EQ(run(store(), it).verdict, verdict::violated);
        it.application.parameters.erase("bug");
        const outcome sound = run(store(), it);
        EXPECT_EQ(sound.verdict, verdict::holds) << sound.violation->explanation;
    }
}

TEST(kv_store, says_what_is_wrong_with_a_fault_it_does_not_know) {
    schedule it = scenario_of("deck-3-flipped-value-read").schedule;
    std::get<fault_step>(it.steps[3]).arguments = {"n2", "bitrot"};
    const outcome seen = run(store(), it);
    ASSERT_TRUE(seen.violation);
    EXPECT_EQ(seen.verdict, verdict::inconclusive);
    EXPECT_THAT(seen.violation->explanation,
                testing::HasSubstr("expected bitflip or diskloss, not 'bitrot'"));
}

}  // namespace
