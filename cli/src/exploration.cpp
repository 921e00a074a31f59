#include "exploration.hpp"

#include "progress_bar.hpp"

namespace partita::cli {

exploration explore_isolated(const exploration_request& asked, const isolation_options& with) {
    const trial_function trial = isolated_trials(asked.of, with);
    const batch_function batch = isolated_batches(asked.of, with);
    progress_bar bar;
    exploration done;
    done.outcome = explore(asked.of, asked.reference, asked.plan, asked.options, batch,
                           [&](const progress& at) { bar.show(at); });
    done.seconds = bar.seconds();
    if (!done.outcome.found) return done;
    shrink_options smaller;
    if (!asked.shrinks) smaller.trials_max = 1;
    // What kills its worker would kill this process in a weakening's own trial.
    const auto& wrong = done.outcome.summary->violation;
    if (!wrong || wrong->property != "no failures") smaller.weaken = weakenings(asked.of);
    done.smallest = shrink(*done.outcome.found, trial, smaller);
    done.shrink_seconds = bar.seconds() - done.seconds;
    return done;
}

}  // namespace partita::cli
