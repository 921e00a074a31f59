#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <partita/runtime/delivery.hpp>
#include <partita/runtime/random_source.hpp>

#include "delivery_core.hpp"

namespace {

using namespace partita;
using namespace partita::detail;
using namespace std::chrono_literals;
using sequences = std::vector<std::uint64_t>;

time_point at(duration since) { return time_point(since); }

// ---- the window --------------------------------------------------------------------------------

RC_GTEST_PROP(sequence_window, is_the_set_of_what_was_put_in,
              (const std::vector<std::uint8_t>& inserted, std::uint8_t floor)) {
    sequence_window window;
    std::set<std::uint64_t> model;
    const std::uint64_t raised_at = inserted.size() / 2;
    for (std::size_t at = 0; at < inserted.size(); ++at) {
        if (at == raised_at) {
            window.raise(floor);
            for (std::uint64_t below = 0; below < floor; ++below) model.insert(below);
        }
        window.insert(inserted[at]);
        model.insert(inserted[at]);
    }
    for (std::uint64_t sequence = 1; sequence < 260; ++sequence) {
        RC_ASSERT(window.contains(sequence) == model.contains(sequence));
    }
    RC_ASSERT(window.contains(window.floor()) == false);
}

// ---- the sender --------------------------------------------------------------------------------

const delivery_lane lane_a{0, 1, 0};
const delivery_lane lane_b{0, 2, 0};

acknowledgement reached(std::uint64_t life, sequences which) {
    return {life, 1, std::move(which), {}, {}};
}

delivery_options unknown_lives() {
    delivery_options options;
    options.incarnation_assumed = 0;
    return options;
}

/// When each try happens, by the sender's own clock.
std::vector<duration> tries_of(const delivery_options& options) {
    reliable_sender sender(options);
    (void)sender.add(lane_a, false, at(0s));
    std::vector<duration> when;
    while (const auto due = sender.next_due()) {
        const auto made = sender.tick(*due);
        when.insert(when.end(), made.again.size(), due->time_since_epoch());
        if (!made.given_up.empty()) when.push_back(-due->time_since_epoch());
    }
    return when;
}

TEST(reliable_sender, backs_off_up_to_the_cap_and_then_gives_up) {
    EXPECT_EQ(tries_of({}),
              (std::vector<duration>{1s, 3s, 7s, 15s, 31s, 61s, 91s, 121s, 151s, -181s}));
    delivery_options quick;
    quick.retransmit_interval = 10ms;
    quick.retransmit_interval_max = 5ms;
    quick.tries_max = 3;
    EXPECT_EQ(tries_of(quick), (std::vector<duration>{10ms, 20ms, -30ms}));
}

TEST(reliable_sender, says_which_outstanding_one_of_the_lane_is_before) {
    reliable_sender sender({});
    for (int count = 0; count < 2; ++count) {
        (void)sender.add(lane_a, false, at(0s));
        (void)sender.add(lane_b, false, at(0s));
    }
    EXPECT_EQ(sender.before(3), 1U);
    EXPECT_EQ(sender.before(4), 2U);
    EXPECT_EQ(sender.acknowledged(reached(1, {1, 1, 77}), at(1ms)).reached, (sequences{1}));
    EXPECT_EQ(sender.before(3), 0U);
    EXPECT_EQ(sender.floor(), 2U);
    (void)sender.acknowledged(reached(1, {3}), at(1ms));
    EXPECT_EQ(sender.before(sender.add(lane_a, false, at(0s))), 0U) << "nothing is outstanding";
    (void)sender.acknowledged(reached(1, {4, 2, 5}), at(2ms));
    EXPECT_EQ(sender.floor(), 6U);
    EXPECT_FALSE(sender.next_due().has_value());
}

TEST(reliable_sender, gives_up_in_order_so_that_the_floor_is_exact) {
    delivery_options options;
    options.tries_max = 1;
    reliable_sender sender(options);
    (void)sender.add(lane_a, false, at(0s));
    (void)sender.add(lane_b, false, at(0s));
    (void)sender.acknowledged({1, 1, {}, {1}, {}}, at(1ms));  // the first is there, and waits
    EXPECT_EQ(sender.tick(at(1s)).again, (sequences{1, 2}));
    EXPECT_EQ(sender.floor(), 1U);
    std::vector<std::uint64_t> given_up;
    while (const auto due = sender.next_due()) {
        for (const auto& each : sender.tick(*due).given_up) given_up.push_back(each.sequence);
    }
    EXPECT_EQ(given_up, (sequences{1, 2}));
}

TEST(reliable_sender, sends_what_waited_for_one_given_up_at_once) {
    delivery_options options;
    options.tries_max = 2;
    reliable_sender sender(options);
    (void)sender.add(lane_a, false, at(0s));
    (void)sender.add(lane_a, false, at(0s));
    (void)sender.tick(at(1s));
    (void)sender.acknowledged({1, 1, {}, {2}, {}}, at(1s + 1ms));
    const auto made = sender.tick(at(3s));
    ASSERT_EQ(made.given_up.size(), 1U);
    EXPECT_EQ(made.given_up[0].sequence, 1U);
    EXPECT_EQ(made.given_up[0].tries, 2U);
    ASSERT_FALSE(made.again.empty());
    EXPECT_EQ(made.again.back(), 2U);
    EXPECT_EQ(sender.before(2), 0U) << "it waits for nothing any more";
}

TEST(reliable_sender, sends_all_to_a_new_life_but_what_was_for_the_old_one) {
    reliable_sender sender(unknown_lives());
    (void)sender.destination_lives(3, at(0s));
    (void)sender.add(lane_a, false, at(0s));
    (void)sender.add(lane_a, true, at(0s));
    EXPECT_EQ(sender.life_of(2), 3U);
    EXPECT_TRUE(sender.reconnected(2, at(1ms)).again.empty()) << "old news";
    EXPECT_EQ(sender.reconnected(3, at(2ms)).again, (sequences{1, 2}));
    const auto made = sender.acknowledged(reached(4, {}), at(5ms));
    EXPECT_EQ(made.again, (sequences{1}));
    ASSERT_EQ(made.given_up.size(), 1U);
    EXPECT_EQ(made.given_up[0].why, loss::destination_restarted);
    EXPECT_EQ(sender.life(), 4U);
    EXPECT_TRUE(sender.acknowledged(reached(3, {1}), at(6ms)).reached.empty())
        << "the old life had it, but is gone";
    EXPECT_EQ(sender.acknowledged(reached(4, {1}), at(7ms)).reached, (sequences{1}));
}

TEST(reliable_sender, binds_a_message_to_the_first_life_it_hears_of) {
    reliable_sender sender(unknown_lives());
    (void)sender.add(lane_a, true, at(0s));
    EXPECT_EQ(sender.life_of(1), 0U);
    EXPECT_EQ(sender.acknowledged(reached(9, {}), at(1ms)).again, (sequences{1}));
    EXPECT_EQ(sender.life_of(1), 9U);
}

// ---- the receiver ------------------------------------------------------------------------------

std::shared_ptr<delivery_stamp> stamp(std::uint64_t sequence, std::uint64_t after = 0,
                                      std::uint64_t floor = 1, std::uint64_t life = 1) {
    delivery_stamp made;
    made.incarnation = life;
    made.sequence = sequence;
    made.after = after;
    made.floor = floor;
    made.destination_incarnation = 1;
    return std::make_shared<delivery_stamp>(made);
}

std::shared_ptr<delivery_stamp> causal(std::uint64_t sequence, std::vector<causal_row> rows,
                                       std::uint64_t life = 1) {
    auto made = stamp(sequence);
    made->destination_incarnation = life;
    made->causal = causal_past{std::move(rows)};
    return made;
}

const delivery_end from_a{node_id("a"), 0};
const delivery_end from_b{node_id("b"), 0};

sequences released(reliable_receiver& receiver) {
    sequences all;
    while (const auto next = receiver.next_ready()) all.push_back(next->id.sequence);
    return all;
}

struct receiver_of_c : testing::Test {
    delivery_options options;
    reliable_receiver c{node_id("c"), 1, options};
    arrival arrive(const delivery_end& from, const std::shared_ptr<delivery_stamp>& with,
                   duration when = 0s) {
        return c.arrive(from, with, at(when));
    }
};
using reliable_receiver_of_c = receiver_of_c;

TEST_F(reliable_receiver_of_c, keeps_the_order_of_a_lane_and_lets_others_pass) {
    EXPECT_EQ(arrive(from_a, stamp(3, 1)), arrival::hold);
    EXPECT_EQ(arrive(from_a, stamp(2)), arrival::deliver);
    EXPECT_EQ(arrive(from_a, stamp(3, 1)), arrival::held_already);
    EXPECT_EQ(arrive(from_a, stamp(4, 3)), arrival::hold);
    EXPECT_TRUE(released(c).empty());
    EXPECT_EQ(arrive(from_a, stamp(1)), arrival::deliver);
    EXPECT_EQ(released(c), (sequences{3, 4}));
    EXPECT_EQ(arrive(from_a, stamp(3)), arrival::repetition);
    EXPECT_EQ(c.gaps() + c.held(), 0U);
}

TEST_F(reliable_receiver_of_c, goes_on_when_the_floor_passes_what_was_given_up) {
    EXPECT_EQ(arrive(from_a, stamp(3, 1)), arrival::hold);
    EXPECT_EQ(arrive(from_a, stamp(4, 0, 2)), arrival::deliver);
    EXPECT_EQ(released(c), (sequences{3}));
    EXPECT_EQ(arrive(from_a, stamp(1)), arrival::repetition) << "too late";
}

TEST_F(reliable_receiver_of_c, abandons_what_its_sender_gave_up_while_it_waited) {
    EXPECT_EQ(arrive(from_a, stamp(3, 1)), arrival::hold);
    EXPECT_EQ(arrive(from_a, stamp(5, 0, 5)), arrival::deliver) << "3 may not follow it";
    EXPECT_TRUE(released(c).empty());
    const auto gone = c.take_abandoned();
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0].why, reliable_receiver::reason::given_up);
    EXPECT_EQ(c.held(), 0U);
}

