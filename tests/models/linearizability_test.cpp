#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include <partita/models/linearizability.hpp>

#include "order_oracle.hpp"

namespace {

using namespace partita;
using order_oracle::number;
using order_oracle::text;
using order_oracle::truth;
using testing::ElementsAre;
using testing::HasSubstr;

/// Writes histories down: one line an event, as a file would have it.
class story {
   public:
    story& call(std::int64_t process, std::string function, history_value key = {},
                history_value argument = {}) {
        client_operation each;
        each.process = process;
        each.function = std::move(function);
        each.key = std::move(key);
        each.argument = std::move(argument);
        each.invoked = ++line_;
        each.line = line_;
        open_[process] = told_.size();
        told_.push_back(each);
        return *this;
    }
    story& ok(std::int64_t process, history_value result = {}) {
        client_operation& each = told_[open_.at(process)];
        each.outcome = response_kind::ok;
        each.responded = ++line_;
        each.response_line = line_;
        each.result = std::move(result);
        return *this;
    }
    story& does(std::int64_t process, const std::string& function, history_value key = {},
                history_value argument = {}, history_value result = {}) {
        return call(process, function, std::move(key), std::move(argument))
            .ok(process, std::move(result));
    }
    [[nodiscard]] const client_history& told() const { return told_; }

