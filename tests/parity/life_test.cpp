#include <partita/runtime/supervisor.hpp>

#include <parity_program.hpp>

namespace partita::parity {
namespace {

class parity_of_lives : public parity {};
INSTANTIATE_TEST_SUITE_P(on, parity_of_lives, both_places, place_name);

/// Ends as it is told.
struct mortal {
    using accepts = messages<word>;
    void on_message(context& self, const word& how) {
        if (how.text == "exit") return self.exit();
        self.exit(how.text);
    }
};

std::string next_down(fiber_context& self) {
    const auto told = self.receive<down>(20s);
    return told ? told->reason : "nothing";
}

TEST_P(parity_of_lives, monitors_tell_once_why_an_actor_is_gone) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n1")) return;
        for (const auto* name : {"one", "two", "three"}) here.spawn<mortal>(name);
    }});
    play("n1", [](fiber_context& self) {
        self.monitor(at("n2", "one"));
        self.send(at("n2", "one"), word{"exit"});
        say(self, next_down(self));
        self.monitor(at("n2", "two"));
        self.send(at("n2", "two"), word{"bored"});
        say(self, next_down(self));
        self.monitor(at("n2", "one"));
        say(self, next_down(self));
        self.demonitor(self.monitor(at("n2", "three")));
        self.monitor(at("n2", "three"));
        say(self, "watching");
        say(self, next_down(self));
        if (!self.receive<down>(10ms)) say(self, "nothing else");
    });
    EXPECT_EQ(said("n1", 4), (texts{"exit", "exit: bored", "no such actor", "watching"}));
    stage_->stop("n2");
    EXPECT_EQ(said("n1", 6), (texts{"exit", "exit: bored", "no such actor", "watching", "node down",
                                    "nothing else"}));
}

/// Notes which connections come and go.
struct node_watcher {
    using accepts = messages<node_up, node_down, member_joined, member_left>;
    void on_start(context& self) { self.monitor_nodes(); }
    void on_message(context& self, const node_up& it) {
        say(self, "up " + it.node.name() + " " + std::to_string(it.incarnation));
    }
    void on_message(context& self, const node_down& it) { say(self, "down " + it.node.name()); }
    void on_message(context&, const member_joined&) {}
    void on_message(context&, const member_left&) {}
};

TEST_P(parity_of_lives, node_events_tell_of_each_life_of_a_peer) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n1")) here.spawn<node_watcher>("watcher");
    }});
    EXPECT_EQ(said("n1", 1), (texts{"up n2 1"}));
    stage_->stop("n2");
    EXPECT_EQ(said("n1", 2).back(), "down n2");
    stage_->restart("n2");
    EXPECT_EQ(said("n1", 3), (texts{"up n2 1", "down n2", "up n2 2"}));
}

std::string text_of(call_error why) {
    switch (why) {
        case call_error::timeout:
            return "timeout";
        case call_error::no_actor:
            return "no actor";
        case call_error::node_down:
            return "node down";
        case call_error::unanswered:
            return "unanswered";
    }
    return "?";
}

TEST_P(parity_of_lives, a_name_survives_a_restart_and_an_actor_does_not) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n2")) here.spawn<echo>("echo");
    }});
    actor_id former;
    stage_->on("n2", [&](node& here) { former = here.spawn<echo>("other"); });
    play("n1", [former](fiber_context& self) {
        self.monitor_nodes();
        for (int life = 1; life <= 2; ++life) {
            say(self, "up " + std::to_string(self.receive<node_up>()->incarnation));
            const auto named = self.call_monitored<number>(at("n2", "echo"), number{life}, 20s);
            say(self, named ? "name answers" : "name: " + text_of(named.error()));
            const auto one = self.call_monitored<number>(former, number{life}, 20s);
            say(self, one ? "actor answers" : "actor: " + text_of(one.error()));
        }
    });
    EXPECT_EQ(said("n1", 3), (texts{"up 1", "name answers", "actor answers"}));
    stage_->stop("n2");
    stage_->restart("n2");
    EXPECT_EQ(said("n1", 6), (texts{"up 1", "name answers", "actor answers", "up 2", "name answers",
                                    "actor: no actor"}));
}

TEST_P(parity_of_lives, storage_survives_what_memory_does_not) {
    stage_->start({.nodes = 1, .boot = [](node& here) {
                       here.spawn<starter>("clerk", [](context& self) {
                           storage_port& kept = self.storage();
                           const std::string before = kept.value_of("lives").value_or("");
                           kept.put("lives", before + "I");
                           kept.sync();
                           say(self, "life " + before + "I, " + std::to_string(kept.keys().size()) +
                                         " key");
                       });
                   }});
    for (int time = 1; time <= 2; ++time) {
        (void)said("n1", static_cast<std::size_t>(time));
        stage_->stop("n1");
        stage_->restart("n1");
    }
    EXPECT_EQ(said("n1", 3), (texts{"life I, 1 key", "life II, 1 key", "life III, 1 key"}));
}

TEST_P(parity_of_lives, linked_actors_of_two_nodes_end_together) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n1")) return;
        here.spawn<mortal>("one");
        here.spawn<mortal>("two");
    }});
    play("n1", [](fiber_context& self) {
        const auto linked_with = [&](const char* name) {
            return self.spawn_fiber("", [name](fiber_context& own) {
                own.link(at("n2", name));
                own.send(own.local("main"), number{1});
                (void)own.receive<number>();
            });
        };
        self.register_name("main");
        const auto ends_with = [&](const char* name, const char* how) {
            self.monitor(linked_with(name));
            (void)self.receive<number>();
            self.send(at("n2", name), word{how});
            say(self, next_down(self));
        };
        ends_with("one", "broken");
        self.monitor(linked_with("two"));
        (void)self.receive<number>();
        say(self, "linked");
        say(self, next_down(self));
    });
    EXPECT_EQ(said("n1", 2), (texts{"linked: exit: broken", "linked"}));
    stage_->stop("n2");
    EXPECT_EQ(said("n1", 3).back(), "linked: node down");
}

TEST_P(parity_of_lives, a_supervisor_starts_again_what_another_node_ended) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n1")) return;
        here.spawn<supervisor>(
            "top",
            supervision{.strategy = restart_strategy::rest_for_one,
                        .children = {child<mortal>("a"), child<mortal>("b"), child<mortal>("c")}});
    }});
    play("n1", [](fiber_context& self) {
        const auto starts = [&] {
            const auto list = self.call<child_list>(at("n2", "top"), which_children{}, 20s);
            std::string text;
            for (const child_state& each : list->all) {
                text += each.id + " " + std::to_string(each.starts) + ", ";
            }
            return text;
        };
        say(self, starts());
        self.monitor(at("n2", "b"));
        self.send(at("n2", "b"), word{"broken"});
        say(self, next_down(self));
        std::string now = starts();
        while (now.find("c 2") == std::string::npos) now = starts();
        say(self, now);
        self.monitor(at("n2", "top"));
        self.stop_actor(at("n2", "top"));
        say(self, next_down(self));
    });
    EXPECT_EQ(said("n1", 4),
              (texts{"a 1, b 1, c 1, ", "exit: broken", "a 1, b 2, c 2, ", "shutdown"}));
}

}  // namespace
}  // namespace partita::parity
