#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using numbers = std::vector<std::int64_t>;

struct question {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(question, value)

/// Answers a question with its value, plus one for each it had before.
struct answerer {
    using accepts = messages<question>;
    std::int64_t before = 0;
    void on_message(context& self, const question& asked) {
        self.reply(self.caller(), number{asked.value + before++});
    }
};

/// Keeps who asked, and answers all when the third has.
struct late_answerer {
    using accepts = messages<question>;
    std::vector<caller> waiting;
    void on_message(context& self, const question&) {
        waiting.push_back(self.caller());
        if (waiting.size() < 3) return;
        for (const caller& each : waiting) self.reply(each, number{std::int64_t(waiting.size())});
    }
};

/// n1 runs this function as a fiber; n2 has a recorder and an answerer.
void on_n1(node& here, const fiber_function& body) {
    if (is(here, "n2")) {
        here.spawn<recorder>("recorder");
        here.spawn<answerer>("answerer");
    } else {
        here.spawn_fiber("main", body);
    }
}

TEST(handler_actor, gets_what_it_accepts_in_order_and_nothing_else) {
    small_world it(2, [](node& here) {
        on_n1(here, [](fiber_context& self) {
            for (int value = 1; value <= 3; ++value) self.send(at("n2", "recorder"), number{value});
            self.send(at("n2", "recorder"), tick{});
            self.send(at("n2", "nobody"), tick{});
            self.send(at("n9", "recorder"), tick{});
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3}));
    EXPECT_EQ(it.texts(event_kind::drop),
              (std::vector<std::string>{"no route", "not accepted by the actor", "no such actor"}));
}

TEST(handler_actor, spawns_others_and_ends_itself) {
    small_world it(1, [](node& here) {
        here.spawn<starter>("parent", [](context& self) {
            const actor_id child = self.spawn<recorder>("");
            self.send(child, number{4});
            self.spawn_fiber("", [](fiber_context& inner) {
                inner.sleep(5ms);
                inner.note(number{inner.now().time_since_epoch().count()});
            });
            self.exit();
        });
        EXPECT_EQ(here.actors(), 2U);
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{4, 5'000'000}));
    EXPECT_EQ(it.texts(event_kind::exit), (std::vector<std::string>{"exit", "exit"}));
}

struct clock_watcher {
    using accepts = messages<number>;
    void on_start(context& self) {
        (void)self.send_after(3s, number{3});
        (void)self.send_after(1s, number{1});
        self.cancel(self.send_after(2s, number{2}));
        self.cancel(timer_id{});
        (void)self.send_after(-1s, number{0});
    }
    void on_message(context& self, const number& due) {
        EXPECT_EQ(self.now().time_since_epoch(), std::chrono::seconds(due.value));
        EXPECT_EQ(self.sender(), self.self());
        self.note(due);
    }
};

TEST(timer, fires_when_due_and_not_when_cancelled) {
    small_world it(1, [](node& here) { here.spawn<clock_watcher>("w"); });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{0, 1, 3}));
}

