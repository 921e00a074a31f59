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
    made.verdict = trial.verdict();
    made.violation = trial.violation();
    made.met = trial.nemesis().met();
    made.sites = trial.nemesis().labels();
    made.history = trial.take_history();
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
    return {of.verdict, of.violation, of.trace_hash, of.met, of.sites};
}

trial_function trials_of(const application& of) {
    const auto space = std::make_shared<workspace>();
    return [&of, space](const schedule& from) {
        return summary_of(run(of, from, {.detail = trace_detail::notes}, *space));
    };
}

}  // namespace partita
