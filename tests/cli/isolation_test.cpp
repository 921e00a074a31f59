#undef NDEBUG  // the planted assertion must fail in every build

#include "isolation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <partita/models/commit.hpp>
#include <partita/schedules/search.hpp>

namespace {

using namespace std::chrono_literals;
using namespace partita;
using cli::isolation_options;
using cli::process_evaluator;

struct ping {
    int number = 0;
};
PARTITA_MESSAGE(ping, number)
struct start_pinging {};
PARTITA_MESSAGE(start_pinging)

/// What goes wrong, inside the handler for a ping.
using defect = std::function<void(context&, const ping&)>;

class pinger {
   public:
    using accepts = messages<ping, start_pinging>;
    explicit pinger(defect wrong) : wrong_(std::move(wrong)) {}
    void on_message(context& self, const start_pinging&) {
        for (const node_id each : self.members()) {
            if (each != self.node()) self.send(self.peer(each), ping{1});
        }
        self.reply(self.caller(), start_pinging{});
    }
    void on_message(context& self, const ping& got) { wrong_(self, got); }

   private:
    defect wrong_;
};

/// n1 pings all others; at each of them the defect strikes. So every schedule over the two
/// omissions of three nodes but the one that loses both is a failing one.
application planted(defect wrong) {
    command_definition go;
    go.name = "go";
    go.run = [](fiber_context& self, const command&) {
        (void)self.call<start_pinging>(self.local("ping"), start_pinging{}, 1s);
        return response::ok();
    };
    return define_application("planted")
        .nodes({.least = 1, .most = 9, .usual = 3})
        .on_start([wrong](node& here, const settings&) { here.spawn<pinger>("ping", wrong); })
        .command(go)
        .workload({"n1 go"});
}

volatile int* nowhere = nullptr;
volatile bool for_ever = true;

// NOLINTNEXTLINE(misc-no-recursion)
int overflow(int depth) {
    volatile char room[4'096] = {};
    room[0] = static_cast<char>(depth);
    return for_ever ? overflow(depth + 1) + room[0] : 0;
}

void spin() {
    while (for_ever) {
    }
}

isolation_options quick(std::size_t jobs = 1) {
    return {.jobs = jobs, .watchdog = 600ms, .sentinel_every = 0};
}

std::uint64_t failure_of(std::string_view kind) {
    return site_hasher{}.word("no failures").word(kind).id().value;
}

struct planted_defect {
    std::string name;
    std::string kind;
    defect wrong;
};

std::vector<planted_defect> defects() {
    return {
        {"segfault", "signal SIGSEGV", [](context&, const ping&) { *nowhere = 1; }},
        {"abort", "signal SIGABRT", [](context&, const ping&) { std::abort(); }},
        {"assert", "signal SIGABRT", [](context&, const ping& got) { assert(got.number == 0); }},
        {"throw", "exception", [](context&, const ping&) { throw std::runtime_error("planted"); }},
        {"exit", "exit 3", [](context&, const ping&) { std::exit(3); }},
        {"handler_stack", "signal SIGSEGV", [](context&, const ping&) { (void)overflow(0); }},
        {"spin", "hang", [](context&, const ping&) { spin(); }},
    };
}

class isolation_of : public testing::TestWithParam<planted_defect> {};

TEST_P(isolation_of, finds_the_defect_in_every_trial_that_meets_it) {
    const application broken = planted(GetParam().wrong);
    process_evaluator trials(broken, undisturbed(broken), fault_plan::of(fault_kind::omission),
                             quick(2));
    // The undisturbed run fails, and a failed worker tells no offers: hand the sites over by hand.
    const decision to_n2{site_id_of("n1 -> n2 ping #1"), 1};
    const decision to_n3{site_id_of("n1 -> n3 ping #1"), 1};
    const std::vector<decision_set> sets{{}, {to_n2}, {to_n3}, {to_n2, to_n3}};
    std::vector<trial_report> reports;
    trials.evaluate(sets, [&](std::size_t index, const trial_report& report) {
        EXPECT_EQ(index, reports.size());
        reports.push_back(report);
    });
    ASSERT_EQ(reports.size(), 4u);
    for (std::size_t at = 0; at < 3; ++at) {
        EXPECT_EQ(reports[at].verdict, verdict::violated) << at;
        EXPECT_EQ(reports[at].failure, failure_of(GetParam().kind)) << at;
        EXPECT_EQ(reports[at].met, sets[at].size()) << at;
    }
    EXPECT_EQ(reports[3].verdict, verdict::holds);
    EXPECT_FALSE(trials.leak());
}

TEST_P(isolation_of, keeps_the_trace_up_to_the_defect) {
    const application broken = planted(GetParam().wrong);
    const outcome made = cli::run_isolated(broken, undisturbed(broken), quick());
    ASSERT_TRUE(made.violation);
    EXPECT_EQ(made.verdict, verdict::violated);
    EXPECT_EQ(made.violation->property, "no failures");
    EXPECT_EQ(made.violation->kind, GetParam().kind);
    EXPECT_EQ(made.trace_hash, made.trace.hash());
    const auto delivered_ping = [&](const traced_event& each) {
        return each.kind == event_kind::deliver && each.type == &message_type_of<ping>;
    };
    const auto events = made.trace.events();
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), delivered_ping));
}