TEST(timer, of_centuries_does_not_wrap) {
    small_world it(1, [](node& here) {
        here.spawn_fiber("f", [](fiber_context& self) {
            self.sleep(1s);
            (void)self.send_after(duration::max(), tick{});
            EXPECT_FALSE(self.receive<number>(duration::max() - 1s).has_value());
            self.note(word{"late"});
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (std::vector<std::string>{"late"}));
}

TEST(fiber_actor, receives_selectively_and_leaves_the_rest_in_order) {
    small_world it(1, [](node& here) {
        const actor_id main = here.spawn_fiber("main", [](fiber_context& self) {
            self.sleep(1ms);
            EXPECT_EQ(self.receive<word>()->text, "a");
            EXPECT_EQ(self.receive<number>()->value, 1);
            const auto either = self.receive<number, word>();
            EXPECT_EQ(std::get<number>(*either).value, 2);
            EXPECT_EQ(self.receive<word>()->text, "b");
            EXPECT_FALSE(self.receive<word>(0s).has_value());
            self.note(tick{});
        });
        here.spawn<starter>("", [main](context& self) {
            self.send(main, number{1});
            self.send(main, word{"a"});
            self.send(main, number{2});
            self.send(main, word{"b"});
        });
    });
    it.finish();
    EXPECT_EQ(it->trace().notes<tick>().size(), 1U);
}

TEST(fiber_actor, waits_no_longer_than_its_timeout) {
    small_world it(1, [](node& here) {
        here.spawn_fiber("main", [](fiber_context& self) {
            EXPECT_FALSE(self.receive<number>(250ms).has_value());
            self.note(number{self.now().time_since_epoch() / 1ms});
            (void)self.send_after(10ms, number{});
            EXPECT_TRUE(self.receive<number>(20ms).has_value());
            EXPECT_FALSE(self.receive<number>(30ms).has_value()) << "not the deadline of before";
            self.note(number{self.now().time_since_epoch() / 1ms});
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{250, 290}));
}

TEST(fiber_actor, many_messages_wait_in_its_mailbox) {
    constexpr int count = 20'000;
    small_world it(1, [](node& here) {
        const actor_id main = here.spawn_fiber("main", [](fiber_context& self) {
            self.sleep(1ms);
            for (int value = 0; value < count; ++value)
                EXPECT_EQ(self.receive<number>()->value, value);
            self.note(tick{});
        });
        here.spawn<starter>("", [main](context& self) {
            for (int value = 0; value < count; ++value) self.send(main, number{value});
        });
    });
    it.finish();
    EXPECT_EQ(it->trace().notes<tick>().size(), 1U);
}

TEST(fiber_actor, that_ended_takes_no_further_message) {
    small_world it(1, [](node& here) {
        const actor_id main = here.spawn_fiber("main", [](fiber_context& self) {
            self.sleep(1ms);
            for (;;) {
                self.note(*self.receive<number>());
                self.exit();
            }
        });
        here.spawn<starter>("", [main](context& self) {
            for (int value = 1; value <= 3; ++value) self.send(main, number{value});
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{1}));
}

TEST(fiber_actor, locals_are_destroyed_with_the_world) {
    const auto alive = std::make_shared<int>(1);
    {
        small_world it(1, [&](node& here) {
            here.spawn_fiber("main", [alive](fiber_context& self) {
                const auto mine = alive;
                (void)self.receive<number>();
            });
        });
        it.finish();
        EXPECT_EQ(alive.use_count(), 3);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(fiber_actor, may_wait_inside_a_catch_block) {
    small_world it(1, [](node& here) {
        for (const int value : {1, 2, 3}) {
            here.spawn_fiber("", [value](fiber_context& self) {
                try {
                    throw std::runtime_error(std::to_string(value));
                } catch (const std::exception& thrown) {
                    self.sleep(std::chrono::milliseconds(10 - value));
                    try {
                        throw;
                    } catch (const std::exception& same) {
                        EXPECT_STREQ(same.what(), thrown.what());
                        self.note(number{std::stoi(same.what())});
                    }
                }
                EXPECT_EQ(std::uncaught_exceptions(), 0);
            });
        }
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{3, 2, 1}));
    EXPECT_EQ(std::current_exception(), nullptr);
}

TEST(call, gets_the_reply_to_it_and_no_other) {
    small_world it(2, [](node& here) {
        on_n1(here, [](fiber_context& self) {
            self.send(self.self(), number{99});
            self.sleep(1ms);
            const auto first = self.call<number>(at("n2", "answerer"), question{10}, 1s);
            self.note(*first);
            const auto second = self.call<word, number>(at("n2", "answerer"), question{10}, 1s);
            self.note(std::get<number>(*second));
            self.note(*self.receive<number>());
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{10, 11, 99}));
}

TEST(call, that_timed_out_drops_the_late_reply) {
    small_world it(2, [](node& here) {
        on_n1(here, [](fiber_context& self) {
            const auto none = self.call<number>(at("n2", "answerer"), question{1}, 500us);
            EXPECT_EQ(none.error(), call_error::timeout);
            EXPECT_FALSE(self.receive<number>(1s).has_value());
            self.note(*self.call<number>(at("n2", "answerer"), question{1}, 5ms));
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{2}));
    EXPECT_EQ(it.texts(event_kind::drop), (std::vector<std::string>{"late reply"}));
}

TEST(call, may_be_answered_later_by_a_handler) {
    small_world it(4, [](node& here) {
        if (is(here, "n4")) here.spawn<late_answerer>("late");
        if (is(here, "n4")) return;
        here.spawn_fiber("main", [](fiber_context& self) {
            self.note(*self.call<number>(at("n4", "late"), question{}, 1s));
        });
    });
    it.finish();
    for (const char* id : {"n1", "n2", "n3"}) EXPECT_EQ(it.numbers(id), (numbers{3})) << id;
}

TEST(call, a_reply_to_a_plain_message_arrives_as_one) {
    small_world it(2, [](node& here) {
        on_n1(here, [](fiber_context& self) {
            self.send(at("n2", "answerer"), question{5});
            self.note(*self.receive<number>(1s));
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), (numbers{5}));
}

TEST(name, passes_to_whoever_takes_it_last) {
    small_world it(1, [](node& here) {
        here.spawn<on_number>("x", [](context& self, const number&) { self.note(word{"old"}); });
        here.spawn<on_number>("x", [](context& self, const number&) {
            self.note(word{"new"});
            self.exit();
        });
        here.spawn<starter>("", [](context& self) {
            self.send(self.local("x"), number{});
            self.send(self.local("x"), number{});
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (std::vector<std::string>{"new"}));
    EXPECT_EQ(it.texts(event_kind::drop), (std::vector<std::string>{"no such actor"}));
}

TEST(name, peers_are_namesakes) {
    small_world it(3, [](node& here) {
        here.spawn<on_number>("kv", [](context& self, const number& got) { self.note(got); });
        if (is(here, "n1")) {
            here.spawn<starter>("kv", [](context& self) {
                EXPECT_EQ(self.members().size(), 3U);
                self.send_peers(self.members(), number{8});
            });
        }
    });
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{8}));
    EXPECT_EQ(it.numbers("n3"), (numbers{8}));
}

/// n1 watches the actor "watched" of n2 and notes what it is told.
small_world watching(const std::function<void(context&, const number&)>& watched,
                     const fiber_function& besides = {}) {
    return small_world(2, [=](node& here) {
        if (is(here, "n2")) {
            here.spawn<on_number>("watched", watched);
            return;
        }
        here.spawn_fiber("watcher", [=](fiber_context& self) {
            self.monitor(at("n2", "watched"));
            if (besides) besides(self);
            while (const auto told = self.receive<down>(10s)) self.note(word{told->reason});
        });
    });
}

TEST(monitor, tells_once_of_an_exit) {
    auto it = watching([](context& self, const number&) { self.exit(); },
                       [](fiber_context& self) { self.send(at("n2", "watched"), number{}); });
    it.finish();
    EXPECT_EQ(it.words(), (std::vector<std::string>{"exit"}));
}

TEST(monitor, tells_that_there_is_no_such_actor) {
    small_world it(2, [](node& here) {
        if (!is(here, "n1")) return;
        here.spawn_fiber("w", [](fiber_context& self) {
            self.monitor(at("n2", "nobody"));
            self.monitor(at("n1", "nobody"));
            self.monitor(at("n7", "nobody"));
            self.monitor(actor_id{});
            while (const auto told = self.receive<down>(1s)) {
                self.note(word{told->actor.node.name() + " " + told->reason});
            }
        });
    });
    it.finish();
    auto told = it.words();
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, (std::vector<std::string>{" node down", "n1 no such actor", "n2 no such actor",
                                              "n7 node down"}));
}

TEST(monitor, tells_that_the_node_is_down_once) {
    auto it = watching([](context&, const number&) {});
    it->run_for(1s);
    it.crash("n2");
    it.finish();
    EXPECT_EQ(it.words(), (std::vector<std::string>{"node down"}));
}

TEST(monitor, of_a_node_that_is_down_already_is_told) {
    auto it = watching([](context&, const number&) {},
                       [](fiber_context& self) {
                           self.demonitor(at("n2", "watched"));
                           self.sleep(1s);
                           self.monitor(at("n2", "watched"));
                       });
    it->run_for(500ms);
    it.crash("n2");
    it.finish();
    EXPECT_EQ(it.words(), (std::vector<std::string>{"node down"}));
}

TEST(monitor, says_nothing_after_demonitor) {
    auto it = watching([](context& self, const number&) { self.exit(); },
                       [](fiber_context& self) {
                           self.send(at("n2", "watched"), number{});
                           self.sleep(1ms);  // the down is under way
                           self.demonitor(at("n2", "watched"));
                       });
    it.finish();
    EXPECT_TRUE(it.words().empty());
}

TEST(monitor, a_name_that_passed_on_does_not_die_with_its_old_bearer) {
    small_world it(1, [](node& here) {
        const actor_id old =
            here.spawn<on_number>("x", [](context& self, const number&) { self.exit(); });
        here.spawn<recorder>("x");
        here.spawn_fiber("w", [old](fiber_context& self) {
            self.monitor(self.local("x"));
            self.monitor(old);
            self.sleep(1ms);
            self.send(old, number{});
            while (const auto told = self.receive<down>(1s)) {
                self.note(word{told->actor == old ? "old" : "name"});
            }
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (std::vector<std::string>{"old"}));
}

TEST(interposition, on_both_sides_while_the_node_runs) {
    small_world it(2, [](node& here) {
        on_n1(here, [&here](fiber_context& self) {
            const auto send_all = [&] {
                for (int value = 1; value <= 2; ++value)
                    self.send(at("n2", "recorder"), number{value});
                self.sleep(5ms);
            };
            send_all();
            here.hooks().install("x", [](direction way, const envelope& message) {
                payload other;
                encode(other, number{70 + static_cast<std::int64_t>(message.ordinal)});
                return way == direction::send ? disposition::rewrite(std::move(other), "rewritten")
                                              : disposition::pass();
            });
            send_all();
            here.hooks().remove("x");
            send_all();
        });
        if (is(here, "n2")) {
            here.hooks().install("y", [](direction way, const envelope& message) {
                return way == direction::receive && message.ordinal == 5
                           ? disposition::duplicate(2, "more")
                       : message.ordinal == 6 ? disposition::drop("enough")
                                              : disposition::pass();
            });
        }
    });
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 73, 74, 1, 1, 1}));
}

TEST(interposition, what_a_receive_hook_holds_back_keeps_its_lane_in_order) {
    world_options options;
    options.latency = constant_latency{5ms};
    small_world it(
        2,
        [](node& here) {
            on_n1(here, [](fiber_context& self) {
                for (int value = 1; value <= 5; ++value) {
                    self.send(at("n2", "recorder"), number{value});
                    self.sleep(value == 3 ? 2ms : 1ms);
                }
            });
            if (is(here, "n2")) {
                here.hooks().install("slow", [](direction, const envelope& message) {
                    // Until exactly when the fourth arrives, which was sent before the hold began.
                    return message.ordinal == 1 ? disposition::hold(4ms, "slow")
                                                : disposition::pass();
                });
            }
        },
        options);
    it.finish();
    EXPECT_EQ(it.numbers("n2"), (numbers{1, 2, 3, 4, 5}));
}

TEST(handler_actor, a_hundred_thousand_of_them_live_in_one_world) {
    constexpr int count = 100'000;
    world_options options;
    options.detail = trace_detail::notes;
    int reached = 0;
    small_world it(
        1,
        [&](node& here) {
            for (int number_of = 0; number_of < count; ++number_of) {
                here.spawn<on_number>("", [&](context& self, const number& hop) {
                    ++reached;
                    if (hop.value > 1)
                        self.send(actor_id{self.node(), self.self().local - 1},
                                  number{hop.value - 1});
                });
            }
            here.spawn<starter>("", [](context& self) {
                self.send(actor_id{self.node(), self.self().local - 1}, number{100'000});
            });
            EXPECT_EQ(here.actors(), count + 1U);
        },
        options);
    it.finish();
    EXPECT_EQ(reached, count);
}

}  // namespace