TEST_F(reliable_receiver_of_c, forgets_earlier_lives_of_a_sender) {
    EXPECT_EQ(arrive(from_a, stamp(2, 1)), arrival::hold);
    EXPECT_EQ(arrive(from_a, stamp(7, 0, 7, 2)), arrival::deliver);
    const auto gone = c.take_abandoned();
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0].why, reliable_receiver::reason::source_restarted);
    EXPECT_EQ(arrive(from_a, stamp(1)), arrival::source_restarted);
    EXPECT_EQ(arrive(from_a, stamp(7, 0, 7, 2)), arrival::repetition);
}

TEST_F(reliable_receiver_of_c, delivers_again_only_when_told_not_to_deduplicate) {
    options.deduplicate = false;
    reliable_receiver again(node_id("c"), 1, options);
    EXPECT_EQ(again.arrive(from_a, stamp(1), at(0s)), arrival::deliver);
    EXPECT_EQ(again.arrive(from_a, stamp(1), at(0s)), arrival::deliver);
    EXPECT_EQ(again.arrive(from_a, causal(2, {}), at(0s)), arrival::deliver);
    EXPECT_EQ(again.arrive(from_a, causal(2, {}), at(0s)), arrival::repetition);
    EXPECT_EQ(again.arrive(from_a, stamp(3, 0, 3), at(0s)), arrival::deliver);
    EXPECT_EQ(again.arrive(from_a, stamp(1), at(0s)), arrival::repetition) << "below the floor";
}