TEST_P(isolation_of, gives_shrinks_the_same_failure_and_hash_as_a_single_run) {
    const application broken = planted(GetParam().wrong);
    const trial_function trials = cli::isolated_trials(broken, quick());
    const outcome made = cli::run_isolated(broken, undisturbed(broken), quick());
    for (int again = 0; again < 2; ++again) {  // the second in a worker of its own
        const trial_summary summary = trials(undisturbed(broken));
        ASSERT_TRUE(summary.violation);
        EXPECT_TRUE(same_failure(*summary.violation, *made.violation));
        EXPECT_EQ(summary.trace_hash, made.trace_hash);
    }
}

INSTANTIATE_TEST_SUITE_P(planted, isolation_of, testing::ValuesIn(defects()),
                         [](const auto& info) { return info.param.name; });

application overflowing_fiber() {
    command_definition go;
    go.name = "go";
    go.run = [](fiber_context&, const command&) {
        (void)overflow(0);
        return response::ok();
    };
    return define_application("fiber")
        .on_start([](node&, const settings&) {})
        .command(go)
        .workload({"n1 go"});
}

TEST(isolation, survives_a_stack_overflow_in_a_fiber) {
    const application broken = overflowing_fiber();
    const outcome made = cli::run_isolated(broken, undisturbed(broken), quick());
    ASSERT_TRUE(made.violation);
    EXPECT_EQ(made.violation->kind, "signal SIGSEGV");
}

TEST(isolation, leaves_virtual_loops_and_deadlocks_to_the_simulator) {
    const application to_itself =
        planted([](context& self, const ping& got) { self.send(self.self(), got); });
    EXPECT_EQ(
        cli::run_isolated(to_itself, undisturbed(to_itself), {.watchdog = 60s, .sentinel_every = 0})
            .violation.value()
            .kind,
        "step bound");
    const application flooding = planted([](context& self, const ping& got) {
        while (for_ever) self.send(self.self(), got);
    });
    EXPECT_EQ(
        cli::run_isolated(flooding, undisturbed(flooding), {.watchdog = 60s, .sentinel_every = 0})
            .violation.value()
            .kind,
        "mailbox bound");
    const application ticking =
        planted([](context& self, const ping& got) { self.send_after(0s, got); });
    EXPECT_EQ(
        cli::run_isolated(ticking, undisturbed(ticking), {.watchdog = 60s, .sentinel_every = 0})
            .violation.value()
            .kind,
        "step bound");
    command_definition wait;
    wait.name = "wait";
    wait.run = [](fiber_context& self, const command&) {
        (void)self.receive<ping>();
        return response::ok();
    };
    const application stuck = define_application("stuck")
                                  .on_start([](node&, const settings&) {})
                                  .command(wait)
                                  .workload({"n1 wait"});
    EXPECT_EQ(cli::run_isolated(stuck, undisturbed(stuck), quick()).violation.value().kind,
              "deadlock");
}

TEST(isolation, runs_like_the_same_trial_in_process) {
    const application app = commit::lampson_2pc();
    schedule asked = undisturbed(app);
    asked.deviations.push_back({"omit", site_label("n1 -> n2 commit #1"), {}});
    asked.deviations.push_back({"omit", site_label("n1 -> n9 commit #1"), {}});
    const outcome here = run(app, asked);
    const outcome there = cli::run_isolated(app, asked, quick());
    EXPECT_EQ(there.verdict, here.verdict);
    EXPECT_EQ(there.violation, here.violation);
    EXPECT_EQ(there.trace_hash, here.trace_hash);
    EXPECT_EQ(there.trace.hash(), here.trace.hash());
    EXPECT_FALSE(first_divergence(there.trace, here.trace));
    EXPECT_EQ(there.counters, here.counters);
    EXPECT_EQ(there.met, here.met);
    EXPECT_EQ(there.sites, here.sites);
    ASSERT_EQ(there.history.size(), here.history.size());
    EXPECT_EQ(there.history[0].command, here.history[0].command);
    EXPECT_EQ(there.history[0].response, here.history[0].response);
    const trial_summary summary = cli::isolated_trials(app, quick())(asked);
    EXPECT_EQ(summary.verdict, here.verdict);
    EXPECT_EQ(summary.violation, here.violation);
    EXPECT_EQ(summary.trace_hash, here.trace_hash);
    EXPECT_EQ(summary.met, here.met);
    EXPECT_EQ(summary.sites, here.sites);
}

