// Workloads that are code, and what ought to happen sometimes.

#include <gtest/gtest.h>

#include <partita/models/arguments.hpp>
#include <partita/models/commit.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/live_trial.hpp>
#include <partita/models/run.hpp>
#include <partita/runtime/coverage.hpp>
#include <partita/schedules/codec.hpp>

namespace {

using namespace partita;

application scripted(std::function<void(live_trial&)> body) {
    application made = commit::lampson_2pc();
    made.script = std::move(body);
    made.workload.clear();
    return made;
}

schedule parsed(const std::string& text) { return *parse_schedule(text, "test"); }
const schedule no_steps = parsed("app lampson-2pc nodes=4\n");

TEST(script, goes_on_as_it_sees_the_responses) {
    std::vector<std::string> seen;
    const application of = scripted([&](live_trial& trial) {
        const response first = trial.take("n1 broadcast 1");
        seen.push_back(to_text(first));
        if (first == response::ok()) seen.push_back(to_text(trial.take("n2 broadcast 2")));
    });
    const outcome done = run(of, no_steps);
    EXPECT_EQ(done.verdict, verdict::holds);
    EXPECT_EQ(seen, (std::vector<std::string>{"ok", "ok"}));
    ASSERT_EQ(done.history.size(), 2U);
    EXPECT_EQ(done.history[1].command.node, "n2");
    EXPECT_EQ(run(of, no_steps).trace_hash, done.trace_hash);
}

TEST(script, comes_after_the_steps_and_knows_of_faults) {
    std::vector<bool> disturbed;
    const application of = scripted([&](live_trial& trial) {
        disturbed.push_back(trial.is_disturbed());
        EXPECT_EQ(trial.history().size(), 1U);
    });
    for (const char* rest : {"", "omit n1 -> n2 commit #1\n", "fault crash n3\n"}) {
        (void)run(of, parsed("app lampson-2pc nodes=4\nn1 broadcast 1\n" + std::string(rest)));
    }
    EXPECT_EQ(disturbed, (std::vector<bool>{false, true, true}));
}

TEST(script, takes_faults_waits_and_commands_in_the_background) {
    const application of = scripted([](live_trial& trial) {
        EXPECT_EQ(trial.take("fault crash n4"), response::ok());
        EXPECT_EQ(trial.take("n1 broadcast 1 &"), response::ok());
        EXPECT_TRUE(trial.history().empty());
        EXPECT_EQ(trial.take("wait 2s"), response::ok());
        EXPECT_EQ(trial.take("await"), response::ok());
        ASSERT_EQ(trial.history().size(), 1U);
        EXPECT_EQ(trial.history()[0].response, response::fail("error"));
        trial.settle();
    });
    EXPECT_EQ(run(of, no_steps).verdict, verdict::holds);
}

TEST(script, that_says_nonsense_is_a_violation_with_the_line) {
    for (const auto& [line, said] : std::vector<std::pair<std::string, std::string>>{
             {"n1 brodcast 1", "no command 'brodcast'"},
             {"n1 broadcast \"", "'n1 broadcast \"': column"},
             {"n9 broadcast 1", "unknown node 'n9'"},
             {"", "expected one step"},
             {"wait 1s\nwait 2s", "expected one step"},
             {"omit n1 -> n2 commit #1", "expected one step"}}) {
        const outcome done =
            run(scripted([asked = line](live_trial& trial) { (void)trial.take(asked); }), no_steps);
        ASSERT_TRUE(done.violation) << line;
        EXPECT_EQ(done.violation->kind, "exception");
        EXPECT_NE(done.violation->explanation.find(said), std::string::npos)
            << done.violation->explanation;
    }
}

TEST(script, that_fails_is_a_violation_of_its_assertions) {
    const application of = scripted([](live_trial& trial) {
        if (trial.take("n1 broadcast 1") != response::ok()) throw assertion_failed("not ok", "why");
    });
    EXPECT_EQ(run(of, no_steps).verdict, verdict::holds);
    const outcome done = run(of, parsed("app lampson-2pc nodes=4\nomit n1 -> n2 prepare #1\n"));
    EXPECT_EQ(done.verdict, verdict::violated);
    EXPECT_EQ(*done.violation, (violation{"assertions", "not ok", "why"}));
}

TEST(script, ends_where_the_trial_is_decided) {
    bool went_on = false;
    application of = scripted([&](live_trial& trial) {
        (void)trial.take("n1 broadcast 1");
        went_on = true;
    });
    of.commands.front().postcondition = [](const std::any&, const command&, const response&) {
        return std::optional(finding{"never good", ""});
    };
    EXPECT_EQ(run(of, no_steps).violation->kind, "never good");
    EXPECT_FALSE(went_on);
}

TEST(script, is_searched_with_the_deviations_of_its_messages) {
    const application of = scripted([](live_trial& trial) {
        if (trial.take("n1 broadcast 1") != response::ok()) throw assertion_failed("not ok", "");
    });
    local_evaluator trials(of, no_steps, fault_plan::of(fault_kind::omission));
    const certificate all = exhaust_dynamic(trials, {.decisions_max = 1});
    // Six prepares and votes make it fail, three commits break reliable broadcast.
    EXPECT_EQ(all.minimal, 9U);
    EXPECT_EQ(all.trials, 13U);
}

TEST(script, of_a_random_search_gets_faults_only) {
    const application of = scripted([](live_trial& trial) { (void)trial.take("n1 broadcast 1"); });
    const explore_outcome done =
        explore(of, no_steps.application, fault_plan::of(fault_kind::omission), {.seed = 1},
                batches_of(of));
    ASSERT_TRUE(done.found);
    for (const step& each : done.found->steps)
        EXPECT_TRUE(std::holds_alternative<fault_step>(each)) << to_text(each);
}

// ---- sometimes ----------------------------------------------------------------------------------

struct poke {};
PARTITA_MESSAGE(poke)

class marker {
   public:
    using accepts = messages<poke>;
    void on_message(context& self, const poke&) {
        self.note(reached{++pokes_ == 2 ? "poked twice" : "poked"});
    }

