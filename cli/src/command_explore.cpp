#include <memory>
#include <random>

#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "counting.hpp"
#include "exploration.hpp"
#include "failure.hpp"
#include "findings.hpp"
#include "json.hpp"
#include "occurrences.hpp"
#include "outcome_text.hpp"
#include "plan_options.hpp"
#include "reproduction.hpp"
#include "shell_words.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct explore_arguments {
    trial_options trial;
    plan_options plan;
    worker_options workers;
    std::optional<std::uint64_t> seed;
    std::uint64_t trials = 10'000;
    std::uint64_t commands = 0;
    bool no_shrink = false;
    bool no_save = false;
    bool all_occur = false;
    std::string corpus;
    bool json = false;
};

void declare_all(declaration& to, explore_arguments& into) {
    declare(to, into.trial);
    declare(to, into.plan);
    to.number({"--seed", "S", "Equal seeds find the same; printed when not given"}, {}, into.seed);
    to.number({"--trials", "N", "At most N trials (10000)"}, {1, UINT64_MAX}, into.trials);
    to.number({"--commands", "N", "At most N commands in one workload"}, {1, 10'000},
              into.commands);
    to.toggle("--no-shrink", "Keep what was found as RapidCheck shrank it", into.no_shrink);
    to.toggle("--no-save", "Keep what is found out of the corpus", into.no_save);
    to.toggle("--all-occur", "Exit 4 when something that ought to happen sometimes never did",
              into.all_occur);
    declare(to, into.workers, true);
    declare_corpus(to, into.corpus);
    to.toggle("--json", "Print JSON", into.json);
}

exploration search(const subject& what, const fault_plan& plan, const explore_arguments& given) {
    explore_options options;
    options.seed = *given.seed;
    options.trials_max = given.trials;
    options.commands_max = given.commands;
    return explore_isolated({what.of, what.base.application, plan, options, !given.no_shrink},
                            isolation_of(given.workers));
}

std::string json_text(const subject& what, const exploration& done, const explore_arguments& given,
                      const findings& kept, const std::optional<nondeterminism>& leak) {
    json_object made;
    made.text("application", what.of.name).number("seed", *given.seed);
    made.number("trials", done.outcome.trials).number("executions", done.outcome.executions);
    made.number("inconclusive", done.outcome.inconclusive);
    made.number("failing", done.smallest ? 1 : 0);
    if (done.smallest) {
        const shrink_outcome& found = *done.smallest;
        made.text("verdict", to_text(found.summary.verdict));
        made.raw("violation", json_of(found.summary.violation));
        made.text("trace_hash", hex_digits(found.summary.trace_hash));
        made.raw("schedule", to_json(found.smallest))
            .raw("generated", to_json(*done.outcome.generated));
        made.number("shrink_trials", done.outcome.shrink_trials + found.trials);
    } else {
        made.text("verdict", "holds");
    }
    made.raw("sometimes", json_of_occurrences(what.of, done.outcome.occurred));
    made.raw("counterexamples", json_texts(kept.stored_ids())).real("seconds", done.seconds);
    made.real("trials_per_second",
              static_cast<double>(done.outcome.trials) / std::max(done.seconds, 1e-6));
    if (leak) made.raw("nondeterminism", json_of(*leak));
    return made.done() + "\n";
}

std::string text_of(const fault_plan& plan, const exploration& done) {
    std::string text = counted(done.outcome.trials, "trial") + ", " +
                       counted(done.outcome.executions, "execution") + ", " +
                       (done.smallest ? "1" : "0") + " failing";
    if (done.outcome.inconclusive != 0)
        text += ", " + grouped(done.outcome.inconclusive) + " inconclusive";
    text += "; random, bound: " + in_words(plan) + "\n";
    if (!done.smallest) return text;
    const shrink_outcome& found = *done.smallest;
    text += "found with " + counted(fault_count(*done.outcome.generated), "fault") +
            ", shrunk to " + std::to_string(fault_count(found.smallest)) + " in " +
            counted(done.outcome.shrink_trials + found.trials, "trial") + ":\n" +
            indented(found.smallest);
    return text + in_words(found.summary.verdict, found.summary.violation);
}

/// What was found is run twice more: a finding that does not come out the same again is none.
std::optional<nondeterminism> leak_in(const subject& what, const exploration& done,
                                      const isolation_options& with) {
    if (!done.smallest) return std::nullopt;
    const auto& wrong = done.smallest->summary.violation;
    if (wrong && wrong->property == "no failures") return std::nullopt;
    auto where = isolated_determinism(what.of, done.smallest->smallest, with);
    if (!where) return std::nullopt;
    return nondeterminism{done.smallest->smallest, std::move(*where)};
}

std::string closing_line(const session& in, const subject& what, const findings& kept,
                         const explore_arguments& given) {
    if (const auto name = kept.name_of(kept.all().front()))
        return replay_line(in, *name, given.corpus);
    std::vector<std::string> words{in.program, "explore"};
    words.insert(words.end(), what.words.begin(), what.words.end());
    words.insert(words.end(), {"--seed", std::to_string(*given.seed)});
    if (given.plan.kinds) words.insert(words.end(), {"--kinds", *given.plan.kinds});
    const auto add = [&](const char* flag, const std::optional<std::uint64_t>& value) {
        if (value) words.insert(words.end(), {flag, std::to_string(*value)});
    };
    add("--omissions", given.plan.omissions);
    add("--crashes", given.plan.crashes);
    add("--tolerance", given.plan.tolerance);
    words.insert(words.end(), {"--trials", std::to_string(given.trials), "--no-save"});
    return "replay: " + shell_line(words) + "\n";
}

int explore_with(const session& in, explore_arguments given) {
    if (!given.seed) given.seed = std::random_device{}();
    const fault_plan plan =
        plan_of(given.plan, {fault_kind::omission, fault_kind::delay, fault_kind::reordering,
                             fault_kind::duplication, fault_kind::partition, fault_kind::crash,
                             fault_kind::pause});
    const subject what = subject_of(in, given.trial);
    if (given.trial.file || !given.trial.lines.empty()) {
        throw failure(
            "--schedule, --with: explore makes its own schedules; exhaust searches around one");
    }
    const isolation_options with = isolation_of(given.workers);
    findings kept(what.of, with,
                  {given.corpus, !given.no_save, 1, "random", std::to_string(*given.seed)});
    if (!given.json) print("seed: " + std::to_string(*given.seed) + "\n");
    const exploration done = search(what, plan, given);
    const auto leak = leak_in(what, done, with);
    if (done.smallest && !leak) (void)kept.add(done.smallest->smallest, done.smallest->summary);
    if (given.json) {
        print(json_text(what, done, given, kept, leak));
    } else {
        print(text_of(plan, done) + in_words(what.of, done.outcome.occurred, done.outcome.trials));
        if (leak) print(in_words(*leak) + run_line(in, what.words, leak->schedule.deviations));
        if (!kept.all().empty()) print(closing_line(in, what, kept, given));
    }
    if (kept.corpus_error()) throw failure(kept.corpus_error()->message);
    if (leak) return exit_code::nondeterministic;
    if (done.smallest) return exit_code_of(done.smallest->summary.verdict);
    const bool untested = given.all_occur && some_never(done.outcome.occurred);
    return done.outcome.inconclusive > 0 || untested ? exit_code::inconclusive : exit_code::holds;
}

}  // namespace

void add_explore(declaration& to, session& in) {
    const auto given = std::make_shared<explore_arguments>();
    declaration command =
        to.sub("explore", "Try random workloads and faults",
               in.program + " explore lampson-2pc --kinds omission --seed 1 --trials 10000");
    declare_all(command, *given);
    command.chosen([&in, given] { in.chosen = [&in, given] { return explore_with(in, *given); }; });
}

}  // namespace partita::cli
