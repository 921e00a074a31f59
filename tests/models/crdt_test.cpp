#include <partita/models/crdt.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

#include "../crdt/bugs.hpp"
#include "../crdt/object.hpp"
#include "../crdt/specification.hpp"

namespace {

using namespace partita;
using namespace partita::crdt;

const node_id n1("n1");
const node_id n2("n2");
const node_id n3("n3");

object_options options_for(object_type type) { return {type, transport_kind::state, bug::none}; }

request adds(const std::string& value) { return {update_kind::add, value, 0}; }
request removes(const std::string& value) { return {update_kind::remove, value, 0}; }
request writes(const std::string& value) { return {update_kind::write, value, 0}; }
request counts(update_kind what, std::int64_t amount) { return {what, {}, amount}; }

/// A replica without a network.
struct replica {
    object_options options;
    node_id node;
    contents held{};
    std::uint64_t dots = 0;

    effect update(const request& asked) {
        effect made = prepared(options, held, asked, {node, ++dots});
        apply(options, held, made);
        return made;
    }
    void hear(const replica& other) { merge(options, held, other.held); }
    [[nodiscard]] std::string value() const { return value_of(options.type, held); }
};

// ---- the types ---------------------------------------------------------------------------------

TEST(crdt_counter, merges_what_each_node_counted_once) {
    replica one{options_for(object_type::pn_counter), n1};
    replica other{options_for(object_type::pn_counter), n2};
    (void)one.update(counts(update_kind::increment, 5));
    (void)other.update(counts(update_kind::decrement, 2));
    for (int again = 0; again < 2; ++again) {
        one.hear(other);
        other.hear(one);
    }
    EXPECT_EQ(one.value(), "3");
    EXPECT_EQ(other.value(), "3");
}

TEST(crdt_or_set, keeps_an_add_that_the_remove_did_not_see) {
    replica one{options_for(object_type::or_set), n1};
    replica other{options_for(object_type::or_set), n2};
    (void)one.update(adds("a"));
    other.hear(one);
    (void)one.update(removes("a"));
    (void)other.update(adds("a"));
    one.hear(other);
    other.hear(one);
    EXPECT_EQ(one.value(), "{a}");
    EXPECT_EQ(other.held, one.held);
}

TEST(crdt_or_set, does_not_bring_back_what_was_removed) {
    replica one{options_for(object_type::or_set), n1};
    replica other{options_for(object_type::or_set), n2};
    (void)one.update(adds("a"));
    other.hear(one);
    (void)one.update(removes("a"));
    one.hear(other);
    EXPECT_EQ(one.value(), "{}");
    other.hear(one);
    EXPECT_EQ(other.value(), "{}");
}

TEST(crdt_register, keeps_the_write_that_saw_the_other) {
    replica one{options_for(object_type::lww_register), n1};
    replica other{options_for(object_type::lww_register), n2};
    for (const char* each : {"1", "2", "3"}) (void)other.update(writes(each));
    one.hear(other);
    (void)one.update(writes("4"));
    other.hear(one);
    EXPECT_EQ(other.value(), "4");
}

TEST(crdt_object, refuses_updates_of_other_types) {
    EXPECT_TRUE(refusal(object_type::g_set, {{n1, 1}, removes("a")}));
    EXPECT_TRUE(refusal(object_type::g_counter, {{n1, 1}, counts(update_kind::decrement, 1)}));
    EXPECT_TRUE(refusal(object_type::or_set, {{n1, 1}, removes("a")})) << "nothing to remove";
    EXPECT_FALSE(refusal(object_type::or_set, {{n1, 1}, removes("a"), {{n1, 1}}}));
    EXPECT_FALSE(refusal(object_type::pn_counter, {{n1, 1}, counts(update_kind::decrement, 1)}));
}

/// Three replicas after some updates and merges among them.
std::vector<replica> some_replicas(object_type type) {
    std::vector<replica> all{
        {options_for(type), n1}, {options_for(type), n2}, {options_for(type), n3}};
    for (int count = *rc::gen::inRange(0, 12); count > 0; --count) {
        replica& one = all[*rc::gen::inRange<std::size_t>(0, 3)];
        const std::string value = *rc::gen::element<std::string>("a", "b");
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                one.hear(all[*rc::gen::inRange<std::size_t>(0, 3)]);
                break;
            case 1:
                if (type == object_type::or_set) (void)one.update(removes(value));
                if (type == object_type::pn_counter)
                    (void)one.update(counts(update_kind::decrement, 2));
                break;
            default:
                (void)one.update(type == object_type::lww_register ? writes(value)
                                 : type == object_type::pn_counter
                                     ? counts(update_kind::increment, 3)
                                     : adds(value));
        }
    }
    return all;
}

RC_GTEST_PROP(crdt_object, merge_is_a_least_upper_bound, ()) {
    const auto type = *rc::gen::element(object_type::pn_counter, object_type::g_set,
                                        object_type::or_set, object_type::lww_register);
    const std::vector<replica> all = some_replicas(type);
    const auto merged = [&](contents one, const contents& other) {
        merge(options_for(type), one, other);
        return one;
    };
    const contents &a = all[0].held, &b = all[1].held, &c = all[2].held;
    RC_ASSERT(merged(a, b) == merged(b, a));
    RC_ASSERT(merged(merged(a, b), c) == merged(a, merged(b, c)));
    RC_ASSERT(merged(a, a) == a);
    RC_ASSERT(merged(merged(a, b), a) == merged(a, b));
}

// ---- the specification -------------------------------------------------------------------------

TEST(crdt_specification, an_add_is_undone_by_a_remove_that_saw_it_and_no_other) {
    const update_id first{n1, 1, 1};
    const update_id second{n2, 1, 1};
    const update_id removal{n3, 1, 1};
    const update_history all{{first, {first, adds("a"), {}}},
                             {second, {second, adds("a"), {}}},
                             {removal, {removal, removes("a"), {first}}}};
    using words = std::set<std::string>;
    EXPECT_EQ(values_of(object_type::or_set, all, {first, removal}), words{"{}"});
    EXPECT_EQ(values_of(object_type::or_set, all, {first, second, removal}), words{"{a}"});
    EXPECT_EQ(values_of(object_type::or_set, all, {removal}), words{"{}"});
}

TEST(crdt_specification, writes_that_saw_each_other_have_one_order) {
    const update_id first{n1, 1, 1};
    const update_id second{n2, 1, 1};
    const update_id third{n3, 1, 1};
    const update_history all{{first, {first, writes("1"), {}}},
                             {second, {second, writes("2"), {first}}},
                             {third, {third, writes("3"), {}}}};
    using words = std::set<std::string>;
    EXPECT_EQ(values_of(object_type::lww_register, all, {first, second}), words{"2"});
    EXPECT_EQ(values_of(object_type::lww_register, all, {first, second, third}), (words{"2", "3"}));
    EXPECT_EQ(values_of(object_type::lww_register, all, {}), words{"nothing"});
}

// ---- the application ---------------------------------------------------------------------------

TEST(crdt, a_trial_without_faults_ends_quiescent) {
    application of = replicated();
    of.properties = {{"quiescent", "", [](const evidence& seen) -> std::optional<finding> {
                          if (seen.quiescent) return std::nullopt;
                          return finding{"busy", "something was left to happen"};
                      }}};
    for (const char* transport : {"state", "op"}) {
        schedule it = *parse_schedule("app crdt\nn1 add a\nn2 add b\nn3 remove a\n");
        it.application.parameters["transport"] = transport;
        EXPECT_EQ(run(of, it).verdict, verdict::holds) << transport;
    }
}

}  // namespace
