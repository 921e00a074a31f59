#include <partita/models/raft.hpp>

#include <deque>
#include <map>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

#include "../raft/bugs.hpp"
#include "../raft/log.hpp"
#include "../raft/registers.hpp"
#include "../raft/server.hpp"

namespace {

using namespace partita;
using namespace partita::raft;
using testing::ElementsAre;
using testing::IsEmpty;

const node_id n1("n1");
const node_id n2("n2");
const node_id n3("n3");
const node_id n4("n4");

entry of_term(term_number term) { return {term, entry_kind::nothing, {}, {}}; }
request write_of(const std::string& value) {
    return {actor_id{n1, 7}, request_kind::write, "x", value};
}

/// Servers that talk to each other without a world: messages arrive in the order sent, unless the
/// receiver is cut off.
class talk {
   public:
    explicit talk(const configuration& members, bug planted = bug::none) {
        for (const node_id each : members)
            servers_.try_emplace(each, server::options{each, members, planted}, ballot{},
                                 raft::log{});
    }
    server& at(node_id id) { return servers_.at(id); }
    void elect(node_id id) {
        at(id).campaign();
        settle();
    }
    /// Until nobody has anything to say.
    void settle() {
        for (bool quiet = false; !quiet;) {
            quiet = true;
            for (auto& [id, each] : servers_) quiet = !pass_on(id, each.take_output()) && quiet;
        }
    }
    configuration cut_off;
    std::vector<std::uint64_t> reads;  // answered

