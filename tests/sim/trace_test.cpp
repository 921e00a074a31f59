#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;

struct rumour {
    std::uint64_t origin = 0;
    std::string text;
};
PARTITA_MESSAGE(rumour, origin, text)

/// Tells a random peer, some random time later, a few times over.
struct gossiper {
    using accepts = messages<rumour, tick>;
    int left = 20;
    void on_start(context& self) { (void)self.send_after(1ms, tick{}); }
    void on_message(context& self, const tick&) {
        if (left == 0) return;
        --left;
        const auto& all = self.members();
        const node_id to = all[self.random().below(all.size())];
        self.send(self.peer(to), rumour{self.random().next(), "psst"});
        (void)self.send_after(duration(self.random().between(1, 5'000'000)), tick{});
    }
    void on_message(context& self, const rumour& heard) {
        if (heard.origin % 3 == 0) self.note(heard);
    }
};

struct summary {
    std::uint64_t hash = 0;
    std::uint64_t events = 0;
    bool operator==(const summary&) const = default;
};

struct gossip_options {
    std::uint64_t seed = 1;
    trace_detail detail = trace_detail::full;
};

summary gossip(const gossip_options& with, workspace& space) {
    world_options options;
    options.seed = with.seed;
    options.detail = with.detail;
    options.latency = pareto_latency{1ms, 15, 10s};
    world it(options, space);
    std::vector<node_id> names;
    for (int index = 1; index <= 10; ++index) names.emplace_back("n" + std::to_string(index));
    it.start(names, [](node& here) {
        here.spawn<gossiper>("gossip");
        here.spawn_fiber("", [](fiber_context& self) {
            for (int round = 0; round < 3; ++round) {
                (void)self.call<rumour>(self.local("gossip"), tick{}, 3ms, {channel("calls")});
                self.note(number{round});
            }
        });
    });
    it.run_for(8ms);
    it.control().crash(names[2]);
    it.control().pause(names[4]);
    it.run_for(20ms);
    it.control().restart(names[2]);
    it.control().resume(names[4]);
    it.run_until([] { return false; }, time_point::max());
    return {it.trace().hash(), it.trace().size()};
}
summary gossip(const gossip_options& with = {}) {
    workspace space;
    return gossip(with, space);
}

TEST(trace_hash, is_a_function_of_seed_and_actions) {
    const summary first = gossip();
    EXPECT_GT(first.events, 500U);
    EXPECT_EQ(first, gossip());
    EXPECT_NE(first.hash, gossip({.seed = 2}).hash);
}

TEST(trace_hash, does_not_depend_on_what_the_trace_keeps) {
    const summary full = gossip();
    EXPECT_EQ(full, gossip({.detail = trace_detail::events}));
    EXPECT_EQ(full, gossip({.detail = trace_detail::notes}));
}

TEST(trace_hash, does_not_depend_on_what_the_memory_was_used_for) {
    workspace space;
    const summary fresh = gossip({}, space);
    (void)gossip({.seed = 99}, space);
    EXPECT_EQ(fresh, gossip({}, space));
    EXPECT_EQ(fresh, gossip());
}

TEST(trace_hash, is_the_same_on_every_thread) {
    std::vector<summary> seen(8);
    std::vector<std::thread> threads;
    for (summary& each : seen) {
        threads.emplace_back([&each] {
            workspace space;
            (void)gossip({.seed = 7}, space);
            each = gossip({}, space);
        });
    }
    for (std::thread& each : threads) each.join();
    const summary wanted = gossip();
    for (const summary& each : seen) EXPECT_EQ(each, wanted);
}

TEST(trace_hash, is_the_same_in_another_process) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        const std::vector<std::string> other_heap(1'000, std::string(100, 'x'));
        const std::uint64_t hash = gossip().hash;
        const bool told = write(ends[1], &hash, sizeof hash) == sizeof hash;
        _exit(told && !other_heap.empty() ? 0 : 1);
    }
    std::uint64_t hash = 0;
    ASSERT_EQ(read(ends[0], &hash, sizeof hash), static_cast<ssize_t>(sizeof hash));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(hash, gossip().hash);
}

TEST(trace, numbers_events_and_links_each_to_its_cause) {
    small_world it(2, [](node& here) {
        here.spawn<recorder>("r");
        if (is(here, "n1"))
            here.spawn<starter>("s", [](context& self) { self.send(at("n2", "r"), number{1}); });
    });
    it.finish();
    const auto events = it->trace().events();
    std::map<event_kind, traced_event> last;
    for (std::size_t index = 0; index < events.size(); ++index) {
        EXPECT_EQ(events[index].id.value, index + 1);
        EXPECT_LT(events[index].cause.value, events[index].id.value);
        last[events[index].kind] = events[index];
    }
    const auto spawned = std::find_if(events.begin(), events.end(), [&](const traced_event& each) {
        return each.kind == event_kind::spawn && it->trace().text(each) == "s";
    });
    EXPECT_EQ(last[event_kind::send].cause, spawned->id);
    EXPECT_EQ(last[event_kind::deliver].cause, last[event_kind::send].id);
    EXPECT_EQ(last[event_kind::note].cause, last[event_kind::deliver].id);
    EXPECT_EQ(it->trace().line(last[event_kind::deliver]),
              "#5 1.000000 ms n2 deliver n1 -> n2 number{value: 1} #1");
}

