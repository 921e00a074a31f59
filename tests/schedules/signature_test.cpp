#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include <partita/schedules/codec.hpp>
#include <partita/schedules/signature.hpp>

namespace {

using partita::schedule;
using partita::signature_of;
using partita::skeleton;
using partita::violation;

schedule with(const std::string& lines) {
    const auto parsed = partita::parse_schedule("app kv\n" + lines);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed.value_or(schedule{});
}

std::string skeleton_of(const std::string& lines) { return skeleton(with(lines)); }

TEST(signature, skeleton_letters_nodes_and_leaves_out_ordinals_and_durations) {
    EXPECT_EQ(skeleton_of(""), "");
    EXPECT_EQ(skeleton_of("omit n1 -> n2 commit #3"), "omit a -> b commit");
    EXPECT_EQ(skeleton_of("delay n2 -> n1 commit #1 by 3s"), "delay a -> b commit by");
    EXPECT_EQ(skeleton_of("crash n2 at receive n1 -> n2 commit #1"),
              "crash a at receive b -> a commit");
    EXPECT_EQ(skeleton_of("reorder n1 -> n2 commit #1 after n3 -> n2 commit #2"),
              "reorder a -> b commit after c -> b commit");
}

TEST(signature, skeleton_knows_fault_steps_and_ignores_the_workload) {
    EXPECT_EQ(skeleton_of("n1 write x 1\nwait 2s\nfault partition { n1 } { n2 n3 }\nn1 read x"),
              "fault partition { a } { b c }");
    EXPECT_EQ(skeleton_of("fault resolve_all\nomit n1 -> n2 x #1"),
              "fault resolve_all; omit a -> b x");
}

TEST(signature, skeleton_is_a_sorted_multiset) {
    EXPECT_EQ(skeleton_of("omit n1 -> n2 commit #2\nomit n1 -> n2 commit #1"),
              "omit a -> b commit; omit a -> b commit");
    EXPECT_EQ(skeleton_of("omit n1 -> n2 prepare #1\ncrash n2 at start #1"),
              "crash a at start; omit b -> a prepare");
}

TEST(signature, skeleton_does_not_depend_on_which_node_is_called_what) {
    EXPECT_EQ(skeleton_of("omit n2 -> n1 commit #1\nomit n1 -> n3 prepare #1"),
              skeleton_of("omit n1 -> n2 commit #1\nomit n2 -> n3 prepare #1"));
    EXPECT_EQ(skeleton_of("omit n1 -> n2 commit #1\nomit n2 -> n3 commit #1"),
              skeleton_of("omit n2 -> n3 commit #1\nomit n3 -> n1 commit #1"));
    EXPECT_NE(skeleton_of("omit n1 -> n2 commit #1\nomit n2 -> n3 commit #1"),
              skeleton_of("omit n1 -> n2 commit #1\nomit n1 -> n3 commit #1"));
}

TEST(signature, past_the_letter_z_come_two) {
    std::string lines = "fault isolate";
    for (int node = 1; node <= 28; ++node) {
        lines += " n" + std::to_string(node);
    }
    EXPECT_TRUE(skeleton_of(lines).ends_with(" y z aa ab"));
}

TEST(signature, many_like_faults_do_not_take_for_ever) {
    std::string lines;
    for (int node = 2; node <= 200; ++node) {
        lines += "omit n1 -> n" + std::to_string(node) + " commit #1\n";
        if (node == 12 || node == 60) {
            EXPECT_NE(skeleton_of(lines).find("; omit a -> c commit; "), std::string::npos);
        }
    }
    EXPECT_EQ(std::ranges::count(skeleton_of(lines), ';'), 198);
}

TEST(signature, is_sixteen_digits_over_property_kind_and_skeleton) {
    const auto first = with("omit n1 -> n2 commit #1");
    const auto same = with("n1 write x 1\nomit n2 -> n3 commit #4");
    const auto other = with("omit n1 -> n2 prepare #1");
    const violation failure{"atomic", "ok but not delivered", "n2 has nothing"};
    const auto signature = signature_of(first, failure);
    EXPECT_EQ(signature, "23cb4592f37f3520");
    EXPECT_EQ(signature_of(same, {"atomic", "ok but not delivered", "n3 has nothing"}), signature);
    EXPECT_NE(signature_of(other, failure), signature);
    EXPECT_NE(signature_of(first, {"durable", "ok but not delivered", ""}), signature);
    EXPECT_NE(signature_of(first, {"atomic", "hang", ""}), signature);
}

RC_GTEST_PROP(signature, skeleton_survives_a_renaming_of_nodes_and_any_order_of_deviations, ()) {
    std::vector<int> names{1, 2, 3, 4, 5};
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    std::shuffle(names.begin(), names.end(), std::mt19937(seed));
    const auto node = rc::gen::inRange<std::size_t>(0, 5);
    schedule plain;
    schedule renamed;
    const auto count = *rc::gen::inRange(0, 6);
    for (int index = 0; index < count; ++index) {
        const auto from = *node;
        const auto to = *node;
        const auto type = *rc::gen::element<std::string>(" commit #1", " prepare #1");
        const auto label = [&](auto name) {
            return partita::site_label('n' + std::to_string(name(from)) + " -> n" +
                                       std::to_string(name(to)) + type);
        };
        plain.deviations.push_back({"omit", label([](std::size_t at) { return at + 1; }), {}});
        renamed.deviations.insert(renamed.deviations.begin(),
                                  {"omit", label([&](std::size_t at) { return names[at]; }), {}});
    }
    RC_LOG() << to_text(plain) << to_text(renamed);
    RC_ASSERT(skeleton(canonical(plain)) == skeleton(canonical(renamed)));
}

}  // namespace