   private:
    int pokes_ = 0;
};

application_builder marking() {
    return define_application("marking")
        .nodes({.least = 1, .most = 3, .usual = 2})
        .on_start([](node& here, const settings&) { here.spawn<marker>("marker"); })
        .command({.name = "poke",
                  .run =
                      [](fiber_context& self, const command&) {
                          self.send(actor_id::named(node_id("n1"), "marker"), poke{});
                          return response::ok();
                      },
                  .arguments = no_arguments()})
        .workload({"n2 poke"})
        .reachable("poked", "the first poke");
}

TEST(sometimes, says_what_happened_in_a_trial) {
    const application of = marking()
                               .reachable("poked twice", "a second poke")
                               .sometimes("empty", "nobody pokes", [](const evidence& seen) {
                                   return seen.history.empty();
                               });
    EXPECT_EQ(run(of, undisturbed(of)).occurred, 0b001U);
    EXPECT_EQ(run(of, parsed("app marking\nn2 poke\nn2 poke\n")).occurred, 0b011U);
    EXPECT_EQ(run(of, parsed("app marking\n")).occurred, 0b100U);
}

TEST(sometimes, is_summed_over_a_search) {
    const application of = marking().reachable("poked twice", "").reachable("never", "");
    const explore_outcome done =
        explore(of, undisturbed(of).application, fault_plan::of(fault_kind::omission),
                {.seed = 3, .trials_max = 500}, batches_of(of));
    ASSERT_EQ(done.occurred.size(), 3U);
    EXPECT_GT(done.occurred[0], 0U);
    EXPECT_LT(done.occurred[0], done.trials);  // some lose the poke
    EXPECT_EQ(done.occurred[1], 0U);           // one command at most
    EXPECT_EQ(done.occurred[2], 0U);
}

TEST(sometimes, refuses_a_mark_that_is_not_declared) {
    const application of = marking();
    const outcome done = run(of, parsed("app marking\nn2 poke\nn2 poke\n"));
    ASSERT_TRUE(done.violation);
    EXPECT_EQ(done.violation->kind, "undeclared mark");
    EXPECT_NE(done.violation->explanation.find("'poked twice'"), std::string::npos);
}

TEST(sometimes, has_room_for_64) {
    application_builder full = marking();
    for (int at = 1; at < 64; ++at) full.reachable(std::to_string(at), "");
    EXPECT_THROW(full.reachable("64", ""), std::invalid_argument);
}

}  // namespace