TEST(trace, keeps_what_its_detail_says) {
    const auto build = [](trace_detail detail) {
        world_options options;
        options.detail = detail;
        small_world it(
            2,
            [](node& here) {
                here.spawn<recorder>("r");
                if (is(here, "n1"))
                    here.spawn<starter>("s",
                                        [](context& self) { self.send(at("n2", "r"), number{1}); });
            },
            options);
        it.finish();
        return std::pair(it->trace().events().size(), it.numbers("n2").size());
    };
    EXPECT_EQ(build(trace_detail::full), std::pair(std::size_t{6}, std::size_t{1}));
    EXPECT_EQ(build(trace_detail::events), std::pair(std::size_t{6}, std::size_t{1}));
    EXPECT_EQ(build(trace_detail::notes), std::pair(std::size_t{1}, std::size_t{1}));
}

TEST(trace, a_listener_hears_of_every_event) {
    struct counting final : observer {
        std::uint64_t count = 0;
        event_id record(const trace_event&) override { return {++count}; }
    };
    counting listener;
    world_options options;
    options.detail = trace_detail::notes;
    options.listener = &listener;
    small_world it(
        2, [](node& here) { here.spawn<gossiper>("gossip"); }, options);
    it.finish();
    EXPECT_EQ(listener.count, it->trace().size());
}

/// What each node draws; `more`: one draw more in an actor of n2.
std::vector<std::uint64_t> draws(bool more, std::uint64_t seed = 0) {
    world_options options;
    options.seed = seed;
    options.latency = uniform_latency{1ms, 9ms};
    std::vector<std::uint64_t> all;
    small_world it(
        3,
        [&](node& here) {
            here.spawn_fiber("a", [&all, more](fiber_context& self) {
                if (more && self.node() == node_id("n2")) (void)self.random().next();
                self.sleep(1ms);
                if (self.node() != node_id("n2")) all.push_back(self.random().next());
            });
            here.spawn_fiber("b",
                             [&all](fiber_context& self) { all.push_back(self.random().next()); });
        },
        options);
    it.finish();
    return all;
}

TEST(random, one_more_draw_in_one_actor_shifts_nobody_else) {
    EXPECT_EQ(draws(false), draws(true));
    EXPECT_NE(draws(false), draws(false, 1));
    const auto all = draws(false);
    EXPECT_EQ(std::set<std::uint64_t>(all.begin(), all.end()).size(), all.size())
        << "streams are apart";
}

TEST(random, another_actor_shifts_nobody_who_has_a_name) {
    const auto draw = [](bool another) {
        std::uint64_t drawn = 0;
        small_world it(1, [&](node& here) {
            if (another) here.spawn<recorder>("new");
            here.spawn_fiber("a", [&](fiber_context& self) { drawn = self.random().next(); });
        });
        return drawn;
    };
    EXPECT_EQ(draw(false), draw(true));
}

TEST(random, a_restarted_actor_does_not_draw_what_it_drew_before) {
    std::vector<std::uint64_t> drawn;
    small_world it(1, [&](node& here) {
        here.spawn_fiber("a", [&](fiber_context& self) { drawn.push_back(self.random().next()); });
    });
    it.crash("n1");
    it.restart("n1");
    ASSERT_EQ(drawn.size(), 2U);
    EXPECT_NE(drawn[0], drawn[1]);
}

TEST(world, time_moves_only_to_the_next_event) {
    small_world it(
        1, [](node& here) { here.spawn_fiber("", [](fiber_context& self) { self.sleep(5s); }); });
    EXPECT_FALSE(it->quiescent());
    EXPECT_FALSE(it->run_until([] { return false; }, time_point(1s)));
    EXPECT_EQ(it->now(), time_point(0s));
    it->run_for(2s);
    EXPECT_EQ(it->now(), time_point(2s));
    it->run_for(duration::max());
    EXPECT_EQ(it->now(), time_point::max());
    EXPECT_TRUE(it->quiescent());
}

TEST(world, knows_its_nodes_and_no_others) {
    small_world it(2, [](node&) {});
    EXPECT_EQ(it->control().nodes(), (std::vector{node_id("n1"), node_id("n2")}));
    EXPECT_EQ(it->find(node_id("n3")), nullptr);
    EXPECT_EQ(it->find(node_id{}), nullptr);
    EXPECT_THROW(it.crash("n3"), std::out_of_range);
}

TEST(timer_id, is_the_same_whatever_the_memory_was_used_for) {
    const auto timers = [](workspace& space) {
        std::vector<std::uint64_t> ids;
        world it(world_options{}, space);
        it.start({node_id("n1")}, [&](node& here) {
            here.spawn<starter>("", [&](context& self) {
                for (int index = 0; index < 5; ++index)
                    ids.push_back(self.send_after(1s, tick{}).value);
            });
        });
        it.run_for(2s);
        return ids;
    };
    workspace space;
    const auto first = timers(space);
    EXPECT_EQ(first, timers(space));
    EXPECT_EQ(std::set<std::uint64_t>(first.begin(), first.end()).size(), 5U);
}

}  // namespace
