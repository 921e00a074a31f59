#include "replaying.hpp"

#include "failure.hpp"
#include "outcome_text.hpp"
#include "site_check.hpp"

namespace partita::cli {
namespace {

replayed stale(const stored_schedule& from, std::string why) {
    replayed made;
    made.outcome.fit = replay_fit::stale;
    made.outcome.replayed = from.schedule;
    made.outcome.summary.verdict = verdict::inconclusive;
    made.outcome.edits = {why};
    made.why_stale = std::move(why);
    return made;
}

/// Checked with the property it was stored for, if that is one of the application's.
application application_for(const application& of, const stored_schedule& from) {
    if (!from.finding) return of;
    return focused(of, from.finding->violation.property).value_or(of);
}

result<void> check(const application& of, const schedule& from) {
    if (auto checked = check_schedule(of, from); !checked) return checked;
    return check_nodes(of, from);
}

}  // namespace

replayed replay_stored(const session& in, const stored_schedule& from,
                       const isolation_options& with) {
    const auto found = find_application(in, from.schedule.application.name);
    const bool may_be_stale = from.finding.has_value();
    if (!found) {
        if (may_be_stale) return stale(from, found.error().message);
        (void)application_of(in, from.name, from.schedule);  // throws, and says where
    }
    if (!may_be_stale) check_file(**found, from.name, from.schedule);
    if (auto checked = check(**found, from.schedule); !checked)
        return stale(from, checked.error().message);
    replayed made;
    made.of = application_for(**found, from);
    const trial_function trial = isolated_trials(*made.of, with);
    std::optional<violation> expected;
    if (from.finding) expected = from.finding->violation;
    made.outcome = replay(from.schedule, expected, trial);
    if (!may_be_stale && made.is_stale()) {
        need(check_message_types(*made.of, from.schedule, made.outcome.summary, trial));
    }
    return made;
}

std::string in_words(const replayed& of) {
    std::string text = "replay: " + std::string(to_text(of.outcome.fit)) + "\n";
    for (const std::string& edit : of.outcome.edits) text += "    " + edit + "\n";
    return text;
}

std::string short_words(const replayed& of) {
    if (of.is_stale()) return "stale";
    const std::string fit(to_text(of.outcome.fit));
    if (of.reproduces()) return fit + ", reproduces";
    return fit + (of.outcome.summary.verdict == verdict::holds ? ", fixed" : ", inconclusive");
}

counterexample_status status_of(const replayed& of) {
    if (of.is_stale()) return counterexample_status::stale;
    const bool holds = of.outcome.summary.verdict == verdict::holds;
    return holds ? counterexample_status::fixed : counterexample_status::reproduces;
}

int exit_code_of(const replayed& of) {
    return of.is_stale() ? exit_code::inconclusive : exit_code_of(of.outcome.summary.verdict);
}

}  // namespace partita::cli
