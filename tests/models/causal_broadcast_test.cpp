#include <partita/models/causal_broadcast.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

#include "../causal/bugs.hpp"
#include "../causal/order.hpp"

namespace {

using namespace partita;
using namespace partita::causal_broadcast;

const std::vector<node_id> nodes{node_id("n1"), node_id("n2"), node_id("n3")};

/// What `from` would send now.
text next_of(causal_order& at, node_id from, const std::string& value) {
    const text made{from, at.next(from), value, {}};
    at.deliver(made);
    return made;
}

std::vector<std::string> taken(causal_order& from) {
    std::vector<std::string> all;
    while (const auto it = from.take()) all.push_back(it->value);
    return all;
}

TEST(causal_order, holds_an_answer_back_until_the_question_is_there) {
    causal_order one(bug::none);
    causal_order other(bug::none);
    causal_order third(bug::none);
    const text question = next_of(one, nodes[0], "question");
    other.receive(question);
    ASSERT_EQ(taken(other), std::vector<std::string>{"question"});
    const text answer = next_of(other, nodes[1], "answer");
    third.receive(answer);
    EXPECT_TRUE(taken(third).empty());
    third.receive(question);
    EXPECT_EQ(taken(third), (std::vector<std::string>{"question", "answer"}));
    third.receive(question);
    EXPECT_TRUE(taken(third).empty()) << "what is delivered is not delivered again";
}

TEST(causal_order, lets_messages_pass_that_do_not_know_of_each_other) {
    causal_order one(bug::none);
    causal_order other(bug::none);
    causal_order third(bug::none);
    const text lost = next_of(one, nodes[0], "lost");
    third.receive(next_of(other, nodes[1], "other"));
    EXPECT_EQ(taken(third), std::vector<std::string>{"other"});
    EXPECT_FALSE(third.has(lost));
}

/// Whatever the order of receipt, each is delivered once, and after all that its sender had.
RC_GTEST_PROP(causal_order, delivers_everything_once_and_in_order, ()) {
    std::vector<causal_order> at(3, causal_order(bug::none));
    std::vector<text> all;
    std::map<std::string, std::set<std::string>> past;  // of each value
    std::vector<std::set<std::string>> delivered(3);
    for (int count = *rc::gen::inRange(1, 12); count > 0; --count) {
        const auto who = *rc::gen::inRange<std::size_t>(0, 3);
        for (const text& each : all) {
            if (*rc::gen::arbitrary<bool>()) at[who].receive(each);
        }
        for (const std::string& each : taken(at[who])) delivered[who].insert(each);
        const std::string value = std::to_string(all.size());
        past[value] = delivered[who];
        delivered[who].insert(value);
        all.push_back(next_of(at[who], nodes[who], value));
    }
    causal_order last(bug::none);
    std::set<std::string> seen;
    while (!all.empty()) {
        const auto which = *rc::gen::inRange<std::size_t>(0, all.size());
        last.receive(all[which]);
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(which));
        for (const std::string& each : taken(last)) {
            RC_ASSERT(seen.insert(each).second);
            for (const std::string& before : past[each]) RC_ASSERT(seen.contains(before));
        }
    }
    RC_ASSERT(seen.size() == past.size());
}

TEST(causal_broadcast, a_trial_without_faults_ends_quiescent) {
    application of = bss();
    of.properties = {define_application("")
                         .always("quiescent", "nothing is left to happen",
                                 [](const evidence& seen) -> std::optional<finding> {
                                     if (seen.quiescent) return std::nullopt;
                                     return finding{"busy", "something was left to happen"};
                                 })
                         .
                         operator application()
                         .properties};
    const schedule it = *parse_schedule(
        "app causal-broadcast\nn1 broadcast 1\nn2 reply 2\nn3 reply 3\nn1 broadcast 4\n");
    EXPECT_EQ(run(of, it).verdict, verdict::holds);
}

}  // namespace