/// Every report of a search, in order, and its certificate's counts.
struct searched {
    std::vector<std::uint64_t> counts;
    std::vector<std::string> minimal;
    bool operator==(const searched&) const = default;
};

searched search_2pc(std::size_t jobs, bool dynamic) {
    const application app = commit::lampson_2pc();
    process_evaluator trials(app, undisturbed(app), fault_plan::of(fault_kind::omission),
                             {.jobs = jobs});
    const certificate found = dynamic ? exhaust_dynamic(trials, {}) : exhaust_static(trials, {});
    EXPECT_FALSE(trials.leak());
    searched made{{found.schedules, found.executions, found.failing, found.minimal}, {}};
    for (const failing_trial& each : found.minimal_failing) {
        for (const deviation& one : trials.describe(each.decisions).deviations) {
            made.minimal.push_back(one.site.text());
        }
        made.minimal.push_back(std::to_string(each.report.trace_hash));
    }
    return made;
}

TEST(isolation, gives_the_golden_numbers_whatever_the_number_of_jobs) {
    const searched dynamic = search_2pc(1, true);
    EXPECT_EQ(dynamic.counts[1], 729u);
    EXPECT_EQ(dynamic.counts[2], 19u);
    EXPECT_EQ(dynamic.counts[3], 3u);
    const searched powerset = search_2pc(1, false);
    EXPECT_EQ(powerset.counts[0], 4'096u);
    EXPECT_EQ(powerset.counts[2], 56u);
    EXPECT_EQ(powerset.counts[3], 3u);
    for (const std::size_t jobs : {2u, 3u}) {
        EXPECT_EQ(search_2pc(jobs, true), dynamic) << jobs;
        EXPECT_EQ(search_2pc(jobs, false), powerset) << jobs;
    }
}

TEST(isolation, reports_the_same_as_the_evaluator_in_this_process) {
    const application app = commit::lampson_2pc();
    const schedule base = undisturbed(app);
    const fault_plan plan = fault_plan::of(fault_kind::omission);
    local_evaluator here(app, base, plan);
    process_evaluator there(app, base, plan, {.jobs = 3});
    const std::vector<decision> offers = here.run_one({}).offers;
    std::vector<decision_set> sets{{}};
    for (const decision& one : offers) {
        for (const decision& other : offers) sets.push_back({one, other});
    }
    std::size_t seen = 0;
    there.evaluate(sets, [&](std::size_t index, const trial_report& report) {
        ASSERT_EQ(index, seen++);
        const trial_report expected = here.run_one(sets[index]);
        EXPECT_EQ(report.trace_hash, expected.trace_hash);
        EXPECT_EQ(report.verdict, expected.verdict);
        EXPECT_EQ(report.failure, expected.failure);
        EXPECT_EQ(report.met, expected.met);
        EXPECT_EQ(report.offers, expected.offers);
    });
    EXPECT_EQ(seen, sets.size());
}

TEST(isolation, ends_a_search_in_which_every_trial_crashes) {
    const application broken = planted([](context&, const ping&) { *nowhere = 1; });
    process_evaluator trials(broken, undisturbed(broken), fault_plan::of(fault_kind::omission),
                             quick(3));
    const std::vector<decision_set> sets(200);
    std::size_t failed = 0;
    trials.evaluate(sets, [&](std::size_t, const trial_report& report) {
        failed += report.failure == failure_of("signal SIGSEGV") ? 1 : 0;
    });
    EXPECT_EQ(failed, 200u);
    EXPECT_EQ(exhaust_static(trials, {}).failing, 1u);  // the undisturbed run, which offers nothing
}

std::vector<pid_t> children() {
    std::ifstream list("/proc/self/task/" + std::to_string(getpid()) + "/children");
    std::vector<pid_t> found;
    for (pid_t each = 0; list >> each;) found.push_back(each);
    return found;
}

TEST(isolation, blames_no_trial_for_a_worker_killed_from_outside) {
    const application app = commit::skeen_3pc();
    const schedule base = undisturbed(app);
    const fault_plan plan = fault_plan::of(fault_kind::omission);
    process_evaluator trials(app, base, plan, {.jobs = 2});
    const std::vector<decision_set> sets(20'000);
    std::size_t seen = 0;
    std::size_t killed = 0;
    trials.evaluate(sets, [&](std::size_t, const trial_report& report) {
        EXPECT_EQ(report.verdict, verdict::holds);
        if (++seen % 4'000 != 1) return;
        for (const pid_t each : children()) killed += kill(each, SIGKILL) == 0 ? 1 : 0;
    });
    EXPECT_EQ(seen, sets.size());
    EXPECT_GE(killed, 5u);
}

TEST(isolation, blames_a_trial_that_has_its_worker_killed_each_time) {
    const application broken = planted([](context&, const ping&) { raise(SIGKILL); });
    process_evaluator trials(broken, undisturbed(broken), fault_plan::of(fault_kind::omission),
                             quick(1));
    const std::vector<decision_set> sets(1);
    trials.evaluate(sets, [&](std::size_t, const trial_report& report) {
        EXPECT_EQ(report.failure, failure_of("signal SIGKILL"));
    });
    EXPECT_EQ(cli::run_isolated(broken, undisturbed(broken), quick()).violation.value().kind,
              "signal SIGKILL");
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(isolation, leaves_no_process_and_no_descriptor_behind) {
    const std::size_t before = open_descriptors();
    {
        const application broken = planted([](context&, const ping&) { std::abort(); });
        process_evaluator trials(broken, undisturbed(broken), fault_plan::of(fault_kind::omission),
                                 quick(3));
        const trial_function single = cli::isolated_trials(broken, quick());
        const std::vector<decision_set> sets(50);
        trials.evaluate(sets, [&](std::size_t index, const trial_report&) {
            if (index % 10 == 0) (void)single(undisturbed(broken));
        });
        (void)cli::run_isolated(broken, undisturbed(broken), quick());
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST(isolation, goes_on_after_the_sink_threw) {
    const application app = commit::lampson_2pc();
    process_evaluator trials(app, undisturbed(app), fault_plan::of(fault_kind::omission),
                             {.jobs = 2});
    const std::vector<decision_set> sets(5'000);
    EXPECT_THROW(trials.evaluate(sets,
                                 [](std::size_t index, const trial_report&) {
                                     if (index == 700) throw std::logic_error("enough");
                                 }),
                 std::logic_error);
    EXPECT_EQ(exhaust_dynamic(trials, {}).executions, 729u);
}

TEST(isolation, takes_256_jobs) {
    const application app = commit::lampson_2pc();
    process_evaluator trials(app, undisturbed(app), fault_plan::of(fault_kind::omission),
                             {.jobs = 256});
    EXPECT_EQ(exhaust_static(trials, {}).failing, 56u);
    EXPECT_THROW(process_evaluator(app, undisturbed(app), {}, {.jobs = 257}),
                 std::invalid_argument);
    EXPECT_THROW(process_evaluator(app, undisturbed(app), {}, {.jobs = 0}), std::invalid_argument);
}

TEST(isolation, keeps_what_the_application_prints_out_of_stdout) {
    const application loud = planted([](context&, const ping&) {
        std::printf("printed by the application\n");
        std::fflush(stdout);
    });
    testing::internal::CaptureStdout();
    std::printf("ours, still in the buffer ");
    const outcome made = cli::run_isolated(loud, undisturbed(loud), quick());
    const trial_summary again = cli::isolated_trials(loud, quick())(undisturbed(loud));
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "ours, still in the buffer ");
    EXPECT_EQ(made.verdict, verdict::holds);
    EXPECT_EQ(again.trace_hash, made.trace_hash);
}

TEST(isolation, reports_an_exception_out_of_a_property_as_a_violation) {
    const application broken =
        define_application("property")
            .on_start([](node&, const settings&) {})
            .always("throws", "", [](const evidence&) -> std::optional<finding> {
                throw std::runtime_error("planted");
            });
    const outcome made = cli::run_isolated(broken, undisturbed(broken), quick());
    EXPECT_EQ(made.violation.value().kind, "exception");
    EXPECT_EQ(cli::isolated_trials(broken, quick())(undisturbed(broken)).trace_hash,
              made.trace_hash);
}

}  // namespace
