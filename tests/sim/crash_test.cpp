#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using numbers = std::vector<std::int64_t>;

/// Counts what it gets, in memory and on disk; notes both as memory * 100 + disk.
struct counter {
    using accepts = messages<number>;
    std::int64_t memory = 0;
    void on_message(context& self, const number& got) {
        ++memory;
        const std::int64_t kept = std::stoll(self.storage().value_of("count").value_or("0")) + 1;
        self.storage().put("count", std::to_string(kept));
        if (got.value == 1) self.storage().sync();
        self.note(number{memory * 100 + kept});
    }
};

small_world counting() {
    return small_world(2, [](node& here) {
        if (is(here, "n2")) {
            here.spawn<counter>("counter");
            return;
        }
        here.spawn_fiber("feeder", [](fiber_context& self) {
            for (;;) {
                self.send(at("n2", "counter"), number{1});
                self.sleep(1s);
                self.send(at("n2", "counter"), number{0});
                self.sleep(1s);
            }
        });
    });
}

TEST(crash, loses_memory_and_unsynced_writes_and_keeps_what_was_synced) {
    auto it = counting();
    it->run_for(1500ms);
    EXPECT_EQ(it.numbers("n2"), (numbers{101, 202}));
    it.crash("n2");
    it.restart("n2");
    it->run_for(1s);
    EXPECT_EQ(it.numbers("n2"), (numbers{101, 202, 102}));
}

TEST(crash, of_a_node_that_is_down_and_restart_of_one_that_is_up_do_nothing) {
    auto it = counting();
    it.restart("n2");
    it.crash("n2");
    it.crash("n2");
    EXPECT_EQ(it->find(node_id("n2")), nullptr);
    EXPECT_FALSE(it->control().is_up(node_id("n2")));
    EXPECT_EQ(it.texts(event_kind::crash).size(), 1U);
    EXPECT_EQ(it.texts(event_kind::restart).size(), 0U);
}

TEST(crash, loses_messages_to_the_node_and_those_in_flight_over_a_restart) {
    auto it = counting();
    it->run_for(1ms);
    it->run_for(1s - 500us);  // the second message is under way
    it.crash("n2");
    it.restart("n2");
    it->run_for(1s);
    it.crash("n2");
    it->run_for(1s);
    EXPECT_EQ(it.texts(event_kind::drop),
              (std::vector<std::string>{"connection lost", "node down"}));
}

struct alarm {
    using accepts = messages<number>;
    void on_start(context& self) {
        (void)self.send_after(2s, number{self.now().time_since_epoch() / 1s});
    }
    void on_message(context& self, const number& set_at) { self.note(set_at); }
};

TEST(crash, timers_of_the_old_incarnation_do_not_fire) {
    small_world it(1, [](node& here) { here.spawn<alarm>("alarm"); });
    it->run_for(1s);
    it.crash("n1");
    it.restart("n1");
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{1}));
}

TEST(crash, a_spawned_address_is_dead_and_a_name_is_not) {
    actor_id first;
    small_world it(2, [&](node& here) {
        const actor_id here_now = here.spawn<recorder>("r");
        if (is(here, "n2") && !first.valid()) first = here_now;
        if (is(here, "n1")) {
            here.spawn_fiber("f", [&](fiber_context& self) {
                self.sleep(1s);
                self.send(first, number{1});
                self.send(at("n2", "r"), number{2});
            });
        }
    });
    it.crash("n2");
    it.restart("n2");
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{2}));
}

/// n1 crashes when it sends its first message, in the middle of its handler.
small_world crashing_at_send(bool restarts) {
    static thread_local world* running = nullptr;  // the hook needs it, and start comes first
    small_world it(2, [](node& here) {
        if (is(here, "n2")) {
            here.spawn<recorder>("r");
            return;
        }
        here.hooks().install("crash", [](direction way, const envelope& message) {
            if (way != direction::send || message.ordinal != 1 || running == nullptr)
                return disposition::pass();
            running->control().crash(message.source.node);
            return disposition::drop("node crashed");
        });
        here.spawn_fiber("f", [](fiber_context& self) {
            storage_port& disk = self.storage();
            self.note(word{"before " + disk.value_of("key").value_or("none")});
            disk.put("key", "old");
            disk.sync();
            self.sleep(1s);
            self.send(at("n2", "r"), number{1});
            self.note(word{"after"});
            self.send(at("n2", "r"), number{2});
            (void)self.send_after(1s, tick{});
            disk.put("key", "new");
            disk.sync();
            self.storage().put("key", "newer");
            self.storage().sync();
            self.monitor(at("n2", "r"));
            self.spawn<recorder>("ghost");
            self.sleep(1s);
            self.note(word{"never"});
        });
    });
    running = &*it;
    it->run_for(2s);
    running = nullptr;
    if (restarts) it.restart("n1");
    it->run_for(500ms);
    return it;
}

