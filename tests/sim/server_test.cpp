#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <partita/runtime/server.hpp>
#include <partita/runtime/state_machine.hpp>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using texts = std::vector<std::string>;

struct add {
    std::int64_t amount = 0;
};
PARTITA_MESSAGE(add, amount)
struct wait_for_total {
    std::int64_t least = 0;
};
PARTITA_MESSAGE(wait_for_total, least)
struct halve {};
PARTITA_MESSAGE(halve)
struct refused {};
PARTITA_MESSAGE(refused)

/// A sum that some wait for.
struct counter {
    using calls = messages<add, wait_for_total, halve>;
    using casts = messages<number>;
    using infos = messages<tick>;

    number on_call(context& self, const add& it) {
        total += it.amount;
        if (total >= least && waiting) self.reply(*std::exchange(waiting, {}), number{total});
        return {total};
    }
    std::optional<number> on_call(context& self, const wait_for_total& it) {
        if (total >= it.least) return number{total};
        waiting = self.caller();
        least = it.least;
        return std::nullopt;
    }
    std::variant<number, refused> on_call(context&, const halve&) {
        if (total % 2 != 0) return refused{};
        return number{total /= 2};
    }
    void on_cast(context&, const number& to) { total = to.value; }
    void on_info(context&, const tick&) { total = 1'000; }

    std::int64_t total = 0;
    std::int64_t least = 0;
    std::optional<caller> waiting{};
};

TEST(server, replies_with_what_its_functions_return) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) return (void)here.spawn<server<counter>>("counter", 40);
        here.spawn_fiber("", [](fiber_context& self) {
            const actor_id to = at("n2", "counter");
            EXPECT_EQ(self.call<number>(to, add{2}, 1s)->value, 42);
            const auto half = self.call<number, refused>(to, halve{}, 1s);
            EXPECT_EQ(std::get<number>(*half).value, 21);
            const auto none = self.call<number, refused>(to, halve{}, 1s);
            EXPECT_TRUE(std::holds_alternative<refused>(*none));
            self.send(to, number{7});
            EXPECT_EQ(self.call<number>(to, add{0}, 1s)->value, 7);
            self.send(to, tick{});
            EXPECT_EQ(self.call<number>(to, add{0}, 1s)->value, 1'000);
            self.note(tick{});
        });
    });
    it.finish();
    EXPECT_EQ(it->trace().notes<tick>().size(), 1U);
}

