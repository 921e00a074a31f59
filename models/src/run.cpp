#include <partita/models/run.hpp>

#include "trial_run.hpp"

namespace partita {
namespace {

outcome refused(const schedule& from, const error& why) {
    outcome made;
    made.verdict = verdict::inconclusive;
    made.violation = violation{"schedule", "bad schedule", why.message};
    made.met.assign(from.deviations.size(), false);
    return made;
}

}  // namespace

outcome run(const application& of, const schedule& from, const run_options& with,
            workspace& space) {
    const auto prepared = detail::prepare(of, from);
    if (!prepared) return refused(from, prepared.error());
    detail::trial_run trial(*prepared, prepared->decisions, with, space);
    trial.run();
    outcome made;
    made.met = trial.nemesis().met();
    made.sites = trial.nemesis().labels();
    driven done = trial.take_driven();
    made.verdict = done.verdict;
    made.violation = std::move(done.violation);
    made.history = std::move(done.history);
    made.steps_taken = done.steps_taken;
    made.failed_check = done.failed_check;
    made.occurred = done.occurred;
    made.counters = {trial.world().trace().size(), trial.world().now().time_since_epoch()};
    made.trace_hash = trial.world().trace().hash();
    made.trace = trial.world().take_trace();
    return made;
}

outcome run(const application& of, const schedule& from, const run_options& with) {
    workspace space;
    return run(of, from, with, space);
}

trial_summary summary_of(const outcome& of) {
    return {of.verdict, of.violation, of.trace_hash, of.met, of.sites, of.occurred};
}

trial_function trials_of(const application& of) {
    const auto space = std::make_shared<workspace>();
    return [&of, space](const schedule& from) {
        return summary_of(run(of, from, {.detail = trace_detail::notes}, *space));
    };
}

}  // namespace partita
