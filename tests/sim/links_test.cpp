#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <partita/runtime/actor_text.hpp>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using texts = std::vector<std::string>;

/// Ends as the word it gets says.
struct mortal {
    using accepts = messages<word>;
    void on_message(context& self, const word& how) {
        if (how.text == "exit") return self.exit();
        self.exit(how.text);
    }
};

/// Links and traps as it is told to, and notes what it is told of others.
struct trapper {
    using accepts = messages<exited, word>;
    std::vector<actor_id> others;
    void on_start(context& self) {
        self.trap_exits(true);
        for (const actor_id each : others) self.link(each);
    }
    void on_message(context& self, const exited& told) {
        self.note(
            word{told.actor.node.name() + " " + (told.asked ? "asks: " : "ended: ") + told.reason});
    }
    void on_message(context& self, const word& how) { self.exit(how.text); }
};

/// The reasons for which actors ended, in order.
texts ends(const small_world& it) { return it.texts(event_kind::exit); }

void tell(node& here, actor_id to, std::string how, duration after = 10ms) {
    here.spawn_fiber("", [=](fiber_context& self) {
        self.sleep(after);
        self.send(to, word{how});
    });
}

/// n2 has a mortal "m"; n1 runs this, and then the mortal is told.
small_world with_mortal(std::string how, const std::function<void(node&)>& on_n1,
                        const world_options& options = {}) {
    return small_world(
        2,
        [=](node& here) {
            if (is(here, "n2")) {
                here.spawn<mortal>("m");
                tell(here, at("n2", "m"), how);
            } else {
                on_n1(here);
            }
        },
        options);
}

void note_downs(fiber_context& self) {
    while (const auto told = self.receive<down>(30s)) self.note(word{told->reason});
}

TEST(monitor, is_told_why_the_actor_ended) {
    for (const auto& [how, reason] : std::vector<std::pair<std::string, std::string>>{
             {"exit", "exit"}, {"tired", "exit: tired"}}) {
        auto it = with_mortal(how, [](node& here) {
            here.spawn_fiber("", [](fiber_context& self) {
                (void)self.monitor(at("n2", "m"));
                note_downs(self);
            });
        });
        it.finish();
        EXPECT_EQ(it.words(), texts{reason});
    }
}

TEST(monitor, taken_back_by_handle_leaves_the_others) {
    auto it = with_mortal("tired", [](node& here) {
        here.spawn_fiber("", [](fiber_context& self) {
            const monitor_handle first = self.monitor(at("n2", "m"));
            const monitor_handle second = self.monitor(at("n2", "m"));
            (void)self.monitor(at("n2", "m"));
            EXPECT_NE(first, second);
            self.demonitor(first);
            self.demonitor(first);
            note_downs(self);
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"exit: tired", "exit: tired"}));
}

TEST(monitor, taken_back_by_actor_leaves_none) {
    auto it = with_mortal("tired", [](node& here) {
        here.spawn_fiber("", [](fiber_context& self) {
            (void)self.monitor(at("n2", "m"));
            (void)self.monitor(at("n2", "m"));
            self.demonitor(at("n2", "m"));
            note_downs(self);
        });
    });
    it.finish();
    EXPECT_TRUE(it.words().empty());
}

TEST(monitor, by_name_is_asked_for_again_after_each_life_of_the_name) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) {
            here.spawn<mortal>("m");
            return;
        }
        here.spawn_fiber("", [](fiber_context& self) {
            for (int life = 1; life <= 3; ++life) {
                (void)self.monitor(at("n2", "m"));
                self.note(word{self.receive<down>()->reason});
                self.sleep(100ms);
            }
        });
    });
    for (int life = 1; life <= 3; ++life) {
        it->run_for(500ms);
        it.crash("n2");
        it.restart("n2");
        it->run_for(500ms);
    }
    it.finish();
    EXPECT_EQ(it.words(), (texts{"node down", "node down", "node down"}));
}

TEST(monitor, of_an_actor_that_ended_takes_its_own_monitors_with_it) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) return (void)here.spawn<mortal>("m");
        here.spawn_fiber("", [](fiber_context& self) { (void)self.monitor(at("n2", "m")); });
        tell(here, at("n2", "m"), "tired");
    });
    it.finish();
    EXPECT_TRUE(it.texts(event_kind::drop).empty()) << "nobody is told any more";
}