TEST(server, may_reply_later_to_whom_it_kept) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) return (void)here.spawn<server<counter>>("counter");
        here.spawn_fiber("", [](fiber_context& self) {
            self.note(*self.call<number>(at("n2", "counter"), wait_for_total{3}, 10s));
        });
        here.spawn_fiber("", [](fiber_context& self) {
            for (int times = 0; times < 3; ++times) {
                self.sleep(1s);
                (void)self.call<number>(at("n2", "counter"), add{1}, 1s);
            }
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n1"), std::vector<std::int64_t>{3});
}

struct keeper {
    using casts = messages<word>;
    void on_start(context& self) { self.note(word{"begins"}); }
    void on_cast(context& self, const word& how) { self.exit(how.text); }
    void on_stop(context& self, std::string_view why) {
        self.note(word{"stops: " + std::string(why)});
    }
};

TEST(server, tidies_up_when_it_is_asked_to_stop_or_a_linked_actor_fails) {
    for (const bool asked : {true, false}) {
        small_world it(1, [asked](node& here) {
            here.spawn<server<keeper>>("k");
            here.spawn<starter>("", [asked](context& self) {
                if (asked) return self.stop_actor(self.local("k"));
                self.link(self.local("k"));
                self.exit("broken");
            });
        });
        it.finish();
        const std::string why = asked ? "shutdown" : "linked: exit: broken";
        EXPECT_EQ(it.words(), (texts{"begins", "stops: " + why}));
        EXPECT_EQ(it.texts(event_kind::exit).back(), why);
    }
}

// ---- state machines ----------------------------------------------------------------------------

struct push {};
PARTITA_MESSAGE(push)
struct lock {};
PARTITA_MESSAGE(lock)
struct unlock {
    std::int64_t code = 0;
};
PARTITA_MESSAGE(unlock, code)

/// A door that shuts itself. Who pushes while it is locked waits.
struct door {
    enum class state { closed, open, locked };
    using events = messages<push, lock, unlock>;
    using next = partita::next<state>;

    void on_enter(context& self, state now) { self.note(number{static_cast<std::int64_t>(now)}); }
    next on_event(context& self, state now, const push&) {
        if (now == state::locked) return postpone;
        self.reply(self.caller(), word{"you are in"});
        return {state::open, 10s};
    }
    next on_event(context&, state now, const lock&) {
        if (now == state::open) return postpone;
        return state::locked;
    }
    next on_event(context&, state now, const unlock& with) {
        if (now != state::locked || with.code != 1234) return stay;
        return state::closed;
    }
    next on_timeout(context&, state) { return state::closed; }
};

TEST(state_machine, enters_states_times_out_and_keeps_what_it_postponed) {
    small_world it(1, [](node& here) {
        here.spawn<state_machine<door>>("door");
        here.spawn_fiber("", [](fiber_context& self) {
            const actor_id door = self.local("door");
            EXPECT_TRUE(self.call<word>(door, push{}, 1s).has_value());
            self.send(door, lock{});  // comes again when the door has shut itself
            self.sleep(9s);
            EXPECT_TRUE(self.call<word>(door, push{}, 1s).has_value()) << "ten seconds anew";
            self.sleep(9s);
            self.sleep(2s);
            self.send(door, unlock{1});
            EXPECT_FALSE(self.call<word>(door, push{}, 1s).has_value()) << "it waits, we do not";
            self.send(door, unlock{1234});
            EXPECT_TRUE(self.call<word>(door, push{}, 1s).has_value());
        });
    });
    it.finish();
    // closed, open, open; closed, and locked at once; closed, and open for the one who waited; open
    EXPECT_EQ(it.numbers("n1"), (std::vector<std::int64_t>{0, 1, 1, 0, 2, 0, 1, 1, 0}));
    EXPECT_EQ(it.texts(event_kind::drop), texts{"late reply"}) << "to who did not wait";
}

/// A connection whose states carry what is known in them.
struct session {
    struct idle {};
    struct trying {
        int tries = 0;
    };
    struct ready {
        std::int64_t token = 0;
    };
    using state = std::variant<idle, trying, ready>;
    using events = messages<push, number>;
    using next = partita::next<state>;

    next on_event(context&, idle&, const push&) { return {trying{1}, 1s}; }
    next on_event(context&, trying&, const push&) { return postpone; }
    next on_event(context&, trying&, const number& token) { return ready{token.value}; }
    next on_event(context& self, ready& now, const push&) {
        self.note(number{now.token++});
        return stay;
    }
    next on_timeout(context& self, trying& now) {
        if (now.tries == 3) return idle{};
        self.note(word{"again"});
        ++now.tries;
        return stay_for{1s};
    }
};

TEST(state_machine, has_states_that_are_types_with_data_of_their_own) {
    small_world it(1, [](node& here) {
        here.spawn<state_machine<session>>("s");
        here.spawn_fiber("", [](fiber_context& self) {
            const auto tell = [&](const auto& event) { self.send(self.local("s"), event); };
            tell(number{1});  // means nothing to one that is idle
            tell(push{});
            self.sleep(10s);  // three tries, then idle again
            tell(push{});
            self.sleep(1500ms);
            tell(push{});
            tell(push{});
            tell(number{70});
            self.sleep(5s);
            tell(push{});
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"again", "again", "again"}));
    EXPECT_EQ(it.numbers("n1"), (std::vector<std::int64_t>{70, 71, 72}));
}

struct hoarder {
    enum class state { only };
    using events = messages<number>;
    next<state> on_event(context&, state, const number&) { return postpone; }
};

TEST(state_machine, ends_when_it_postpones_too_much) {
    small_world it(1, [](node& here) {
        here.spawn<state_machine<hoarder>>("h");
        here.spawn<starter>("", [](context& self) {
            for (std::size_t times = 0; times <= state_machine<hoarder>::postponed_max; ++times) {
                self.send(self.local("h"), number{});
            }
        });
    });
    it.finish();
    EXPECT_EQ(it.texts(event_kind::exit), texts{"exit: too many postponed events"});
}

}  // namespace
