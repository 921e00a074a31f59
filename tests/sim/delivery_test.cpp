#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using numbers = std::vector<std::int64_t>;
using texts = std::vector<std::string>;

constexpr send_options reliably{.reliable = true};
constexpr send_options causally{.causal = true};

world_options lives_assumed(std::uint64_t incarnation) {
    world_options options;
    options.node.delivery.incarnation_assumed = incarnation;
    return options;
}
world_options told_of_lives() { return lives_assumed(1); }

/// Which tries of numbers from one node to another are lost on their way out.
void omit(node& here, std::string_view to, std::vector<std::uint64_t> ordinals,
          std::string_view type = "number") {
    here.hooks().install("omit " + std::string(to), [=](direction way, const envelope& message) {
        const bool meant =
            way == direction::send && message.destination.node == node_id(to) &&
            message.type->name == type &&
            std::find(ordinals.begin(), ordinals.end(), message.ordinal) != ordinals.end();
        return meant ? disposition::drop("omitted") : disposition::pass();
    });
}

/// How many events of a kind are of messages of that type, or of any.
std::size_t count(small_world& it, event_kind kind, std::string_view text) {
    const texts all = it.texts(kind);
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), text));
}

/// n1 sends 1, 2, 3 to the recorder of n2.
small_world three_numbers(const send_options& how, const world::start_function& disturb,
                          world_options options = told_of_lives()) {
    return small_world(
        2,
        [=](node& here) {
            if (disturb) disturb(here);
            if (is(here, "n2")) here.spawn<recorder>("recorder");
            if (is(here, "n1")) {
                here.spawn<starter>("main", [=](context& self) {
                    for (int value = 1; value <= 3; ++value)
                        self.send(at("n2", "recorder"), number{value}, how);
                });
            }
        },
        options);
}

TEST(reliable, undisturbed_costs_acknowledgements_and_nothing_else) {
    auto it = three_numbers(reliably, {});
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
    EXPECT_TRUE(it.texts(event_kind::drop).empty());
    EXPECT_LT(it->now().time_since_epoch(), 100ms) << "no timer is left";
}

TEST(reliable, sends_again_what_was_lost_and_keeps_the_order) {
    // The first try of 1, which is ordinal 1, and its second, which is 4.
    const auto disturb = [](node& here) {
        if (is(here, "n1")) omit(here, "n2", {1, 4});
    };
    auto plain = three_numbers({}, disturb);
    plain.finish();
    EXPECT_EQ(plain.numbers("n2"), (numbers{2, 3}));
    auto it = three_numbers(reliably, disturb);
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
    EXPECT_EQ(count(it, event_kind::delay, "waits for what was sent before it"), 2U);
    EXPECT_EQ(count(it, event_kind::drop, "omitted"), 2U);
    EXPECT_GT(it->now().time_since_epoch(), 3s) << "the third try, after 1 s and 2 s more";
}

TEST(reliable, delivers_once_although_acknowledgements_are_lost) {
    for (const bool deduplicate : {true, false}) {
        world_options options = told_of_lives();
        options.node.delivery.deduplicate = deduplicate;
        auto it = three_numbers(
            reliably,
            [](node& here) {
                if (is(here, "n2")) omit(here, "n1", {1, 2}, "acknowledgement");
            },
            options);
        it.finish();
        numbers got = it.numbers("n2");
        EXPECT_EQ(got.size(), deduplicate ? 3U : 5U);
        std::sort(got.begin(), got.end());
        got.erase(std::unique(got.begin(), got.end()), got.end());
        EXPECT_EQ(got, (numbers{1, 2, 3}));
    }
}

TEST(reliable, may_be_a_matter_of_the_channel) {
    static constexpr channel sure{"sure"};
    std::vector<channel_options> declared(1);
    declared[0].name = "sure";
    declared[0].reliable = true;
    world_options options = told_of_lives();
    options.node.channels = std::make_shared<const channel_table>(declared);
    const auto lost = [](node& here) {
        if (is(here, "n1")) omit(here, "n2", {1});
    };
    auto it = three_numbers({.channel = sure}, lost, options);
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
    auto other = three_numbers({}, lost, options);
    other.finish();
    EXPECT_EQ(other.numbers("n2"), (numbers{2, 3}));
    auto without = three_numbers({.channel = sure, .reliable = false}, lost, options);
    without.finish();
    EXPECT_EQ(without.numbers("n2"), (numbers{2, 3}));
}