/// n1 monitors n2's mortal while the first `down` or monitor request is lost.
small_world monitor_losing(const char* what, bool reliable) {
    return with_mortal("tired", [=](node& here) {
        here.hooks().install("lose", [=](direction, const envelope& message) {
            return message.type->name == what && message.ordinal == 1 ? disposition::drop("lost")
                                                                      : disposition::pass();
        });
        here.spawn_fiber("", [=](fiber_context& self) {
            (void)self.monitor(at("n2", "m"), {.reliable = reliable});
            note_downs(self);
        });
    });
}

TEST(monitor, may_never_hear_of_an_end_when_a_message_of_its_own_is_lost) {
    for (const char* what : {"down", "monitor_request"}) {
        auto it = monitor_losing(what, false);
        it.finish();
        EXPECT_TRUE(it.words().empty()) << what;
    }
}

TEST(monitor, hears_of_the_loss_of_the_node_whatever_was_lost) {
    for (const char* what : {"down", "monitor_request"}) {
        auto it = monitor_losing(what, false);
        it->run_for(1s);
        it.crash("n2");
        it.finish();
        EXPECT_EQ(it.words(), texts{"node down"}) << what;
    }
}

TEST(monitor, that_is_reliable_hears_of_the_end_in_spite_of_losses) {
    for (const char* what : {"down", "monitor_request"}) {
        auto it = monitor_losing(what, true);
        it.finish();
        const std::string late = std::string(what) == "down" ? "exit: tired" : "no such actor";
        EXPECT_EQ(it.words(), texts{late}) << what;
    }
}

TEST(link, spreads_an_abnormal_end_over_nodes_with_one_prefix) {
    auto it = with_mortal("tired", [](node& here) {
        const actor_id near =
            here.spawn<starter>("near", [](context& self) { self.link(at("n2", "m")); });
        here.spawn<starter>("far", [near](context& self) { self.link(near); });
    });
    it.finish();
    EXPECT_EQ(ends(it),
              (texts{"exit", "exit: tired", "linked: exit: tired", "linked: exit: tired"}));
}

TEST(link, does_not_spread_a_normal_end) {
    auto it = with_mortal("exit", [](node& here) {
        here.spawn<starter>("near", [](context& self) { self.link(at("n2", "m")); });
    });
    it.finish();
    EXPECT_EQ(ends(it), (texts{"exit", "exit"}));
    EXPECT_EQ(it->find(node_id("n1"))->actors(), 1U);
}

TEST(link, ends_the_other_too_whichever_of_them_ends) {
    auto it = with_mortal("nothing", [](node& here) {
        const actor_id near = here.spawn<trapper>("near", std::vector<actor_id>{at("n2", "m")});
        tell(here, near, "first", 5ms);
    });
    it.finish();
    EXPECT_EQ(ends(it), (texts{"exit", "exit: first", "linked: exit: first", "exit"}));
}

TEST(link, ends_a_fiber_where_it_waits_and_unwinds_it) {
    const auto alive = std::make_shared<int>(1);
    auto it = with_mortal("tired", [alive](node& here) {
        here.spawn_fiber("", [alive](fiber_context& self) {
            const auto mine = alive;
            self.link(at("n2", "m"));
            self.sleep(1h);
            self.note(word{"never"});
        });
    });
    const long before = alive.use_count();
    it.finish();
    EXPECT_EQ(ends(it), (texts{"exit", "exit: tired", "linked: exit: tired"}));
    EXPECT_TRUE(it.words().empty());
    EXPECT_LT(alive.use_count(), before);
}

TEST(link, that_was_taken_back_or_never_made_ends_nobody) {
    auto it = with_mortal("tired", [](node& here) {
        here.spawn<starter>("", [](context& self) {
            self.link(at("n2", "m"));
            self.unlink(at("n2", "m"));
            self.unlink(at("n2", "other"));
            self.link(self.self());
        });
    });
    it.finish();
    EXPECT_EQ(it->find(node_id("n1"))->actors(), 1U);
}