TEST_F(reliable_receiver_of_c, holds_no_more_than_it_may) {
    options.held_max = 2;
    reliable_receiver small(node_id("c"), 1, options);
    EXPECT_EQ(small.arrive(from_a, stamp(2, 1), at(0s)), arrival::hold);
    EXPECT_EQ(small.arrive(from_a, stamp(3, 2), at(0s)), arrival::hold);
    EXPECT_EQ(small.arrive(from_a, stamp(4, 3), at(0s)), arrival::full);
    EXPECT_EQ(small.arrive(from_a, stamp(1), at(0s)), arrival::deliver);
    EXPECT_EQ(released(small), (sequences{2, 3}));
    EXPECT_EQ(small.arrive(from_a, stamp(4, 3), at(0s)), arrival::deliver);
}

TEST_F(reliable_receiver_of_c, refuses_stamps_that_make_no_sense) {
    for (const auto& wrong :
         {stamp(0), stamp(3, 3), stamp(3, 0, 4), stamp(1, 0, 1, 0), stamp(~std::uint64_t{0})}) {
        EXPECT_EQ(arrive(from_a, wrong), arrival::malformed);
    }
}

TEST_F(reliable_receiver_of_c, waits_for_what_another_node_sent_before) {
    const std::vector<causal_row> after_a2{{from_a.node, 1, 1, false, {{node_id("c"), 1, 2}}}};
    EXPECT_EQ(arrive(from_b, causal(1, after_a2)), arrival::hold);
    EXPECT_EQ(arrive(from_a, causal(1, {})), arrival::deliver);
    EXPECT_TRUE(released(c).empty());
    EXPECT_EQ(arrive(from_a, causal(2, {})), arrival::deliver);
    EXPECT_EQ(released(c), (sequences{1}));
}