TEST(reliable, gives_up_and_says_so) {
    world_options options = told_of_lives();
    options.node.delivery.tries_max = 3;
    auto it = three_numbers(
        reliably,
        [](node& here) {
            omit(here, "n2", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
        },
        options);
    it.finish();
    EXPECT_TRUE(it.numbers("n2").empty());
    EXPECT_EQ(count(it, event_kind::drop, "not acknowledged after 3 tries"), 3U);
    EXPECT_EQ(it->now().time_since_epoch(), 7s);
    EXPECT_TRUE(it->quiescent());
}

struct told_sender {
    using accepts = messages<undelivered>;
    void on_start(context& self) { self.send(at("n2", "recorder"), number{1}, reliably); }
    void on_message(context& self, const undelivered& told) {
        self.note(word{told.type + " to " + told.destination.node.name() + ": " + told.reason});
    }
};

TEST(reliable, tells_an_actor_that_wants_to_know_what_was_given_up) {
    world_options options = told_of_lives();
    options.node.delivery.tries_max = 1;
    options.node.delivery.report_undelivered = true;
    small_world it(
        2,
        [](node& here) {
            omit(here, "n2", {1, 2});
            if (!is(here, "n1")) return;
            here.spawn<told_sender>("wants");
            here.spawn<starter>("does not", [](context& self) {
                self.send(at("n2", "recorder"), number{2}, reliably);
            });
        },
        options);
    it.finish();
    EXPECT_EQ(it.words(), (texts{"number to n2: not acknowledged after 1 try"}));
    EXPECT_EQ(it.texts(event_kind::drop).size(), 4U) << "two omitted, two given up";
}

TEST(reliable, keeps_no_more_than_it_may) {
    world_options options = told_of_lives();
    options.node.delivery.outstanding_max = 2;
    auto it = three_numbers(reliably, {}, options);
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2}));
    EXPECT_EQ(it.texts(event_kind::drop), (texts{"too many unacknowledged"}));
}

TEST(reliable, an_actor_that_is_not_there_is_not_tried_again) {
    small_world it(2, [](node& here) {
        if (!is(here, "n1")) return;
        here.spawn<starter>(
            "main", [](context& self) { self.send(at("n2", "nobody"), number{1}, reliably); });
    });
    it.finish();
    EXPECT_EQ(it.texts(event_kind::drop), (texts{"no such actor"}));
    EXPECT_LT(it->now().time_since_epoch(), 100ms);
}

TEST(reliable, reaches_the_next_life_of_a_node_that_crashed) {
    auto it = three_numbers(reliably, {});
    it.crash("n2");
    it->run_for(10s);
    it.restart("n2");
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
    EXPECT_GE(count(it, event_kind::drop, "node down"), 3U);
}

TEST(reliable, tries_again_as_soon_as_the_peer_is_up) {
    auto it = three_numbers(reliably, [](node& here) {
        if (is(here, "n1")) omit(here, "n2", {1, 2, 3});
    });
    it->run_for(100ms);
    EXPECT_TRUE(it.numbers("n2").empty());
    it->find(node_id("n1"))->peer_up(peer_spec{node_id("n2"), "n2", "", ""}, 1);
    it->run_for(100ms);
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
}

TEST(reliable, ends_with_the_life_of_its_sender) {
    auto it = three_numbers(reliably, [](node& here) {
        if (is(here, "n1")) omit(here, "n2", {1, 2});
    });
    it->run_for(500ms);  // the third arrived, and waits for the others
    EXPECT_TRUE(it.numbers("n2").empty());
    it.crash("n1");
    it->run_for(1s);
    it.restart("n1");  // sends all three again, in a new sequence
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
    EXPECT_EQ(count(it, event_kind::drop, "its node restarted"), 1U);
    EXPECT_TRUE(it->quiescent());
}

