#include <algorithm>

#include <partita/runtime/server.hpp>

#include <parity_program.hpp>

namespace partita::parity {
namespace {

class parity_of_messages : public parity {};
INSTANTIATE_TEST_SUITE_P(on, parity_of_messages, both_places, place_name);

/// Keeps who asked, and answers when it is told to.
struct late_riser {
    using accepts = messages<number, test::tick>;
    std::vector<caller> asked;
    void on_message(context& self, const number&) { asked.push_back(self.caller()); }
    void on_message(context& self, const test::tick&) {
        for (const caller& each : asked) self.reply(each, number{-1});
        say(self, "answered");
    }
};

TEST_P(parity_of_messages, ping_pong) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n2")) here.spawn<echo>("echo");
    }});
    play("n1", [](fiber_context& self) {
        std::int64_t sum = 0;
        for (int value = 1; value <= 100; ++value) {
            sum += self.call<number>(at("n2", "echo"), number{value}, 20s)->value;
        }
        self.note(number{sum});
    });
    EXPECT_EQ(said("n1", 1), (texts{"number{value: 5050}"}));
}

TEST_P(parity_of_messages, a_call_that_nobody_answers_times_out_and_its_late_reply_is_dropped) {
    stage_->start({.boot = [](node& here) {
        if (!is(here, "n2")) return;
        here.spawn<late_riser>("late");
        here.spawn<echo>("echo");
    }});
    play("n1", [](fiber_context& self) {
        const auto none = self.call<number>(at("n2", "late"), number{1}, 50ms);
        if (!none && none.error() == call_error::timeout) say(self, "timeout");
        self.send(at("n2", "late"), test::tick{});
        // Comes behind the late reply, on the same connection.
        const auto own = self.call<number>(at("n2", "echo"), number{2}, 20s);
        say(self, "answer " + std::to_string(own->value));
        if (!self.receive<number>(10ms)) say(self, "nothing else");
    });
    EXPECT_EQ(said("n1", 3), (texts{"timeout", "answer 2", "nothing else"}));
    EXPECT_EQ(said("n2"), (texts{"answered"}));
}

/// Asks without waiting.
struct asker {
    using accepts = messages<test::tick, number, request_failed>;
    std::vector<request_id> asked;
    void on_start(context& self) {
        asked.push_back(self.request(at("n2", "late"), number{1}, 50ms));
    }
    void on_message(context& self, const request_failed& it) {
        if (it.id == asked[0] && it.why == call_error::timeout) say(self, "first: timeout");
        if (asked.size() > 1 && it.why == call_error::no_actor) say(self, "third: no actor");
        if (asked.size() > 1) return;
        self.send(at("n2", "late"), test::tick{});
        asked.push_back(self.request(at("n2", "echo"), number{2}, 20s));
    }
    void on_message(context& self, const number& it) {
        const bool second = asked.size() == 2 && self.answered() == asked[1];
        say(self, (second ? "second: " : "not asked: ") + std::to_string(it.value));
        asked.push_back(self.request(at("n2", "nobody"), number{3}, 20s));
    }
    void on_message(context&, const test::tick&) {}
};

TEST_P(parity_of_messages, a_request_is_answered_once_by_its_reply_or_its_failure) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n1")) return (void)here.spawn<asker>("asker");
        here.spawn<late_riser>("late");
        here.spawn<echo>("echo");
    }});
    EXPECT_EQ(said("n1", 3), (texts{"first: timeout", "second: 2", "third: no actor"}));
    EXPECT_EQ(stage_->seen().drops("late reply"), 1U);
}

TEST_P(parity_of_messages, multicall_tells_what_became_of_each) {
    stage_->start({.nodes = 4, .boot = [](node& here) {
                       if (is(here, "n2") || is(here, "n3")) here.spawn<echo>("echo");
                   }});
    stage_->stop("n4");
    play("n1", [](fiber_context& self) {
        const std::vector<actor_id> all{at("n1", "echo"), at("n2", "echo"), at("n3", "echo"),
                                        at("n4", "echo")};
        std::string told;
        for (const auto& each : self.multicall<number>(all, number{7}, 20s)) {
            told += each.actor.node.name() + " ";
            told += each.answer ? std::to_string(each.answer->value)
                    : each.answer.error() == call_error::no_actor  ? "no actor"
                    : each.answer.error() == call_error::node_down ? "node down"
                                                                   : "?";
            told += "; ";
        }
        say(self, told);
    });
    EXPECT_EQ(said("n1", 1), (texts{"n1 no actor; n2 7; n3 7; n4 node down; "}));
}

/// Sets timers in one order, and takes one back.
struct sleeper {
    using accepts = messages<number>;
    void on_start(context& self) {
        (void)self.send_after(60ms, number{3});
        (void)self.send_after(20ms, number{1});
        const timer_id none = self.send_after(30ms, number{9});
        (void)self.send_after(40ms, number{2});
        self.cancel(none);
    }
    void on_message(context& self, const number& it) { self.note(it); }
};

TEST_P(parity_of_messages, timers_fire_in_the_order_of_their_times) {
    stage_->start({.nodes = 1, .boot = [](node& here) { here.spawn<sleeper>("sleeper"); }});
    EXPECT_EQ(said("n1", 3), (texts{"number{value: 1}", "number{value: 2}", "number{value: 3}"}));
}

void roll_dice(node& here) {
    here.spawn<starter>("dice", [](context& self) {
        std::string drawn;
        for (int time = 0; time < 4; ++time) {
            drawn += std::to_string(self.random().below(1'000)) + " ";
        }
        say(self, drawn);
    });
}

TEST_P(parity_of_messages, a_seed_gives_the_same_random_numbers) {
    stage_->start({.nodes = 1, .boot = roll_dice});
    simulated_stage other;
    other.start({.nodes = 1, .boot = roll_dice});
    EXPECT_EQ(said("n1", 1), other.seen().notes("n1"));
}

/// A counter, after gen_server; `tick` resets it.
struct counter {
    using calls = messages<number>;
    using casts = messages<test::tick>;
    std::int64_t sum = 0;
    number on_call(context&, const number& more) { return {sum += more.value}; }
    void on_cast(context&, const test::tick&) { sum = 0; }
};

TEST_P(parity_of_messages, a_server_answers_calls_and_takes_casts_in_order) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n2")) here.spawn<server<counter>>("counter");
    }});
    play("n1", [](fiber_context& self) {
        const auto add = [&](std::int64_t more) {
            self.note(*self.call<number>(at("n2", "counter"), number{more}, 20s));
        };
        add(2);
        add(3);
        self.send(at("n2", "counter"), test::tick{});
        add(4);
    });
    EXPECT_EQ(said("n1", 3), (texts{"number{value: 2}", "number{value: 5}", "number{value: 4}"}));
}

}  // namespace
}  // namespace partita::parity
