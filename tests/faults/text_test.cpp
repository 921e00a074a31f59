#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include <partita/faults/fault.hpp>
#include <partita/faults/site_action.hpp>
#include <partita/faults/weaken.hpp>
#include <partita/schedules/codec.hpp>

namespace {

using namespace partita;
using namespace std::chrono_literals;

node_id drawn_node() { return node_id("n" + std::to_string(*rc::gen::inRange(1, 20))); }
std::optional<node_id> drawn_peer() {
    return *rc::gen::arbitrary<bool>() ? std::optional(drawn_node()) : std::nullopt;
}
duration drawn_time() { return duration(*rc::gen::inRange<std::int64_t>(0, 3'600'000'000'000)); }
flow drawn_flow() { return *rc::gen::element(flow::send, flow::receive, flow::both); }

fault drawn_fault() {
    const bool ends = *rc::gen::arbitrary<bool>();
    switch (*rc::gen::inRange(0, 11)) {
        case 0:
            return {omission_fault{drawn_flow(), drawn_node(), drawn_peer()}, ends};
        case 1:
            return {delay_fault{drawn_flow(), drawn_node(), drawn_peer(), drawn_time()}, ends};
        case 2:
            return {reordering_fault{drawn_node(), drawn_peer(), drawn_time()}, ends};
        case 3:
            return {duplication_fault{drawn_node(), drawn_peer()}, ends};
        case 4: {
            const bool given = *rc::gen::arbitrary<bool>();
            const auto bit =
                given ? std::optional<std::uint64_t>(*rc::gen::inRange(0, 1'000)) : std::nullopt;
            return {corruption_fault{drawn_node(), drawn_peer(), bit}, ends};
        }
        case 5: {
            partition_fault cut{{{drawn_node()}, {drawn_node(), drawn_node()}},
                                *rc::gen::arbitrary<bool>()};
            if (*rc::gen::arbitrary<bool>()) cut.groups.push_back({});
            return {cut, ends};
        }
        case 6:
            return {crash_fault{drawn_node()}, ends};
        case 7:
            return {pause_fault{drawn_node()}, ends};
        case 8:
            return {heal_fault{}};
        case 9:
            return {resolve_all_fault{*rc::gen::arbitrary<bool>()}};
        default:
            return {custom_fault{"byzantine", {"n2", *rc::gen::string<std::string>()}}, ends};
    }
}

RC_GTEST_PROP(fault, its_step_reads_back, ()) {
    const fault it = drawn_fault();
    const auto read = parse_fault(to_step(it), {"byzantine"});
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == it);
}

RC_GTEST_PROP(fault, its_line_reads_back, ()) {
    const fault it = drawn_fault();
    const auto read = parse_schedule("app x\n" + to_text(step{to_step(it)}) + "\n");
    RC_ASSERT(read.has_value());
    RC_ASSERT(parse_fault(std::get<fault_step>(read->steps.at(0)), {"byzantine"}).value() == it);
}

RC_GTEST_PROP(fault, random_words_are_read_or_refused_in_one_line, ()) {
    const auto some = [] {
        return *rc::gen::element<std::string>("omission", "end", "partition", "{", "}", "n1", "n2",
                                              "n0", "3s", "bit", "7", "heal", "crash", "restart",
                                              "corruption", "link_delay", "one_way", "");
    };
    fault_step words{some(), {}};
    for (int left = *rc::gen::inRange(0, 7); left > 0; --left) words.arguments.push_back(some());
    const auto read = parse_fault(words);
    if (read) {
        RC_ASSERT(parse_fault(to_step(*read)).value() == *read);
    } else {
        RC_ASSERT(!read.error().message.empty());
        RC_ASSERT(read.error().message.find('\n') == std::string::npos);
    }
}

TEST(fault, words_that_make_none_are_refused) {
    const auto refused = [](const std::string& line) {
        const auto read = parse_schedule("app x\nfault " + line + "\n");
        return read && !parse_fault(std::get<fault_step>(read->steps.at(0))).has_value();
    };
    for (const char* line : {"omission",
                             "omission x",
                             "omission n1 n2 n3",
                             "egress_delay n1 soon",
                             "partition { n1 }",
                             "partition n1 n2",
                             "partition { n1 } { x }",
                             "crash",
                             "crash n1 n2",
                             "end",
                             "end crash n1",
                             "end pause n1",
                             "end heal",
                             "end resolve_all",
                             "end end",
                             "corruption n1 bit",
                             "corruption n1 bit x",
                             "heal n1",
                             "byzantine n1",
                             "crash n01"}) {
        EXPECT_TRUE(refused(line)) << line;
    }
    EXPECT_FALSE(refused("crash n1"));
}

TEST(fault, shorthands_say_what_they_mean) {
    EXPECT_EQ(to_text(step{to_step(partition({"n1"}, {"n2", "n3"}))}),
              "fault partition { n1 } { n2 n3 }");
    EXPECT_EQ(to_text(step{to_step(end(one_way_partition({"n1"}, {"n2"})))}),
              "fault end one_way { n1 } { n2 }");
    EXPECT_EQ(to_text(step{to_step(send_omission("n1", "n2"))}), "fault send_omission n1 n2");
    EXPECT_EQ(to_text(step{to_step(egress_delay("n1", "", 5s))}), "fault egress_delay n1 5s");
    EXPECT_EQ(to_text(step{to_step(restart("n1"))}), "fault restart n1");
    EXPECT_EQ(to_text(step{to_step(resume("n1"))}), "fault resume n1");
    EXPECT_EQ(to_text(step{to_step(resolve_all_with_crash())}), "fault resolve_all_with_crash");
}

TEST(fault, has_a_kind_and_nodes) {
    EXPECT_EQ(kind_of(crash("n1")), fault_kind::crash);
    EXPECT_EQ(kind_of(heal()), fault_kind::partition);
    EXPECT_EQ(nodes_of(partition({"n1"}, {"n2", "n3"})).size(), 3U);
    EXPECT_EQ(nodes_of(send_omission("n1", "n2")), (std::vector{node_id("n1"), node_id("n2")}));
    for (std::size_t at = 0; at < fault_kinds; ++at) {
        const auto kind = static_cast<fault_kind>(at);
        EXPECT_EQ(parse_fault_kind(to_text(kind)).value(), kind);
    }
    EXPECT_FALSE(parse_fault_kind("weather").has_value());
}

TEST(fault, a_partition_cuts_off_all_but_the_largest_group) {
    const auto cut = [](std::vector<std::vector<node_id>> groups) {
        return cut_off_by({std::move(groups), false});
    };
    const node_id a("n1"), b("n2"), c("n3");
    EXPECT_EQ(cut({{a}, {b, c}}), (std::vector{a}));
    EXPECT_EQ(cut({{b, c}, {a}}), (std::vector{a}));
    EXPECT_EQ(cut({{a}, {b}}), (std::vector{a}));
    EXPECT_EQ(cut({{a}, {b}, {c}}), (std::vector{a, b}));
    EXPECT_TRUE(cut({}).empty());
}

// ---- actions at sites ----

site_action drawn_action() {
    const auto verb = static_cast<site_verb>(*rc::gen::inRange(0, 9));
    site_action action{verb, {}, {}, {}};
    if (verb == site_verb::delay || verb == site_verb::reorder || at_node(verb))
        action.time = drawn_time();
    if (verb == site_verb::corrupt && *rc::gen::arbitrary<bool>())
        action.bit = *rc::gen::inRange(0, 999);
    if (verb == site_verb::rewrite) action.rewrite = "no";
    return action;
}
site_label drawn_site(site_verb verb) {
    const std::string message = drawn_node().name() + " -> " + drawn_node().name() +
                                (*rc::gen::arbitrary<bool>() ? " on at" : "") + " commit #" +
                                std::to_string(*rc::gen::inRange(1, 9));
    if (!at_node(verb)) return site_label(message);
    return site_label(drawn_node().name() +
                      (*rc::gen::arbitrary<bool>() ? " at send " : " at receive ") + message);
}

RC_GTEST_PROP(site_action, its_deviation_reads_back, ()) {
    const site_action action = drawn_action();
    const deviation made = to_deviation(action, drawn_site(action.verb));
    RC_ASSERT(parse_action(made).value() == action);
    const auto read = parse_schedule("app x\n" + to_text(made) + "\n");
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->deviations.at(0) == made);
}

TEST(site_action, deviations_that_make_no_sense_are_refused) {
    const auto refused = [](const std::string& line) {
        const auto read = parse_schedule("app x\n" + line + "\n");
        return read && !parse_action(read->deviations.at(0)).has_value();
    };
    for (const char* line :
         {"forget n1 -> n2 a #1", "omit n1 -> n2 a #1 by 3s", "delay n1 -> n2 a #1",
          "delay n1 -> n2 a #1 for 3s", "delay n1 -> n2 a #1 by soon", "crash n1 -> n2 a #1",
          "omit n1 at send n1 -> n2 a #1", "corrupt n1 -> n2 a #1 bit x",
          "pause n1 at send n1 -> n2 a #1", "rewrite n1 -> n2 a #1"}) {
        EXPECT_TRUE(refused(line)) << line;
    }
    EXPECT_FALSE(refused("crash n1 at send n1 -> n2 a #1 for 5s"));
}

TEST(site_action, a_plan_allows_its_kinds_in_a_fixed_order) {
    fault_plan plan;
    EXPECT_TRUE(actions_of(plan, {}).empty());
    plan.allow(fault_kind::crash).allow(fault_kind::corruption, 2).allow(fault_kind::omission, 1);
    plan.restart_after = 2s;
    const std::vector<message_rewrite> rewrites{{"no", 1, {}}, {"yes", 1, {}}};
    std::vector<std::string> verbs;
    for (const site_action& each : actions_of(plan, rewrites))
        verbs.push_back(std::string(to_text(each.verb)) + each.rewrite);
    EXPECT_EQ(verbs,
              (std::vector<std::string>{"omit", "corrupt", "rewriteno", "rewriteyes", "crash"}));
    EXPECT_EQ(actions_of(plan, {}).back().time, 2s);
}

// ---- weakening ----

schedule drawn_schedule() {
    schedule made{{"x", {{"nodes", "4"}}}, {command{"n1", "go", {}}}, {}};
    for (int left = *rc::gen::inRange(0, 4); left > 0; --left)
        made.steps.push_back(to_step(drawn_fault()));
    for (int left = *rc::gen::inRange(0, 4); left > 0; --left) {
        const site_action action = drawn_action();
        made.deviations.push_back(to_deviation(action, drawn_site(action.verb)));
    }
    return canonical(made);
}

RC_GTEST_PROP(weaker, every_result_makes_sense_and_is_no_longer, ()) {
    const schedule from = drawn_schedule();
    for (const schedule& each : weaker(from, {"n1 -> n2 commit #1", "n3 -> n1 ack #2"})) {
        RC_ASSERT(each != from);
        RC_ASSERT(each.steps.size() + each.deviations.size() <=
                  from.steps.size() + from.deviations.size());
        for (const step& one : each.steps) {
            if (const auto* it = std::get_if<fault_step>(&one))
                RC_ASSERT(parse_fault(*it, {"byzantine"}).has_value());
        }
        for (const deviation& one : each.deviations) RC_ASSERT(parse_action(one).has_value());
        RC_ASSERT(parse_schedule(to_text(each)).value() == each);
    }
}

RC_GTEST_PROP(weaker, comes_to_an_end, ()) {
    schedule now = drawn_schedule();
    for (int steps = 0;; ++steps) {
        RC_ASSERT(steps < 100);
        const auto all = weaker(now, {"n1 -> n2 commit #1"});
        if (all.empty()) break;
        now = all[static_cast<std::size_t>(*rc::gen::inRange(0, 1'000)) % all.size()];
    }
}

TEST(weaker, goes_from_crash_by_isolation_and_omission_to_delay) {
    std::string chain;
    schedule now{{"x", {}}, {}, {{"crash", site_label("n2 at receive n1 -> n2 commit #1"), {}}}};
    for (;;) {
        const auto all = weaker(now, {});
        if (all.empty()) break;
        now = all.back();
        chain += to_text(now.deviations[0]) + "\n";
    }
    EXPECT_EQ(chain,
              "isolate n2 at receive n1 -> n2 commit #1\n"
              "omit n1 -> n2 commit #1\n"
              "delay n1 -> n2 commit #1 by 3s\n");
}

}  // namespace