TEST_F(reliable_receiver_of_c, ignores_what_was_for_another_life_of_it) {
    reliable_receiver second(node_id("c"), 2, options);
    const std::vector<causal_row> row{{from_a.node, 1, 1, false, {{node_id("c"), 1, 2}}}};
    EXPECT_EQ(second.arrive(from_b, causal(1, row, 2), at(0s)), arrival::deliver);
    EXPECT_EQ(second.arrive(from_a, causal(2, {}, 1), at(0s)), arrival::destination_restarted);
    EXPECT_EQ(second.arrive(from_a, causal(3, {}, 0), at(0s)), arrival::life_unknown);
}

TEST_F(reliable_receiver_of_c, waits_no_longer_when_the_life_it_waited_for_ended) {
    const std::vector<causal_row> after_a1{{from_a.node, 1, 1, false, {{node_id("c"), 1, 1}}}};
    EXPECT_EQ(arrive(from_b, causal(1, after_a1)), arrival::hold);
    c.node_lives(from_a.node, 2);
    EXPECT_EQ(released(c), (sequences{1}));
    EXPECT_EQ(arrive(from_a, causal(1, {})), arrival::source_restarted);
}

TEST_F(reliable_receiver_of_c, waits_no_longer_than_it_may_and_then_refuses_what_it_overtook) {
    const std::vector<causal_row> after_a2{{from_a.node, 1, 1, false, {{node_id("c"), 1, 2}}}};
    EXPECT_EQ(arrive(from_b, causal(1, after_a2)), arrival::hold);
    ASSERT_EQ(c.next_due(), at(240s));
    c.tick(at(239s));
    EXPECT_TRUE(released(c).empty());
    c.tick(at(240s));
    EXPECT_EQ(released(c), (sequences{1}));
    EXPECT_EQ(arrive(from_a, causal(2, {}), 241s), arrival::refused);
    EXPECT_EQ(arrive(from_a, causal(1, {}), 241s), arrival::refused) << "it precedes the second";
    EXPECT_EQ(arrive(from_a, stamp(3), 241s), arrival::deliver);
    EXPECT_FALSE(c.next_due().has_value());
}