/// The classic triangle: n1 tells n3 of 1, then n2 of 2, which makes n2 tell n3 of 3. The first
/// message is on its way for long, or lost at its first try.
struct triangle {
    send_options how;
    bool lost = false;
    world_options options = told_of_lives();

    [[nodiscard]] small_world operator()() const {
        const triangle with = *this;
        return small_world(
            3,
            [with](node& here) {
                if (is(here, "n3")) here.spawn<recorder>("last");
                if (is(here, "n2")) {
                    here.spawn<on_number>("middle", [with](context& self, const number&) {
                        self.send(at("n3", "last"), number{3}, with.how);
                    });
                }
                if (is(here, "n1")) with.begin(here);
            },
            options);
    }

   private:
    void begin(node& here) const {
        const bool loses = lost;
        here.hooks().install("slow", [loses](direction way, const envelope& message) {
            const bool first = way == direction::send && message.ordinal == 1 &&
                               message.destination.node == node_id("n3");
            if (!first) return disposition::pass();
            return loses ? disposition::drop("omitted") : disposition::hold(400ms, "slow");
        });
        const send_options with = how;
        here.spawn<starter>("first", [with](context& self) {
            self.send(at("n3", "last"), number{1}, with);
            self.send(at("n2", "middle"), number{2}, with);
        });
    }
};

TEST(causal, without_it_the_effect_overtakes_its_cause) {
    for (const bool lost : {false, true}) {
        small_world it = triangle{reliably, lost}();
        it.finish();
        EXPECT_EQ(it.numbers("n3"), (numbers{3, 1}));
    }
}

TEST(causal, the_effect_waits_for_its_cause_over_three_nodes) {
    for (const bool lost : {false, true}) {
        small_world it = triangle{causally, lost}();
        it.finish();
        EXPECT_EQ(it.numbers("n3"), (numbers{1, 3}));
        EXPECT_EQ(count(it, event_kind::delay, "waits for what was sent before it"), 1U);
        EXPECT_TRUE(it->quiescent());
    }
}

TEST(causal, holds_although_no_life_is_known_at_first) {
    small_world it = triangle{causally, true, lives_assumed(0)}();
    it.finish();
    EXPECT_EQ(it.numbers("n3"), (numbers{1, 3}));
}

TEST(causal, a_run_gives_the_same_trace_twice) {
    small_world one = triangle{causally, true}();
    small_world two = triangle{causally, true}();
    one.finish();
    two.finish();
    EXPECT_EQ(one->trace().hash(), two->trace().hash());
    small_world other = triangle{causally, false}();
    other.finish();
    EXPECT_NE(one->trace().hash(), other->trace().hash());
}

TEST(causal, goes_on_when_the_cause_is_lost_with_its_node) {
    small_world it = triangle{causally, true}();
    it->run_for(500ms);
    EXPECT_TRUE(it.numbers("n3").empty());
    it.crash("n1");
    it.finish();
    EXPECT_EQ(it.numbers("n3"), (numbers{3}));
    EXPECT_GE(it->now().time_since_epoch(), 240s) << "nobody could tell it sooner";
}

TEST(causal, is_for_one_life_of_its_destination) {
    small_world it = triangle{causally, true}();
    it->run_for(500ms);
    it.crash("n3");
    it.restart("n3");
    it.finish();
    EXPECT_TRUE(it.numbers("n3").empty());
    EXPECT_EQ(count(it, event_kind::drop, "destination restarted"), 2U);
    EXPECT_TRUE(it->quiescent());
}

TEST(causal, does_not_repeat_even_where_reliable_messages_may) {
    world_options options = told_of_lives();
    options.node.delivery.deduplicate = false;
    auto it = three_numbers(
        causally,
        [](node& here) {
            here.hooks().install("twice", [](direction way, const envelope&) {
                return way == direction::send ? disposition::duplicate(1, "twice")
                                              : disposition::pass();
            });
        },
        options);
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
}

}  // namespace
