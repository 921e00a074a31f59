#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <small_world.hpp>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PARTITA_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PARTITA_TEST_SANITIZED 1
#endif
#endif

namespace {

using namespace partita;
using namespace partita::test;

TEST(bounds, endless_ping_pong_hits_the_step_bound) {
    world_options options;
    options.events_max = 100;
    small_world it(
        1,
        [](node& here) {
            here.spawn<on_number>(
                "x", [](context& self, const number& got) { self.send(self.self(), got); });
            here.spawn<starter>("", [](context& self) { self.send(self.local("x"), number{}); });
        },
        options);
    it.finish();
    ASSERT_TRUE(it->end());
    EXPECT_EQ(it->end()->kind, event_kind::bound);
    EXPECT_EQ(it.end_text(), "step bound");
    EXPECT_EQ(it->events_handled(), 100U);
    EXPECT_FALSE(it->step());
}

TEST(bounds, endless_send_in_one_handler_hits_the_pending_bound) {
    world_options options;
    options.pending_max = 1'000;
    for (const bool remote : {false, true}) {
        small_world it(
            2,
            [remote](node& here) {
                here.spawn<starter>("x", [remote](context& self) {
                    for (;;) self.send(at(remote ? "n2" : "n1", "x"), number{});
                });
            },
            options);
        it.finish();
        EXPECT_EQ(it.end_text(), "mailbox bound") << remote;
    }
}

TEST(bounds, a_watched_fiber_that_hits_one_is_no_crash_of_ours) {
    world_options options;
    options.pending_max = 100;
    small_world it(
        1,
        [](node& here) {
            const actor_id busy = here.spawn_fiber("busy", [](fiber_context& self) {
                self.sleep(1ms);
                for (;;) self.send(self.self(), number{});
            });
            here.spawn<starter>("", [busy](context& self) { self.monitor(busy); });
        },
        options);
    it.finish();
    EXPECT_EQ(it.end_text(), "mailbox bound");
}

TEST(bounds, a_fiber_whose_end_hits_one_is_no_crash_of_ours) {
    world_options options;
    options.pending_max = 100;
    small_world it(
        1,
        [](node& here) {
            const actor_id busy = here.spawn_fiber("busy", [](fiber_context& self) {
                self.sleep(1ms);
                for (int count = 0; count < 100; ++count) self.send(at("n1", "nobody"), number{});
            });
            here.spawn<starter>("", [busy](context& self) { self.monitor(busy); });
        },
        options);
    it.finish();
    EXPECT_EQ(it.end_text(), "mailbox bound");
}

TEST(bounds, a_fiber_that_never_receives_hits_the_mailbox_bound) {
    world_options options;
    options.node.mailbox_max = 10;
    small_world it(
        1,
        [](node& here) {
            const actor_id lazy =
                here.spawn_fiber("lazy", [](fiber_context& self) { self.sleep(1h); });
            here.spawn<starter>("", [lazy](context& self) {
                for (int count = 0; count < 11; ++count) self.send(lazy, number{});
            });
        },
        options);
    it.finish();
    ASSERT_TRUE(it->end());
    EXPECT_EQ(it->end()->kind, event_kind::bound);
    EXPECT_EQ(it.end_text(), "mailbox bound");
}

TEST(failure, an_exception_in_a_handler_ends_the_world_with_its_text) {
    small_world it(1, [](node& here) {
        here.spawn<on_number>("x",
                              [](context&, const number&) { throw std::runtime_error("oops"); });
        here.spawn<starter>("", [](context& self) { self.send(self.local("x"), number{}); });
    });
    it.finish();
    ASSERT_TRUE(it->end());
    EXPECT_EQ(it->end()->kind, event_kind::failure);
    EXPECT_EQ(it->end()->node, node_id("n1"));
    EXPECT_EQ(it.end_text(), "exception: oops");
}

TEST(failure, an_exception_in_on_start_in_a_fiber_or_of_any_type_is_one_too) {
    small_world start(1, [](node& here) {
        here.spawn<starter>("", [](context&) { throw std::logic_error("at start"); });
    });
    EXPECT_EQ(start.end_text(), "exception: at start");
    small_world fiber(1, [](node& here) {
        here.spawn_fiber("", [](fiber_context& self) {
            self.sleep(1s);
            throw 42;
        });
    });
    fiber.finish();
    EXPECT_EQ(fiber.end_text(), "exception: not a std::exception");
    EXPECT_EQ(fiber->now(), time_point(1s));
}

TEST(failure, an_exception_is_told_to_who_watches) {
    small_world it(2, [](node& here) {
        if (is(here, "n2"))
            here.spawn<on_number>(
                "x", [](context&, const number&) { throw std::runtime_error("oops"); });
        if (is(here, "n2")) return;
        here.spawn_fiber("w", [](fiber_context& self) {
            self.monitor(at("n2", "x"));
            self.send(at("n2", "x"), number{});
            (void)self.receive<down>();
        });
    });
    it.finish();
    const auto& events = it->trace().events();
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), [&](const traced_event& each) {
        return each.kind == event_kind::exit && it->trace().text(each) == "exception: oops";
    }));
}

// An address sanitizer finds the overrun by itself, and its frames are larger than the stack.
#if !defined(PARTITA_TEST_SANITIZED)
TEST(failure, a_fiber_that_overran_its_stack_is_found_out) {
    workspace space(stack_pool::options{.stack_bytes = 32 * 1024, .guarded_max = 0});
    world it(world_options{}, space);
    it.start({node_id("n1")}, [](node& here) {
        // Below it lies its neighbour's stack, not in use.
        here.spawn_fiber("", [](fiber_context& self) { self.sleep(1s); });
        here.spawn_fiber("deep", [](fiber_context&) {
            volatile char large[30 * 1024];
            for (volatile char& each : large) each = 1;
        });
    });
    ASSERT_TRUE(it.end());
    EXPECT_EQ(it.end()->text, "stack overflow in a fiber actor");
}
#endif

}  // namespace