TEST_F(reliable_receiver_of_c, overtakes_none_that_it_holds) {
    const std::vector<causal_row> after_b1{{from_b.node, 1, 1, false, {{node_id("c"), 1, 1}}}};
    const std::vector<causal_row> after_a1{{from_a.node, 1, 1, false, {{node_id("c"), 1, 1}}}};
    EXPECT_EQ(arrive({node_id("d"), 0}, causal(5, after_a1), 0s), arrival::hold);
    EXPECT_EQ(arrive(from_a, causal(1, after_b1), 100s), arrival::hold);
    c.tick(at(240s));
    EXPECT_TRUE(released(c).empty());
    c.tick(at(339s));
    EXPECT_TRUE(released(c).empty());
    c.tick(at(340s));
    EXPECT_EQ(released(c), (sequences{1, 5}));
    EXPECT_FALSE(c.next_due().has_value());
}

TEST_F(reliable_receiver_of_c, drops_what_waited_too_long_for_its_own_sender) {
    EXPECT_EQ(arrive(from_a, stamp(2, 1)), arrival::hold);
    c.tick(at(240s));
    EXPECT_TRUE(released(c).empty());
    ASSERT_EQ(c.take_abandoned().size(), 1U);
    EXPECT_EQ(arrive(from_a, stamp(2, 0, 2), 241s), arrival::deliver) << "it may come again";
}

// ---- causal knowledge --------------------------------------------------------------------------

TEST(causal_order, keeps_only_what_may_be_under_way) {
    causal_order a(node_id("a"), 1);
    EXPECT_EQ(a.past().size(), 1U) << "its own row";
    a.outstanding(node_id("c"), 1, 4);
    causal_order b(node_id("b"), 1);
    b.learn(a.past());
    ASSERT_EQ(b.past().size(), 2U);
    EXPECT_EQ(b.past()[0].entries, (std::vector<causal_entry>{{node_id("c"), 1, 4}}));
    const auto stale = a.past();
    a.outstanding(node_id("c"), 1, 0);
    b.learn(a.past());
    EXPECT_EQ(b.past().size(), 1U);
    b.learn(stale);
    EXPECT_EQ(b.past().size(), 1U) << "older versions say nothing";
}

TEST(causal_order, forgets_what_a_destination_has) {
    causal_order a(node_id("a"), 1);
    a.outstanding(node_id("c"), 1, 4);
    causal_order b(node_id("b"), 1);
    b.learn(a.past());
    const auto carried = b.past();
    b.reached(node_id("c"), 1, carried);
    EXPECT_EQ(b.past().size(), 1U);
}

TEST(causal_order, forgets_lives_that_ended_but_passes_on_that_they_did) {
    causal_order b(node_id("b"), 1);
    b.learn({{node_id("a"), 1, 5, false, {{node_id("c"), 1, 2}, {node_id("d"), 1, 9}}}});
    b.node_lives(node_id("d"), 2);
    ASSERT_EQ(b.past()[0].entries.size(), 1U);
    b.node_lives(node_id("a"), 2);
    const auto past = b.past();
    ASSERT_EQ(past.size(), 2U);
    EXPECT_EQ(past[0], (causal_row{node_id("a"), 2, 0, true, {}}));
    causal_order e(node_id("e"), 1);
    e.learn(past);
    EXPECT_EQ(e.past().size(), 2U);
}

TEST(delivery_stamp, survives_the_wire) {
    delivery_stamp one{3, 7, 6, 9, 8, 2, std::nullopt};
    delivery_stamp other = one;
    other.causal = causal_past{{{node_id("a"), 1, 2, true, {{node_id("b"), 3, 4}}}}};
    for (const delivery_stamp& each : {one, other}) {
        payload bytes;
        encode(bytes, each);
        delivery_stamp back;
        ASSERT_TRUE(decode(bytes, back));
        EXPECT_EQ(back, each);
    }
}

}  // namespace