   private:
    bool pass_on(node_id from, const server_output& output) {
        reads.insert(reads.end(), output.reads.begin(), output.reads.end());
        for (const auto& [to, what] : output.messages) {
            if (cut_off.contains(to) || cut_off.contains(from)) continue;
            std::visit([&, id = to](const auto& message) { at(id).receive(from, message); }, what);
        }
        return !output.messages.empty();
    }
    std::map<node_id, server> servers_;
};

// ---- the log -----------------------------------------------------------------------------------

TEST(raft_log, matches_before_its_first_entry_and_nowhere_behind_its_last) {
    const raft::log of({of_term(1), of_term(3)});
    EXPECT_TRUE(of.matches(0, 0));
    EXPECT_TRUE(of.matches(2, 3));
    EXPECT_FALSE(of.matches(2, 1));
    EXPECT_FALSE(of.matches(3, 3));
    EXPECT_EQ(of.term_at(3), 0U);
}

TEST(raft_log, is_more_up_to_date_by_its_last_term_and_then_by_its_length) {
    const raft::log longer({of_term(1), of_term(1), of_term(1)});
    const raft::log later({of_term(1), of_term(2)});
    const raft::log shorter({of_term(1), of_term(1)});
    EXPECT_GT(end_of(later), end_of(longer));
    EXPECT_GT(end_of(longer), end_of(shorter));
}

TEST(raft_log, finds_the_last_members_before_an_index) {
    raft::log of({of_term(1), {1, entry_kind::members, {}, {n1}}, of_term(1)});
    of.append({2, entry_kind::members, {}, {n1, n2}});
    EXPECT_EQ(of.members_before(1), 0U);
    EXPECT_EQ(of.members_before(3), 2U);
    EXPECT_EQ(of.members_before(9), 4U);
    of.cut(4);
    EXPECT_EQ(of.members_before(9), 2U);
    EXPECT_EQ(of.last(), 3U);
}

TEST(raft_registers, do_a_request_once_for_each_client) {
    registers of;
    of.apply({actor_id{n1, 7}, request_kind::append, "x", "a"}, true);
    of.apply({actor_id{n1, 7}, request_kind::append, "x", "a"}, true);
    EXPECT_EQ(of.value_of("x"), "a");
    of.apply({actor_id{n1, 8}, request_kind::append, "x", "b"}, true);
    EXPECT_EQ(of.value_of("x"), "ab");
    of.apply({actor_id{n2, 7}, request_kind::write, "x", "c"}, true);
    EXPECT_EQ(of.value_of("x"), "c");
    EXPECT_EQ(of.value_of("y"), not_found);
}

// ---- the consensus module ----------------------------------------------------------------------

TEST(raft_server, leads_with_a_majority_and_not_without) {
    talk three({n1, n2, n3});
    three.cut_off = {n2, n3};
    three.elect(n1);
    EXPECT_FALSE(three.at(n1).leads());
    three.cut_off = {n3};
    three.elect(n1);
    EXPECT_TRUE(three.at(n1).leads());
    EXPECT_EQ(three.at(n2).leader(), n1);
    EXPECT_EQ(three.at(n2).ballot(), (ballot{2, n1}));
}

TEST(raft_server, votes_once_in_a_term) {
    server voter({n3, {n1, n2, n3}}, {}, {});
    voter.receive(n1, request_vote{1, {}});
    voter.receive(n2, request_vote{1, {}});
    voter.receive(n1, request_vote{1, {}});
    std::vector<bool> granted;
    for (const auto& [to, what] : voter.take_output().messages)
        granted.push_back(std::get<vote>(what).granted);
    EXPECT_THAT(granted, ElementsAre(true, false, true));
}

TEST(raft_server, sleeps_once_all_have_everything) {
    talk three({n1, n2, n3});
    three.elect(n1);
    EXPECT_EQ(three.at(n1).next(), pace::asleep);
    three.at(n1).propose(write_of("a"));
    three.settle();
    EXPECT_EQ(three.at(n1).next(), pace::heartbeat);
    EXPECT_EQ(three.at(n2).next(), pace::election);
    three.at(n1).beat();
    three.settle();
    for (const node_id each : {n1, n2, n3}) {
        EXPECT_EQ(three.at(each).commit(), 1U) << each.name();
        EXPECT_EQ(three.at(each).next(), pace::asleep) << each.name();
    }
}

TEST(raft_server, gives_way_to_the_log_of_a_later_leader) {
    talk three({n1, n2, n3});
    three.elect(n1);
    three.cut_off = {n1};
    three.at(n1).propose(write_of("a"));
    three.settle();
    three.elect(n2);
    three.at(n2).propose(write_of("b"));
    three.settle();
    EXPECT_TRUE(three.at(n1).leads());
    three.cut_off = {};
    three.at(n2).beat();
    three.settle();
    EXPECT_FALSE(three.at(n1).leads());
    EXPECT_EQ(three.at(n1).log().entries(), three.at(n2).log().entries());
    EXPECT_EQ(three.at(n1).log().at(1).request.value, "b");
}

TEST(raft_server, reads_only_while_a_majority_follows) {
    talk three({n1, n2, n3});
    three.elect(n1);
    three.cut_off = {n1};
    three.at(n1).read(5);
    three.settle();
    EXPECT_THAT(three.reads, IsEmpty());
    three.cut_off = {n2};
    three.at(n1).beat();
    three.settle();
    EXPECT_THAT(three.reads, ElementsAre(5));
}

TEST(raft_server, changes_members_one_at_a_time_and_not_before_a_commit_of_its_term) {
    talk four({n1, n2, n3, n4});
    four.elect(n1);
    EXPECT_EQ(four.at(n1).change(n4, false), change_outcome::not_now);
    four.settle();
    EXPECT_EQ(four.at(n1).change(n1, false), change_outcome::refused);
    EXPECT_EQ(four.at(n1).change(n4, true), change_outcome::as_it_was);
    EXPECT_EQ(four.at(n1).change(n4, false), change_outcome::begun);
    EXPECT_EQ(four.at(n1).change(n3, false), change_outcome::not_now);
    four.settle();
    EXPECT_EQ(four.at(n1).change(n3, false), change_outcome::begun);
    EXPECT_EQ(four.at(n1).members(), (configuration{n1, n2}));
}

TEST(raft_server, does_not_listen_to_a_candidate_that_was_removed) {
    talk three({n1, n2, n3});
    three.elect(n1);
    ASSERT_EQ(three.at(n1).change(n3, false), change_outcome::not_now);
    three.settle();
    ASSERT_EQ(three.at(n1).change(n3, false), change_outcome::begun);
    three.settle();
    three.at(n1).beat();
    three.settle();
    three.elect(n3);
    EXPECT_TRUE(three.at(n1).leads());
    EXPECT_EQ(three.at(n1).ballot().term, 1U);
    EXPECT_EQ(three.at(n3).next(), pace::asleep);
    EXPECT_NE(three.at(n3).whom_to_ask(), node_id{});
}

// ---- the planted bugs --------------------------------------------------------------------------

explore_outcome hunt(const std::string& parameters, const explore_options& with) {
    const bug_family family = bugs();
    const auto of = parse_schedule("app raft " + parameters + "\n", "test");
    return explore(family.application, of->application, family.plan, with,
                   batches_of(family.application));
}

TEST(raft_hunt, finds_the_plainest_mistakes_at_once) {
    for (const char* name : {"blind-cut", "any-log-wins", "own-vote-twice", "commit-past-match",
                             "committed-members-only"}) {
        const auto done = hunt(std::string("nodes=3 bug=") + name,
                               {.seed = 1, .trials_max = 1'000, .shrink_trials_max = 0});
        EXPECT_TRUE(done.found) << name;
    }
}

}  // namespace