TEST(link, with_nobody_or_a_lost_node_ends_at_once) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) return;
        for (const actor_id other : {at("n1", "nobody"), at("n2", "nobody"), at("n9", "x")}) {
            here.spawn<starter>("", [other](context& self) { self.link(other); });
        }
    });
    it.finish();
    auto found = ends(it);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found,
              (texts{"linked: no such actor", "linked: no such actor", "linked: node down"}));
}

TEST(link, ends_when_the_node_of_the_other_crashes_on_both_sides) {
    for (const char* crashed : {"n1", "n2"}) {
        small_world it(2, [](node& here) {
            if (is(here, "n2")) return (void)here.spawn<mortal>("m");
            here.spawn<starter>("", [](context& self) { self.link(at("n2", "m")); });
        });
        it->run_for(1s);
        it.crash(crashed);
        it->run_for(1s);
        EXPECT_EQ(ends(it), texts{"linked: node down"}) << crashed;
    }
}

TEST(link, lost_on_its_way_is_one_sided_until_the_node_is_lost) {
    auto it = with_mortal("tired", [](node& here) {
        here.hooks().install("lose", [](direction, const envelope& message) {
            return message.type->name == "actor_link_request" ? disposition::drop("lost")
                                                              : disposition::pass();
        });
        here.spawn<starter>("", [](context& self) { self.link(at("n2", "m")); });
    });
    it->run_for(1s);
    EXPECT_EQ(ends(it), (texts{"exit", "exit: tired"}));
    it.crash("n2");
    it->run_for(1s);
    EXPECT_EQ(ends(it), (texts{"exit", "exit: tired", "linked: node down"}));
}

TEST(link, that_is_reliable_outlives_the_loss_of_its_messages) {
    for (const char* what : {"actor_link_request", "actor_exit_signal"}) {
        small_world it(2, [=](node& here) {
            here.hooks().install("lose", [=](direction, const envelope& message) {
                return message.type->name == what && message.ordinal == 1
                           ? disposition::drop("lost")
                           : disposition::pass();
            });
            if (is(here, "n2")) {
                here.spawn<mortal>("m");
                return tell(here, at("n2", "m"), "tired", 3s);
            }
            here.spawn<starter>(
                "", [](context& self) { self.link(at("n2", "m"), {.reliable = true}); });
        });
        it->run_for(20s);
        EXPECT_EQ(ends(it), (texts{"exit", "exit: tired", "linked: exit: tired"})) << what;
    }
}

TEST(link, and_monitor_hear_of_a_connection_that_only_the_other_side_lost) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) return (void)here.spawn<mortal>("m");
        here.spawn_fiber("", [](fiber_context& self) {
            (void)self.monitor(at("n2", "m"));
            self.link(at("n2", "m"));
            self.trap_exits(true);
            note_downs(self);
        });
        here.spawn_fiber("", [](fiber_context& self) {
            self.link(at("n2", "m"));
            (void)self.receive<tick>();
        });
    });
    it->run_for(1s);
    it->find(node_id("n2"))->peer_down(node_id("n1"));
    it->run_for(1s);
    EXPECT_EQ(it.words(), texts{"node down"});
    EXPECT_EQ(ends(it), (texts{"linked: node down", "linked: node down"}));
}

TEST(trap, tells_of_every_end_in_place_of_ending) {
    auto it = with_mortal("exit", [](node& here) {
        const actor_id near = here.spawn<mortal>("near");
        here.spawn<trapper>("", std::vector<actor_id>{near, at("n2", "m"), at("n9", "x")});
        tell(here, near, "tired", 1s);
    });
    it.finish();
    EXPECT_EQ(it.words(),
              (texts{"n9 ended: node down", "n2 ended: exit", "n1 ended: exit: tired"}));
}

TEST(trap, can_be_given_up) {
    auto it = with_mortal("tired", [](node& here) {
        here.spawn<starter>("", [](context& self) {
            self.trap_exits(true);
            self.link(at("n2", "m"));
            self.trap_exits(false);
        });
    });
    it.finish();
    EXPECT_EQ(ends(it), (texts{"exit", "exit: tired", "linked: exit: tired"}));
}

