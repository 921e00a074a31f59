#include <partita/cli/fault_test.hpp>

#include <memory>

#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>
#include <partita/schedules/search.hpp>

#include "counting.hpp"
#include "outcome_text.hpp"

namespace partita {
namespace cli {
namespace {

struct fault_class {
    std::string name;
    fault_plan plan;
};

std::vector<fault_class> fault_classes() {
    std::vector<fault_class> all;
    for (const fault_kind kind :
         {fault_kind::omission, fault_kind::delay, fault_kind::reordering, fault_kind::duplication,
          fault_kind::crash, fault_kind::pause, fault_kind::partition}) {
        all.push_back({std::string(to_text(kind)), fault_plan::of(kind)});
    }
    fault_plan restarts = fault_plan::of(fault_kind::crash);
    restarts.restart_after = std::chrono::seconds(1);
    all.push_back({"restart", restarts});
    return all;
}

/// A test whose body is the script of its application.
struct scripted_test {
    application of;
    schedule base;
    fault_test_options options;
};

std::string failure_in_words(const scripted_test& test, const schedule& failing) {
    const outcome seen = run(test.of, failing);
    return to_text(failing) + in_words(seen.verdict, seen.violation);
}

fault_test::result run_undisturbed(const scripted_test& test) {
    const outcome seen = run(test.of, test.base);
    if (seen.verdict == verdict::holds) return {{}, "1 trial", false};
    return {failure_in_words(test, test.base), "1 trial", false};
}

/// The first, and so the smallest, of each different failure.
fault_test::result run_class(const scripted_test& test, const fault_plan& plan) {
    local_evaluator trials(test.of, test.base, plan);
    exhaust_options options;
    options.decisions_max = test.options.faults_max;
    options.trials_max = test.options.trials_max;
    std::map<std::uint64_t, std::uint64_t> failing;  // trials, by kind of failure
    fault_test::result done;
    const certificate all = exhaust_dynamic(trials, options, {}, [&](const failing_trial& each) {
        if (++failing[each.report.failure] > 1) return;
        done.wrong += failure_in_words(test, trials.describe(each.decisions)) + "\n";
    });
    done.told = counted(all.trials, "trial");
    done.cut_short = all.trials >= test.options.trials_max;
    if (done.cut_short) done.told += ", the most allowed: there may be more";
    if (done.wrong.empty() && all.inconclusive != 0) {
        done.wrong = counted(all.inconclusive, "trial") + " hit a bound\n";
    }
    if (!failing.empty()) {
        done.wrong += counted(all.failing, "failing trial") + " of " +
                      counted(all.trials, "trial") + "; the smallest of each kind above\n";
    }
    return done;
}

}  // namespace
}  // namespace cli

std::vector<fault_test> fault_tests(std::function<void(live_trial&)> body, application of,
                                    const fault_test_options& options) {
    of.script = std::move(body);
    schedule base{{of.name, options.parameters}, {}, {}};
    if (const auto usable = check_schedule(of, base); !usable) {
        return {{"application", [why = usable.error().message] {
                     return fault_test::result{why, "no trial", false};
                 }}};
    }
    const auto test = std::make_shared<const cli::scripted_test>(
        cli::scripted_test{std::move(of), std::move(base), options});
    std::vector<fault_test> all{{"undisturbed", [test] { return cli::run_undisturbed(*test); }}};
    for (const cli::fault_class& each : cli::fault_classes()) {
        all.push_back(
            {each.name, [test, plan = each.plan] { return cli::run_class(*test, plan); }});
    }
    return all;
}

}  // namespace partita