   private:
    client_history told_;
    std::map<std::int64_t, std::size_t> open_;
    std::size_t line_ = 0;
};

check_outcome linearizable(std::string_view model, const client_history& given,
                           const check_bounds& bounds = {}, const search_options& options = {}) {
    const auto found = check_stock_model(model, kept_order::real_time, given, bounds, options);
    EXPECT_TRUE(found.has_value()) << found.error().message;
    return found.value_or(check_outcome{});
}

check_outcome sequential(std::string_view model, const client_history& given) {
    const auto found = check_stock_model(model, kept_order::process, given);
    EXPECT_TRUE(found.has_value()) << found.error().message;
    return found.value_or(check_outcome{});
}

std::string error_of(std::string_view model, const client_history& given) {
    const auto found = check_stock_model(model, kept_order::real_time, given);
    return found ? "no error" : found.error().message;
}

history_value pair_of(std::int64_t from, std::int64_t to) {
    return {history_values{number(from), number(to)}};
}

TEST(linearizability, of_nothing_holds) {
    EXPECT_EQ(linearizable("register", {}).verdict, verdict::holds);
    EXPECT_EQ(sequential("register", {}).verdict, verdict::holds);
}

TEST(linearizability, names_a_read_of_an_overwritten_value) {
    story told;
    told.does(1, "write", text("x"), number(1)).does(2, "write", text("x"), number(2));
    told.does(4, "read", text("y")).does(3, "read", text("x"), {}, number(1));
    told.does(3, "read", text("x"), {}, number(2));
    const check_outcome found = linearizable("register", told.told());
    EXPECT_EQ(found.verdict, verdict::violated);
    EXPECT_EQ(found.kind, "no linearization");
    EXPECT_EQ(found.prefix_end, 8U);
    EXPECT_THAT(found.evidence, ElementsAre(3, 0, 1));
    EXPECT_EQ(found.explanation,
              "process 3 read x = 1 (lines 7 and 8), but at that point x can only be 2."
              " That follows from process 1 write x 1 (lines 1 and 2) and process 2 write x 2"
              " (lines 3 and 4).");
}

TEST(linearizability, lists_the_values_that_a_read_could_have_given) {
    story told;
    told.does(1, "write", text("x"), number(1)).call(1, "write", text("x"), number(2));
    told.call(2, "write", text("x"), number(3)).ok(1).ok(2);
    told.does(3, "read", text("x"), {}, number(1));
    const check_outcome found = linearizable("register", told.told());
    EXPECT_THAT(found.explanation, HasSubstr("but at that point x can only be 2 or 3."));
}

TEST(linearizability, names_a_value_that_nobody_wrote) {
    story told;
    told.does(1, "write", text("x"), number(1)).does(3, "read", text("x"), {}, number(4));
    EXPECT_EQ(linearizable("register", told.told()).explanation,
              "process 3 read x = 4 (lines 3 and 4), but nothing up to then could have made x 4.");
}

TEST(linearizability, names_a_value_that_came_and_went) {
    story told;
    told.does(1, "write", text("x"), number(1)).call(1, "write", text("x"), number(2));
    told.does(3, "read", text("x"), {}, number(2)).does(3, "read", text("x"), {}, number(1));
    EXPECT_EQ(linearizable("register", told.told()).explanation,
              "process 3 read x = 1 (lines 6 and 7), but at that point x can only be 2."
              " That follows from process 1 write x 1 (lines 1 and 2) and process 3 read x = 2"
              " (lines 4 and 5).");
}

TEST(linearizability, names_a_swap_that_should_have_been_refused) {
    story told;
    told.does(1, "write", text("x"), number(1)).call(1, "cas", text("x"), pair_of(1, 2));
    told.call(2, "cas", text("x"), pair_of(1, 3)).ok(2, truth(true)).ok(1);
    EXPECT_EQ(linearizable("cas-register", told.told()).explanation,
              "process 1 cas x [1,2] (lines 3 and 6), but at that point x can only be 3."
              " That follows from process 2 cas x [1,3] = true (lines 4 and 5).");
}

TEST(linearizability, names_what_was_lost_from_a_queue) {
    story told;
    told.does(1, "enqueue", {}, number(1)).does(1, "enqueue", {}, number(2));
    told.does(2, "dequeue", {}, {}, number(2));
    const check_outcome found = linearizable("queue", told.told());
    EXPECT_EQ(
        found.explanation,
        "process 2 dequeue = 2 (lines 5 and 6), but at that point the queue can only be [1,2]."
        " That follows from process 1 enqueue 1 (lines 1 and 2).");
}

TEST(linearizability, names_a_lock_held_twice) {
    story told;
    told.does(1, "acquire", text("l")).call(1, "release", text("l"));
    told.does(2, "acquire", text("l")).does(3, "acquire", text("l"), {}, truth(true));
    EXPECT_EQ(linearizable("lock", told.told()).explanation,
              "process 3 acquire l = true (lines 6 and 7), but at that point l can only be held by"
              " process 2."
              " That follows from process 2 acquire l (lines 4 and 5).");
}

TEST(linearizability, names_a_lost_append) {
    story told;
    told.does(1, "append", text("x"), text("a")).does(2, "append", text("x"), text("b"));
    told.does(1, "get", text("x"), {}, text("b"));
    EXPECT_EQ(linearizable("kv", told.told()).explanation,
              "process 1 get x = \"b\" (lines 5 and 6), but at that point x can only be \"ab\"."
              " That follows from process 1 append x \"a\" (lines 1 and 2).");
}

TEST(linearizability, names_a_wrong_sum) {
    story told;
    told.does(1, "add", {}, number(2)).call(2, "add", {}, number(3));
    told.does(1, "read", {}, {}, number(3));
    EXPECT_EQ(
        linearizable("counter", told.told()).explanation,
        "process 1 read = 3 (lines 4 and 5), but at that point the counter can only be 2 or 5."
        " That follows from process 1 add 2 (lines 1 and 2).");
}

TEST(linearizability, names_an_element_that_is_missing) {
    story told;
    told.does(1, "add", {}, number(2)).does(1, "add", {}, number(3));
    told.does(1, "read", {}, {}, {history_values{number(3)}});
    EXPECT_EQ(linearizable("set", told.told()).explanation,
              "process 1 read = [3] (lines 5 and 6), but at that point the set can only be [2,3]."
              " That follows from process 1 add 2 (lines 1 and 2).");
    story asked;
    asked.does(1, "add", {}, number(2)).does(1, "contains", {}, number(2), truth(false));
    EXPECT_EQ(linearizable("set", asked.told()).explanation,
              "process 1 contains 2 = false (lines 3 and 4), but at that point the set can only be"
              " [2]."
              " That follows from process 1 add 2 (lines 1 and 2).");
}

TEST(sequential_consistency, lets_a_read_be_late) {
    story told;
    told.does(1, "write", text("x"), number(1)).does(2, "read", text("x"));
    EXPECT_EQ(linearizable("register", told.told()).verdict, verdict::violated);
    const check_outcome found = sequential("register", told.told());
    EXPECT_EQ(found.verdict, verdict::holds);
    EXPECT_THAT(found.witness, ElementsAre(1, 0));
}

/// Dekker's test: each of x and y alone is sequentially consistent.
TEST(sequential_consistency, is_of_the_whole_store) {
    story told;
    told.does(1, "write", text("x"), number(1)).does(2, "write", text("y"), number(1));
    told.does(1, "read", text("y")).does(2, "read", text("x"));
    const check_outcome found = sequential("register", told.told());
    EXPECT_EQ(found.kind, "no sequential order");
    EXPECT_EQ(found.prefix_end, client_operation::never);
    EXPECT_THAT(found.evidence, ElementsAre(3, 0, 1, 2));
    EXPECT_EQ(found.explanation,
              "process 2 read x = null (lines 7 and 8), but if every process keeps its own order x"
              " can only be 1."
              " That follows from process 1 write x 1 (lines 1 and 2), process 2 write y 1 (lines 3"
              " and 4) and process 1 read y = null (lines 5 and 6).");
}

TEST(linearizability, leaves_out_what_failed_and_lets_the_unknown_happen_late) {
    story told;
    told.does(1, "write", text("x"), number(1)).call(2, "write", text("x"), number(2));
    told.does(3, "read", text("x"), {}, number(1)).does(3, "read", text("x"), {}, number(2));
    client_history given = told.told();
    EXPECT_EQ(linearizable("register", given).verdict, verdict::holds);
    given[1].outcome = response_kind::fail;
    EXPECT_EQ(linearizable("register", given).verdict, verdict::violated);
}

/// A program may say when it gave an operation up; that is no response.
TEST(linearizability, takes_no_heed_of_when_an_unknown_outcome_was_noticed) {
    story told;
    told.call(1, "write", text("x"), number(1)).ok(1).does(2, "read", text("x"));
    told.does(2, "read", text("x"), {}, number(1));
    client_history given = told.told();
    given[0].outcome = response_kind::unknown;
    EXPECT_EQ(linearizable("register", given).verdict, verdict::holds);
}

TEST(linearizability, refuses_what_the_model_cannot_read) {
    EXPECT_EQ(error_of("register", story().does(1, "cas", {}, pair_of(1, 2)).told()),
              "line 1: unknown function cas; expected read or write");
    EXPECT_EQ(error_of("cas-register", story().does(1, "read").does(1, "cas").told()),
              "line 3: cas of null; expected [from, to]");
    EXPECT_EQ(error_of("counter", story().does(1, "read", {}, {}, text("1")).told()),
              "line 1: read answered \"1\"; expected a number");
    EXPECT_EQ(error_of("kv", story().does(1, "append", {}, number(1)).told()),
              "line 1: append of 1; expected a text");
    EXPECT_EQ(error_of("set", story().does(1, "contains", {}, number(1)).told()),
              "line 1: contains answered null; expected true or false");
    EXPECT_EQ(error_of("lock", story().does(1, "acquire", {}, {}, number(1)).told()),
              "line 1: acquire answered 1; expected true, false or nothing");
    EXPECT_EQ(error_of("queue", story().does(1, "enqueue").told()),
              "line 1: enqueue of null; expected a value");
    client_history unwritten = story().does(1, "push").told();
    unwritten[0].line = 0;
    EXPECT_EQ(error_of("queue", unwritten),
              "operation 0: unknown function push; expected enqueue or dequeue");
    EXPECT_EQ(error_of("stack", {}), "no stock model stack");
}

/// `count` concurrent writes of distinct values, and reads that no order of them explains.
client_history hard(std::int64_t count) {
    story told;
    for (std::int64_t i = 0; i < count; ++i) told.call(i, "add", {}, number(i * i + 1));
    told.does(count, "read", {}, {}, number(-1));
    return told.told();
}

TEST(linearizability, gives_up_at_a_bound) {
    const check_outcome steps = linearizable("counter", hard(24), {.steps_max = 10'000});
    EXPECT_EQ(steps.verdict, verdict::inconclusive);
    EXPECT_EQ(steps.kind, "step bound");
    EXPECT_EQ(steps.explanation, "neither an order nor its absence was found within 10000 steps.");
    EXPECT_LT(steps.steps, 11'000U);
    const check_outcome memory = linearizable("counter", hard(24), {.memory_bytes_max = 1U << 20U});
    EXPECT_EQ(memory.verdict, verdict::inconclusive);
    EXPECT_EQ(memory.kind, "memory bound");
}

TEST(linearizability, finds_a_bad_part_beside_one_that_takes_for_ever) {
    client_history given = hard(24);
    for (client_operation& each : given) each.key = text("hard");
    client_operation wrong;
    wrong.function = "read";
    wrong.key = text("wrong");
    wrong.outcome = response_kind::ok;
    wrong.result = number(7);
    wrong.invoked = 1'000;
    wrong.responded = 1'001;
    given.push_back(wrong);
    const check_outcome found = linearizable("counter", given);
    EXPECT_EQ(found.verdict, verdict::violated);
    EXPECT_EQ(found.evidence, std::vector<std::size_t>{given.size() - 1});
}

TEST(linearizability, shows_the_first_of_several_bad_parts) {
    story told;
    for (const char* key : {"c", "a", "b"}) {
        told.does(1, "write", text(key), number(1)).does(1, "read", text(key), {}, number(2));
    }
    EXPECT_EQ(linearizable("register", told.told()).prefix_end, 4U);
}

TEST(linearizability, of_10000_operations_on_50_keys_is_found) {
    order_oracle::shape shaped;
    shaped.operations = 10'000;
    shaped.processes = 20;
    shaped.keys = 50;
    shaped.unknown_percent = 0;
    shaped.wrong_percent = 0;
    for (const std::size_t model : {1U, 2U, 5U}) {
        const order_oracle::model& of = order_oracle::models()[model];
        const client_history given = order_oracle::make_history(of, shaped, 1);
        const check_outcome found = linearizable(of.name, given);
        EXPECT_EQ(found.verdict, verdict::holds) << of.name;
        EXPECT_TRUE(order_oracle::is_order(of, given, kept_order::real_time, found.witness));
        EXPECT_LT(found.steps, 40'000U) << of.name;
    }
}

/// A user's own object.
class stack {
   public:
    history_value apply(const client_operation& each) {
        if (each.function == "push") {
            values_.push_back(each.argument);
            return {};
        }
        if (values_.empty()) return {};
        const history_value top = values_.back();
        values_.pop_back();
        return top;
    }
    [[nodiscard]] std::uint64_t hash() const { return values_.size(); }
    friend bool operator==(const stack&, const stack&) = default;

   private:
    history_values values_;
};

TEST(model_by_example, is_the_users_own_class) {
    story told;
    told.does(1, "push", {}, number(1)).does(1, "push", {}, number(2));
    told.does(2, "pop", {}, {}, number(2));
    const model_by_example<stack> model;
    const check_outcome good = check_linearizable(model, told.told());
    EXPECT_EQ(good.verdict, verdict::holds);
    EXPECT_TRUE(replays(model, told.told(), kept_order::real_time, good.witness));
    EXPECT_FALSE(replays(model, told.told(), kept_order::real_time, {0, 2, 1}));
    EXPECT_FALSE(replays(model, told.told(), kept_order::real_time, {0, 1}));
    told.does(2, "pop", {}, {}, number(2));
    EXPECT_EQ(check_linearizable(model, told.told()).explanation,
              "process 2 pop = 2 (lines 7 and 8), but at that point the answer can only be 1."
              " That follows from process 2 pop = 2 (lines 5 and 6).");
}

TEST(history_checkers, begin_with_linearizability_and_then_sequential_consistency) {
    std::map<std::string, std::vector<std::string>> consistencies;
    for (const history_checker& each : history_checkers()) {
        EXPECT_FALSE(each.about.empty());
        consistencies[each.model].push_back(each.consistency);
    }
    for (const order_oracle::model& each : order_oracle::models()) {
        ASSERT_GE(consistencies[each.name].size(), 2U) << each.name;
        EXPECT_EQ(consistencies[each.name][0], "linearizable");
        EXPECT_EQ(consistencies[each.name][1], "sequential");
    }
}

TEST(client_history, is_written_as_a_person_reads_it) {
    story told;
    told.does(3, "write", text("x"), number(1)).does(3, "read", text("x"), {}, text("a\"\n"));
    told.call(4, "cas", {}, pair_of(1, 2));
    EXPECT_EQ(to_text(told.told()[0]), "process 3 write x 1 : ok");
    EXPECT_EQ(to_text(told.told()[1]), "process 3 read x : ok \"a\\\"\\n\"");
    EXPECT_EQ(to_text(told.told()[2]), "process 4 cas [1,2] : unknown");
    EXPECT_EQ(to_text(history_value{}), "null");
    EXPECT_EQ(to_text(truth(false)), "false");
}

TEST(client_history, has_values_in_an_order) {
    const history_values ascending{{},        truth(false), truth(true),   number(-1),   number(2),
                                   text("a"), text("b"),    pair_of(1, 2), pair_of(1, 3)};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            EXPECT_EQ(ascending[i] <=> ascending[j], i <=> j);
        }
    }
}

}  // namespace
