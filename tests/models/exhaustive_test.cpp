#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include <partita/models/commit.hpp>
#include <relay_application.hpp>

namespace {

using namespace partita;
using namespace partita::test;

fault_plan plan_of(std::initializer_list<fault_kind> kinds,
                   std::uint32_t each = fault_plan::unbounded) {
    fault_plan plan;
    for (const fault_kind kind : kinds) plan.allow(kind, each);
    return plan;
}

certificate search(const application& of, const schedule& base, const fault_plan& plan,
                   const exhaust_options& options = {}) {
    local_evaluator trials(of, base, plan);
    return exhaust_dynamic(trials, options);
}

/// All executions by brute force: every set of deviations over all labels that any trial shows, run
/// through the text form and kept when all of it was met and the plan allows it.
std::set<std::uint64_t> brute_force(const application& of, const schedule& base,
                                    const fault_plan& plan) {
    std::set<std::uint64_t> hashes;
    std::set<std::string> tried;
    std::vector<schedule> open{base};
    while (!open.empty()) {
        const schedule next = open.back();
        open.pop_back();
        if (!tried.insert(to_text(canonical(next))).second) continue;
        const outcome seen = run(of, next, {.detail = trace_detail::notes});
        if (!std::all_of(seen.met.begin(), seen.met.end(), [](bool met) { return met; })) continue;
        hashes.insert(seen.trace_hash);
        for (const std::string& label : seen.sites) {
            for (const site_action& action : actions_of(plan, of.rewrites)) {
                if (at_node(action.verb) != (label.find(" at ") != std::string::npos)) continue;
                schedule more = next;
                more.deviations.push_back(to_deviation(action, site_label(label)));
                std::array<std::uint32_t, fault_kinds> used{};
                std::set<std::string> struck;
                std::set<std::string> sites;
                bool allowed = true;
                for (const deviation& each : more.deviations) {
                    const site_action what = parse_action(each).value();
                    const auto kind = kind_of(what.verb);
                    allowed =
                        allowed && ++used[static_cast<std::size_t>(kind)] <= plan.most_of(kind);
                    allowed = allowed && sites.insert(each.site.text()).second;
                    if (at_node(what.verb)) struck.insert(each.site.text().substr(0, 2));
                }
                if (allowed && struck.size() <= plan.tolerance) open.push_back(std::move(more));
            }
        }
    }
    return hashes;
}

void expect_each_execution_once(const fault_plan& plan, const std::string& lines = "n1 put 7") {
    const application of = relay_application();
    const schedule base = schedule_of("app relay\n" + lines);
    const certificate seen = search(of, base, plan);
    EXPECT_TRUE(seen.complete);
    EXPECT_EQ(seen.executions, seen.trials) << "each distinct execution once";
    EXPECT_EQ(seen.executions, brute_force(of, base, plan).size());
    EXPECT_GT(seen.executions, 1U);
}

TEST(exhaustive, omission_is_what_brute_force_finds) {
    expect_each_execution_once(plan_of({fault_kind::omission}), "n1 put 7\nn1 put 8");
}
TEST(exhaustive, delay_is_too) {
    expect_each_execution_once(plan_of({fault_kind::delay}), "n1 put 7\nn1 put 8");
}
TEST(exhaustive, duplication_is_too) {
    expect_each_execution_once(plan_of({fault_kind::duplication}));
}
TEST(exhaustive, crash_is_too) {
    expect_each_execution_once(plan_of({fault_kind::crash}), "n1 put 7\nn1 put 8");
}
TEST(exhaustive, pause_is_too) { expect_each_execution_once(plan_of({fault_kind::pause}, 2)); }
TEST(exhaustive, several_kinds_at_once_are_too) {
    expect_each_execution_once(plan_of(
        {fault_kind::omission, fault_kind::delay, fault_kind::duplication, fault_kind::crash}, 1));
    expect_each_execution_once(
        plan_of({fault_kind::duplication, fault_kind::pause, fault_kind::corruption}, 1));
    expect_each_execution_once(
        plan_of({fault_kind::crash, fault_kind::duplication, fault_kind::partition}));
}

TEST(exhaustive, crash_with_restart_is_too) {
    fault_plan plan = plan_of({fault_kind::crash, fault_kind::omission}, 2);
    plan.restart_after = 300ms;
    expect_each_execution_once(plan, "n1 put 7\nn1 put 8");
}

TEST(exhaustive, deviations_of_the_base_cost_no_execution) {
    const application of = relay_application();
    const schedule base =
        schedule_of("app relay\nn1 put 7\nn1 put 8\ndelay n1 -> n2 put #2 by 10ms");
    const fault_plan plan = plan_of({fault_kind::omission});
    const certificate seen = search(of, base, plan);
    // Four messages, one of which is decided: the loss of its answer depends on nothing else.
    std::uint64_t wanted = 0;
    for (const auto& plain = base; const bool first : {false, true}) {
        for (const bool answer : {false, true}) {
            for (const bool second : {false, true}) {
                if (first && answer) continue;  // never sent
                schedule with = plain;
                const auto omit = [&](const char* label) {
                    with.deviations.push_back({"omit", site_label(label), {}});
                };
                if (first) omit("n1 -> n2 put #1");
                if (answer) omit("n2 -> n1 stored #1");
                if (second) omit(first ? "n2 -> n1 stored #1" : "n2 -> n1 stored #2");
                const outcome trial = run(of, with);
                wanted +=
                    std::all_of(trial.met.begin(), trial.met.end(), [](bool met) { return met; })
                        ? 1
                        : 0;
            }
        }
    }
    EXPECT_EQ(seen.executions, wanted);
    EXPECT_EQ(seen.trials, wanted);
    EXPECT_EQ(wanted, 6U);
}

TEST(exhaustive, bounds_of_the_plan_hold) {
    const application of = commit::lampson_2pc();
    const schedule base = undisturbed(of, {{"nodes", "3"}});
    fault_plan plan = plan_of({fault_kind::crash}, 2);
    plan.allow(fault_kind::omission, 1);
    plan.nodes = {node_id("n2"), node_id("n3")};
    for (const std::uint32_t tolerance : {1U, 2U}) {
        plan.tolerance = tolerance;
        local_evaluator trials(of, base, plan);
        std::vector<decision_set> open{{}};
        std::size_t most_struck = 0;
        while (!open.empty()) {
            const decision_set next = open.back();
            open.pop_back();
            const trial_report report = trials.run_one(next);
            EXPECT_EQ(report.met, next.size());
            std::set<std::string> struck;
            std::size_t omissions = 0;
            for (const deviation& each : trials.describe(next).deviations) {
                omissions += each.action == "omit" ? 1 : 0;
                if (each.action != "crash") continue;
                struck.insert(each.site.text().substr(0, 2));
                EXPECT_NE(each.site.text().substr(0, 2), "n1");
            }
            EXPECT_LE(omissions, 1U);
            EXPECT_LE(struck.size(), tolerance);
            most_struck = std::max(most_struck, struck.size());
            for (const decision& offer : report.offers) {
                open.push_back(next);
                open.back().push_back(offer);
            }
        }
        EXPECT_EQ(most_struck, tolerance);
    }
}

TEST(exhaustive, nodes_that_the_base_makes_faulty_count) {
    const application of = relay_application();
    const schedule base = schedule_of("app relay nodes=3\nfault crash n3\nn1 put 7");
    EXPECT_EQ(search(of, base, plan_of({fault_kind::crash})).executions, 1U) << "f = 1 is used up";
}

TEST(exhaustive, sees_the_same_executions_as_run) {
    const application of = relay_application();
    const schedule base = schedule_of("app relay\nn1 put 7");
    local_evaluator trials(of, base, plan_of({fault_kind::omission, fault_kind::duplication}, 1));
    const trial_report first = trials.run_one({});
    for (const decision& offer : first.offers) {
        const decision_set set{offer};
        EXPECT_EQ(trials.run_one(set).trace_hash, run(of, trials.describe(set)).trace_hash);
    }
    EXPECT_EQ(first.trace_hash, run(of, base).trace_hash);
    EXPECT_EQ(first.offers.size(), 4U);
}

}  // namespace
