#include <gtest/gtest.h>

#include <chrono>

#include <partita/models/application.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/kv.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

namespace {

using namespace partita;
using namespace std::chrono_literals;

using numbers = std::vector<int>;

/// `n1 nap MILLISECONDS` responds after that time; the model keeps the times of those that have
/// responded, in that order.
application napping() {
    command_definition nap;
    nap.name = nap.usage = "nap";
    nap.arguments_least = nap.arguments_most = 1;
    nap.run = [](fiber_context& self, const command& it) {
        self.sleep(std::chrono::milliseconds(std::stoi(it.arguments[0])));
        return response::ok(it.arguments[0]);
    };
    nap.next_state = then<numbers>([](numbers& state, const command& it, const response&) {
        state.push_back(std::stoi(it.arguments[0]));
    });
    nap.show = shown_as<numbers>([](const numbers& state, const command&, const response& it) {
        return it.value + " after " + std::to_string(state.size());
    });
    return define_application("napping")
        .nodes({.least = 1, .most = 3, .usual = 2})
        .command(nap)
        .model(numbers{})
        .workload({"n1 nap 1"})
        .always("no-long-naps", "none of 100 or more", [](const evidence& seen) {
            for (const operation& each : seen.history) {
                if (each.response.value.size() > 2) {
                    return std::optional(finding{"long nap", each.response.value});
                }
            }
            return std::optional<finding>();
        });
}

outcome outcome_of(const std::string& steps) {
    return run(napping(), parse_schedule("app napping\n" + steps).value());
}

std::string told(const outcome& of) {
    std::string text;
    for (const operation& each : of.history) {
        text += std::to_string(each.step) + ":" + std::to_string(each.invoked_position) + "-" +
                std::to_string(each.responded_position) + " " + each.shown + "; ";
    }
    return text;
}

TEST(background_commands, overlap_what_follows_them_and_the_model_takes_responses_in_order) {
    const outcome seen = outcome_of("n1 nap 50 &\nn1 nap 20 &\nn2 nap 5\nawait\nn2 nap 1\n");
    EXPECT_EQ(seen.verdict, verdict::holds);
    EXPECT_EQ(told(seen), "0:1-6 50 after 2; 1:2-5 20 after 1; 2:3-4 5 after 0; 4:7-8 1 after 3; ");
    EXPECT_EQ(seen.history[0].responded.time_since_epoch(), 50ms);
    EXPECT_EQ(seen.history[3].invoked.time_since_epoch(), 50ms);
}

TEST(background_commands, that_nobody_waits_for_are_waited_for_in_the_end) {
    const outcome seen = outcome_of("n1 nap 50 &\nn2 nap 5\n");
    EXPECT_EQ(told(seen), "0:1-4 50 after 1; 1:2-3 5 after 0; ");
}

TEST(background_commands, whose_node_crashes_are_of_unknown_outcome) {
    const outcome seen = outcome_of("n1 nap 50 &\nfault crash n1\nfault restart n1\nawait\n");
    ASSERT_EQ(seen.history.size(), 1U);
    EXPECT_EQ(seen.history[0].response, response::unknown("node down"));
}

TEST(background_commands, whose_response_came_before_count_before_the_next_command) {
    const outcome seen = outcome_of("n1 nap 20 &\nwait 1s\nn1 nap 30\n");
    EXPECT_EQ(told(seen), "0:1-2 20 after 0; 2:3-4 30 after 1; ");
}

TEST(background_commands, are_the_same_in_every_trial) {
    const std::string steps = "n1 nap 50 &\nn1 nap 20 &\nn2 nap 50 &\nwait 30ms\nn2 nap 7\n";
    EXPECT_EQ(outcome_of(steps).trace_hash, outcome_of(steps).trace_hash);
}

TEST(check_steps, decide_a_trial_on_the_way) {
    const outcome seen =
        outcome_of("n1 nap 5\ncheck no-long-naps\nn1 nap 100\ncheck no-long-naps\nn1 nap 6\n");
    ASSERT_TRUE(seen.violation);
    EXPECT_EQ(seen.violation->kind, "long nap");
    EXPECT_EQ(seen.failed_check, 3U);
    EXPECT_EQ(seen.steps_taken, 4U);
    EXPECT_EQ(seen.history.size(), 2U);
}

TEST(check_steps, of_a_property_that_nobody_declared_are_refused) {
    const auto wrong =
        check_schedule(napping(), parse_schedule("app napping\ncheck no-naps\n").value());
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message,
              "'check no-naps': application napping has no property 'no-naps': expected one of "
              "no-long-naps");
}

TEST(background_commands, of_random_workloads_are_as_many_at_once_as_the_application_says) {
    const application of = kv::store();
    ASSERT_EQ(of.clients_most, 3U);
    std::size_t most = 0;
    const auto look = [&](std::span<const schedule> all) {
        for (const schedule& each : all) {
            std::size_t open = 0;
            for (const step& it : each.steps) {
                if (std::holds_alternative<await_step>(it)) open = 0;
                const auto* what = std::get_if<command>(&it);
                if (what == nullptr) continue;
                most = std::max(most, open + 1);
                open += what->background ? 1 : 0;
            }
        }
        return std::vector<trial_summary>(all.size());
    };
    (void)explore(of, undisturbed(of).application, fault_plan::of(fault_kind::omission),
                  {.seed = 1, .trials_max = 500}, look);
    EXPECT_EQ(most, 3U);
}

}  // namespace
