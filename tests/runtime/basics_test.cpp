#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <set>

#include <partita/runtime/ids.hpp>
#include <partita/runtime/overlay.hpp>
#include <partita/runtime/random_source.hpp>
#include <partita/runtime/stack_pool.hpp>
#include <partita/runtime/trace_event.hpp>

namespace {

using partita::actor_id;
using partita::full_mesh;
using partita::node_id;
using partita::random_source;
using partita::stack_pool;

TEST(node_id, short_names_stand_for_themselves) {
    for (const char* name : {"n1", "n12345", "a", "12345678"})
        EXPECT_EQ(node_id(name).name(), name);
    EXPECT_EQ(node_id{}.name(), "");
    EXPECT_NE(node_id("n1"), node_id("n2"));
}

TEST(node_id, order_is_by_length_then_letters) {
    EXPECT_LT(node_id("n2"), node_id("n10"));
    EXPECT_LT(node_id("n10"), node_id("n11"));
    EXPECT_LT(node_id{}, node_id("a"));
}

TEST(node_id, long_names_are_a_digest) {
    const node_id one("database-primary");
    EXPECT_EQ(one, node_id("database-primary"));
    EXPECT_NE(one, node_id("database-replica"));
    EXPECT_EQ(one.name().front(), '#');
    EXPECT_EQ(node_id::from_bits(one.bits()), one);
}

TEST(actor_id, a_name_is_no_spawned_actor) {
    const actor_id named = actor_id::named(node_id("n1"), "kv");
    EXPECT_TRUE(named.is_named());
    EXPECT_TRUE(named.valid());
    EXPECT_FALSE((actor_id{node_id("n1"), 5}).is_named());
    EXPECT_FALSE(actor_id{}.valid());
    EXPECT_NE(named, actor_id::named(node_id("n1"), "kw"));
    EXPECT_NE(named, actor_id::named(node_id("n2"), "kv"));
}

TEST(channel, the_empty_name_is_the_default) {
    EXPECT_EQ(partita::channel(""), partita::channel{});
    EXPECT_NE(partita::channel("a"), partita::channel("b"));
}

TEST(time, later_never_wraps) {
    using namespace std::chrono_literals;
    using partita::later;
    using partita::time_point;
    EXPECT_EQ(later(time_point(1s), 2s), time_point(3s));
    EXPECT_EQ(later(time_point(1s), partita::duration::max()), time_point::max());
}

TEST(full_mesh, knows_members_in_order_and_itself) {
    full_mesh mesh(node_id("n2"), {node_id("n10"), node_id("n1"), node_id("n1")});
    EXPECT_EQ(mesh.members(), (std::vector{node_id("n1"), node_id("n2"), node_id("n10")}));
    EXPECT_EQ(mesh.next_hop(node_id("n10")), node_id("n10"));
    EXPECT_EQ(mesh.next_hop(node_id("n3")), std::nullopt);
}

TEST(full_mesh, joins_and_leaves_without_touching_who_shares_its_list) {
    const auto shared =
        std::make_shared<const std::vector<node_id>>(std::vector{node_id("n1"), node_id("n3")});
    full_mesh one(shared);
    const full_mesh other(shared);
    one.join(node_id("n2"));
    one.join(node_id("n2"));
    EXPECT_EQ(one.members(), (std::vector{node_id("n1"), node_id("n2"), node_id("n3")}));
    one.leave(node_id("n3"));
    one.leave(node_id("n9"));
    EXPECT_EQ(one.members(), (std::vector{node_id("n1"), node_id("n2")}));
    EXPECT_EQ(other.members(), *shared);
}

RC_GTEST_PROP(full_mesh, is_a_sorted_set_whatever_happens, ()) {
    full_mesh mesh(node_id("n1"), {});
    std::set<node_id> model{node_id("n1")};
    for (const int number : *rc::gen::container<std::vector<int>>(rc::gen::inRange(2, 40))) {
        const node_id id("n" + std::to_string(number / 2));
        number % 2 == 0 ? mesh.join(id) : mesh.leave(id);
        if (number % 2 == 0) model.insert(id);
        if (number % 2 != 0) model.erase(id);
    }
    RC_ASSERT(mesh.members() == std::vector<node_id>(model.begin(), model.end()));
}

TEST(random_source, is_the_same_in_every_build) {
    random_source random(42);
    EXPECT_EQ(random.next(), 13679457532755275413ULL);
    EXPECT_EQ(random.next(), 2949826092126892291ULL);
}

RC_GTEST_PROP(random_source, stays_in_range,
              (std::uint64_t seed, std::int64_t one, std::int64_t other)) {
    random_source random(seed);
    const auto [low, high] = std::minmax(one, other);
    for (int draw = 0; draw < 20; ++draw) {
        const std::int64_t value = random.between(low, high);
        RC_ASSERT(value >= low);
        RC_ASSERT(value <= high);
        RC_ASSERT(random.below(7) < 7U);
        RC_ASSERT(random.chance(3, 3));
        RC_ASSERT(!random.chance(0, 3));
    }
}

TEST(random_source, shuffles_all_permutations_about_equally) {
    random_source random(7);
    std::map<std::vector<int>, int> counts;
    for (int round = 0; round < 6'000; ++round) {
        std::vector<int> values{1, 2, 3};
        random.shuffle(values);
        ++counts[values];
    }
    EXPECT_EQ(counts.size(), 6U);
    for (const auto& [order, count] : counts) {
        EXPECT_GT(count, 850);
        EXPECT_LT(count, 1'150);
    }
}

TEST(stack_pool, notices_a_stack_that_was_overrun) {
    stack_pool pool({.stack_bytes = 16 * 1024, .guarded_max = 0});
    const stack_pool::stack taken = pool.take();
    EXPECT_EQ(taken.bytes, 16U * 1024);
    EXPECT_TRUE(stack_pool::intact(taken));
    std::memset(taken.bottom, 0, taken.bytes / 2);
    EXPECT_FALSE(stack_pool::intact(taken));
    pool.give_back(taken);
    const stack_pool::stack again = pool.take();
    EXPECT_EQ(again.bottom, taken.bottom) << "used again";
    EXPECT_TRUE(stack_pool::intact(again));
    pool.give_back(again);
}

TEST(stack_pool, hands_out_stacks_that_do_not_overlap) {
    stack_pool pool({.stack_bytes = 1u << 20, .guarded_max = 2});
    std::set<std::byte*> bottoms;
    for (int count = 0; count < 40; ++count) bottoms.insert(pool.take().bottom);
    EXPECT_EQ(bottoms.size(), 40U);
    for (auto low = bottoms.begin(), high = std::next(low); high != bottoms.end(); ++low, ++high) {
        EXPECT_GE(*high - *low, 1 << 20);
    }
}

TEST(stack_pool, takes_any_size_it_is_asked_for) {
    EXPECT_EQ(stack_pool({.stack_bytes = 1}).take().bytes, 16U * 1024);
    EXPECT_EQ(stack_pool({.stack_bytes = 1ULL << 40}).take().bytes, 16U << 20);
}

TEST(event_kind, has_a_name_each) {
    std::set<std::string_view> names;
    for (int kind = 0; kind <= static_cast<int>(partita::event_kind::bound); ++kind) {
        names.insert(to_text(static_cast<partita::event_kind>(kind)));
    }
    EXPECT_EQ(names.size(), 20U);
}

}  // namespace