TEST(stop_actor, ends_an_actor_anywhere_for_the_reason_given) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) {
            here.spawn<mortal>("m");
            here.spawn_fiber("f", [](fiber_context& self) { self.sleep(1h); });
            return;
        }
        here.spawn_fiber("", [](fiber_context& self) {
            (void)self.monitor(at("n2", "m"));
            (void)self.monitor(at("n2", "f"));
            self.stop_actor(at("n2", "m"));
            self.stop_actor(at("n2", "f"), "enough");
            self.stop_actor(at("n2", "nobody"));
            note_downs(self);
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"shutdown", "enough"}));
}

TEST(stop_actor, is_up_to_one_that_traps_exits_unless_it_is_killed) {
    small_world it(1, [](node& here) {
        const actor_id it_is = here.spawn<trapper>("", std::vector<actor_id>{});
        const actor_id other = here.spawn<trapper>("", std::vector<actor_id>{it_is});
        here.spawn_fiber("", [=](fiber_context& self) {
            self.stop_actor(it_is);
            self.stop_actor(other, "please");
            self.sleep(1s);
            self.stop_actor(it_is, end_reason::kill);
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"n1 asks: shutdown", "n1 asks: please", "n1 ended: killed"}));
    EXPECT_EQ(ends(it), (texts{"exit", "killed"}));
}

TEST(name, is_taken_found_passed_on_and_given_up) {
    small_world it(1, [](node& here) {
        here.spawn_fiber("first", [](fiber_context& self) {
            EXPECT_EQ(self.whereis("first"), self.self());
            self.register_name("king");
            EXPECT_FALSE(self.whereis("first").valid()) << "one name each";
            EXPECT_EQ(self.whereis("king"), self.self());
            const actor_id heir = self.spawn_fiber("", [](fiber_context& next) {
                next.register_name("king");
                EXPECT_EQ(next.peer(next.node()), next.local("king"));
                (void)next.receive<tick>();
                next.unregister_name();
                EXPECT_FALSE(next.whereis("king").valid());
                next.sleep(1s);
            });
            EXPECT_EQ(self.whereis("king"), heir);
            (void)self.monitor(self.local("king"));
            self.sleep(1ms);
            self.unregister_name();  // it has none
            self.send(self.local("king"), tick{});
            note_downs(self);
        });
    });
    it.finish();
    EXPECT_EQ(it.words(), texts{"no such actor"});
}

TEST(name, of_a_remote_actor_is_registered_while_it_runs) {
    small_world it(2, [](node& here) {
        if (is(here, "n2")) {
            here.spawn_fiber("", [](fiber_context& self) {
                self.sleep(1s);
                self.register_name("late");
                self.note(*self.receive<number>());
            });
            return;
        }
        here.spawn_fiber("", [](fiber_context& self) {
            self.send(at("n2", "late"), number{1});
            self.sleep(2s);
            self.send(at("n2", "late"), number{2});
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n2"), std::vector<std::int64_t>{2});
}

TEST(address, as_text_reads_back) {
    for (const actor_id each :
         {actor_id{node_id("n2"), (3ULL << 40) | 17}, at("n2", "kv"),
          at("a node of a long name", "kv"), actor_id{node_id("n1"), (1ULL << 63) - 1}}) {
        EXPECT_EQ(parse_actor(to_text(each)), each) << to_text(each);
    }
    EXPECT_EQ(to_text(actor_id{node_id("n2"), (3ULL << 40) | 17}), "n2/3.17");
    EXPECT_EQ(parse_actor("n2/kv"), at("n2", "kv"));
    for (const char* bad : {"", "n2", "n2/", "/kv", "n2/3", "n2/3.", "n2/3.0", "n2/9999999999.1",
                            "n2/@", "n2/@xyz", "#xyz/kv", "n2/1.99999999999999"}) {
        EXPECT_FALSE(parse_actor(bad).has_value()) << bad;
    }
}

TEST(link, worlds_of_the_same_ends_have_the_same_hash) {
    const auto hash = [] {
        auto it = with_mortal("tired", [](node& here) {
            here.spawn<trapper>("near", std::vector<actor_id>{at("n2", "m")});
            here.spawn<starter>("", [](context& self) { self.link(self.local("near")); });
        });
        it->run_for(1s);
        it.crash("n2");
        it.finish();
        return it->trace().hash();
    };
    EXPECT_EQ(hash(), hash());
}

}  // namespace
