#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include <partita/runtime/interposition.hpp>

namespace {

using partita::direction;
using partita::disposition;
using partita::envelope;
using partita::interposition;
using namespace std::chrono_literals;

struct fixture {
    partita::envelope_pool pool;
    partita::envelope_ptr message = pool.make();
    interposition hooks;
    std::vector<std::string> seen;
    fixture() { message->payload.append("a", 1); }
    [[nodiscard]] std::string content() const {
        return {reinterpret_cast<const char*>(message->payload.bytes().data()),
                message->payload.size()};
    }
    disposition apply(direction way = direction::send) { return hooks.apply(way, *message); }
};

partita::payload bytes(const std::string& text) {
    partita::payload made;
    made.append(text.data(), text.size());
    return made;
}

TEST(interposition, stages_run_in_order_and_hooks_in_order_of_name) {
    fixture with;
    with.hooks.install_post(
        "a", [&](direction, const envelope&, const envelope*) { with.seen.push_back("post a"); });
    with.hooks.install("b", [&](direction, const envelope&) {
        with.seen.push_back("on b");
        return disposition::pass();
    });
    with.hooks.install("a", [&](direction, const envelope&) {
        with.seen.push_back("on a");
        return disposition::pass();
    });
    with.hooks.install_pre("z", [&](direction, const envelope&) { with.seen.push_back("pre z"); });
    (void)with.apply();
    EXPECT_EQ(with.seen, (std::vector<std::string>{"pre z", "on a", "on b", "post a"}));
}

TEST(interposition, answers_add_up_and_each_sees_what_those_before_made) {
    fixture with;
    with.hooks.install("1",
                       [](direction, const envelope&) { return disposition::hold(2s, "slow"); });
    with.hooks.install(
        "2", [](direction, const envelope&) { return disposition::rewrite(bytes("bb"), "new"); });
    with.hooks.install("3", [&](direction, const envelope& got) {
        EXPECT_EQ(got.payload.size(), 2U);
        return disposition::reorder(1s, "");
    });
    with.hooks.install(
        "4", [](direction, const envelope&) { return disposition::duplicate(2, "more"); });
    with.hooks.install("5",
                       [](direction, const envelope&) { return disposition::duplicate(1, ""); });
    const disposition sum = with.apply();
    EXPECT_EQ(sum.delay, 3s);
    EXPECT_EQ(sum.copies, 3U);
    EXPECT_TRUE(sum.overtakable);
    EXPECT_FALSE(sum.dropped);
    EXPECT_TRUE(sum.rewritten.has_value());
    EXPECT_EQ(sum.reason, "more");
    EXPECT_EQ(with.content(), "bb");
}

TEST(interposition, the_first_drop_ends_the_second_stage_and_post_sees_it) {
    fixture with;
    with.hooks.install(
        "1", [](direction, const envelope&) { return disposition::rewrite(bytes("zz"), ""); });
    with.hooks.install("2", [](direction, const envelope&) { return disposition::drop("lost"); });
    with.hooks.install("3", [&](direction, const envelope&) {
        with.seen.push_back("never");
        return disposition::pass();
    });
    with.hooks.install_post("p", [&](direction, const envelope& original, const envelope* passed) {
        with.seen.push_back(passed == nullptr ? "dropped" : "passed");
        EXPECT_EQ(original.payload.size(), 1U) << "as it came in";
    });
    const disposition sum = with.apply();
    EXPECT_TRUE(sum.dropped);
    EXPECT_EQ(sum.reason, "lost");
    EXPECT_EQ(with.seen, (std::vector<std::string>{"dropped"}));
}

TEST(interposition, replaces_by_name_and_removes_from_all_stages) {
    fixture with;
    EXPECT_TRUE(with.hooks.empty());
    with.hooks.install("x", [](direction, const envelope&) { return disposition::drop("old"); });
    with.hooks.install("x", [](direction, const envelope&) { return disposition::drop("new"); });
    with.hooks.install_pre("x", [&](direction, const envelope&) { with.seen.push_back("pre"); });
    EXPECT_EQ(with.apply().reason, "new");
    EXPECT_FALSE(with.hooks.empty());
    EXPECT_FALSE(with.hooks.remove("y"));
    EXPECT_TRUE(with.hooks.remove("x"));
    EXPECT_TRUE(with.hooks.empty());
    EXPECT_FALSE(with.apply().dropped);
    EXPECT_EQ(with.seen.size(), 1U);
}

TEST(interposition, a_hook_that_changes_the_hooks_counts_from_the_next_message_on) {
    fixture with;
    with.hooks.install_pre("a", [&](direction, const envelope&) {
        with.hooks.install("late",
                           [](direction, const envelope&) { return disposition::drop("late"); });
        with.hooks.install_post("late", [&](direction, const envelope&, const envelope*) {
            with.seen.push_back("post");
        });
        with.hooks.remove("a");
    });
    EXPECT_FALSE(with.apply().dropped);
    EXPECT_TRUE(with.seen.empty());
    EXPECT_TRUE(with.apply().dropped);
    EXPECT_EQ(with.seen.size(), 1U);
}

TEST(interposition, hooks_learn_the_direction) {
    fixture with;
    with.hooks.install("x", [](direction way, const envelope&) {
        return way == direction::receive ? disposition::drop("in") : disposition::pass();
    });
    EXPECT_FALSE(with.apply(direction::send).dropped);
    EXPECT_TRUE(with.apply(direction::receive).dropped);
}

}  // namespace
