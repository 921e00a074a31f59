// PARTITA_FAULT_TEST: a test under every fault, a case a class.

#include <partita/cli/fault_test.hpp>

#include <algorithm>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <partita/models/commit.hpp>

namespace {

using namespace partita;

fault_test::result result_of(const std::vector<fault_test>& all, const std::string& name) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const fault_test& each) { return each.name == name; });
    return found == all.end() ? fault_test::result{"no such class", "", false} : found->run();
}

void broadcasts(live_trial& trial) { (void)trial.take("n1 broadcast 1"); }

TEST(fault_tests, have_a_class_for_each_kind_of_fault) {
    std::vector<std::string> names;
    for (const fault_test& each : fault_tests(broadcasts, commit::lampson_2pc()))
        names.push_back(each.name);
    EXPECT_EQ(names,
              (std::vector<std::string>{"undisturbed", "omission", "delay", "reordering",
                                        "duplication", "crash", "pause", "partition", "restart"}));
}

TEST(fault_tests, pass_in_some_classes_and_fail_in_others_with_the_smallest_schedule) {
    const auto all =
        fault_tests(broadcasts, commit::lampson_2pc(), {.parameters = {{"nodes", "3"}}});
    EXPECT_EQ(result_of(all, "undisturbed").wrong, "");
    EXPECT_EQ(result_of(all, "duplication").wrong, "");
    const fault_test::result lost = result_of(all, "omission");
    EXPECT_NE(lost.wrong.find("omit n1 -> n2 commit #1\n"), std::string::npos) << lost.wrong;
    EXPECT_NE(lost.wrong.find("2 failing trials of 9 trials"), std::string::npos) << lost.wrong;
    EXPECT_EQ(lost.told, "9 trials");
}

TEST(fault_tests, tell_different_failures_apart) {
    const auto all = fault_tests(
        [](live_trial& trial) {
            if (trial.take("n1 broadcast 1") != response::ok())
                throw assertion_failed("no", "the caller was not told ok");
        },
        commit::lampson_2pc());
    const std::string wrong = result_of(all, "omission").wrong;
    EXPECT_NE(wrong.find("kind: no"), std::string::npos) << wrong;
    EXPECT_NE(wrong.find("kind: ok but not delivered by all"), std::string::npos) << wrong;
}

TEST(fault_tests, say_where_they_stopped) {
    const auto all =
        fault_tests(broadcasts, commit::bernstein_ctp(), {.faults_max = 3, .trials_max = 20});
    EXPECT_EQ(result_of(all, "duplication").told, "20 trials, the most allowed: there may be more");
}

TEST(fault_tests, of_a_bad_parameter_are_one_that_says_so) {
    const auto all =
        fault_tests(broadcasts, commit::lampson_2pc(), {.parameters = {{"nodes", "99"}}});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_NE(all.front().run().wrong.find("2 to 16"), std::string::npos);
}

// ---- the macro ----------------------------------------------------------------------------------

struct ping {};
PARTITA_MESSAGE(ping)
struct pong {};
PARTITA_MESSAGE(pong)

class answering {
   public:
    using accepts = messages<ping>;
    void on_message(context& self, const ping&) { self.reply(self.caller(), pong{}); }
};

response run_ping(fiber_context& self, const command&) {
    const actor_id server = actor_id::named(node_id("n1"), "answering");
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (self.call<pong>(server, ping{}, std::chrono::seconds(1))) return response::ok();
    }
    return response::unknown("timeout");
}

application pinging() {
    return define_application("pinging")
        .on_start([](node& here, const settings&) { here.spawn<answering>("answering"); })
        .command({.name = "ping", .run = run_ping});
}

PARTITA_FAULT_TEST(fault_test_macro, withstands_single_faults, pinging()) {
    const response told = trial.take("n2 ping");
    EXPECT_NE(told.kind, response_kind::fail) << "it never says so";
    if (!trial.is_disturbed()) {
        EXPECT_EQ(told, response::ok());
    }
}

/// A trial whose commands fail.
class refusing final : public live_trial {
   public:
    response take(std::string_view) override { return response::fail("no"); }
    void settle() override {}
    [[nodiscard]] bool is_disturbed() const override { return true; }
    [[nodiscard]] const partita::history& history() const override { return history_; }
    [[nodiscard]] const partita::trace& trace() override { return trace_; }

   private:
    partita::history history_;
    partita::trace trace_;
};

TEST(fault_test_macro, makes_a_failed_assertion_a_failed_trial) {
    refusing trial;
    try {
        fault_test_macro_withstands_single_faults_partita::script(trial);
        FAIL() << "passed";
    } catch (const assertion_failed& failed) {
        EXPECT_NE(failed.kind.find("fault_test_test.cpp:"), std::string::npos) << failed.kind;
        EXPECT_NE(std::string(failed.what()).find("it never says so"), std::string::npos);
    }
}

}  // namespace