TEST(crash, in_the_middle_of_a_handler_voids_the_rest_of_it) {
    auto it = crashing_at_send(true);
    EXPECT_EQ(it.words(), (std::vector<std::string>{"before none", "before old"}));
    EXPECT_TRUE(it.numbers("n2").empty());
    EXPECT_FALSE(it->end());
}

TEST(crash, at_a_send_tells_what_became_of_the_message) {
    auto it = crashing_at_send(false);
    EXPECT_EQ(it.texts(event_kind::drop), (std::vector<std::string>{"node crashed"}));
    EXPECT_EQ(it.texts(event_kind::spawn), (std::vector<std::string>{"f", "r"})) << "no ghost";
}

TEST(pause, holds_everything_back_in_order_until_the_node_goes_on) {
    auto it = counting();
    it->run_for(500ms);
    it.pause("n2");
    EXPECT_TRUE(it->is_paused(node_id("n2")));
    it->run_for(3s);
    EXPECT_EQ(it.numbers("n2"), (numbers{101}));
    it.resume("n2");
    EXPECT_FALSE(it->is_paused(node_id("n2")));
    it->run_for(1ms);
    EXPECT_EQ(it.numbers("n2"), (numbers{101, 202, 303, 404}));
}

TEST(pause, what_arrives_at_the_instant_of_going_on_stays_behind) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) {
            here.spawn<recorder>("r");
            return;
        }
        here.spawn_fiber("f", [](fiber_context& self) {
            for (int value = 1; value <= 6; ++value) {
                self.send(at("n2", "r"), number{value});
                self.sleep(1ms);
            }
        });
    });
    // Between n1's sends, so that the resume comes before what arrives at its instant.
    it->after(4ms, [&] { it.resume("n2"); });
    it.pause("n2");
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3, 4, 5, 6}));
}

TEST(pause, a_timer_that_is_cancelled_afterwards_does_not_fire) {
    small_world it(2, [](node& here) {
        if (is(here, "n1")) {
            here.spawn_fiber("f", [](fiber_context& self) {
                self.sleep(1s);
                self.send(at("n2", "w"), number{1});
            });
            return;
        }
        here.spawn_fiber("w", [](fiber_context& self) {
            const timer_id timer = self.send_after(1500ms, word{"fired"});
            // Both the answer and the deadline come while the node is paused; the answer first.
            EXPECT_TRUE(self.receive<number>(2s).has_value());
            self.cancel(timer);
            EXPECT_FALSE(self.receive<word>(1s).has_value());
            self.note(number{self.now().time_since_epoch() / 1ms});
        });
    });
    it->run_for(500ms);
    it.pause("n2");
    it->run_for(5s);
    it.resume("n2");
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{6500}));
}

TEST(pause, then_crash_loses_what_was_held_back_and_says_so) {
    auto it = counting();
    it->run_for(500ms);
    it.pause("n2");
    it->run_for(2s);
    it.crash("n2");
    EXPECT_EQ(it.texts(event_kind::drop), (std::vector<std::string>{"node down", "node down"}));
    it.restart("n2");
    EXPECT_FALSE(it->is_paused(node_id("n2")));
    it->run_for(1s);
    EXPECT_EQ(it.numbers("n2"), (numbers{101, 102}));
}

TEST(pause, again_while_catching_up) {
    small_world it(2, [](node& here) {
        if (is(here, "n1")) {
            here.spawn<starter>("", [](context& self) {
                for (int value = 1; value <= 4; ++value) self.send(at("n2", "r"), number{value});
            });
            return;
        }
        here.spawn<recorder>("r");
    });
    it.pause("n2");
    it->run_for(5ms);
    it.resume("n2");
    EXPECT_TRUE(it->step());
    EXPECT_TRUE(it->step());
    it.pause("n2");
    it->run_for(5ms);
    const auto first = it.numbers("n2");
    EXPECT_LT(first.size(), 4U);
    it.resume("n2");
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3, 4}));
}

}  // namespace
