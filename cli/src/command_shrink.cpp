#include <memory>

#include <partita/models/explore.hpp>
#include <partita/schedules/codec.hpp>
#include <partita/schedules/shrink.hpp>

#include "commands.hpp"
#include "counting.hpp"
#include "failure.hpp"
#include "findings.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "replaying.hpp"
#include "reproduction.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct shrink_arguments {
    std::string target;
    worker_options workers;
    std::optional<std::uint64_t> trials;
    std::string corpus;
    bool save = false;
    bool json = false;
};

std::string counts(const schedule& of) {
    const std::size_t faults = fault_count(of);
    return counted(faults, "fault") + " and " +
           counted(of.steps.size() + of.deviations.size() - faults, "other step");
}

std::string text_of(const schedule& before, const shrink_outcome& done) {
    return "before: " + counts(before) + "\n" + indented(before) +
           "after: " + counts(done.smallest) + ", in " + std::to_string(done.trials) + " trials" +
           (done.minimal ? "" : ", not minimal yet") + "\n" + indented(done.smallest) +
           in_words(done.summary.verdict, done.summary.violation);
}

std::string json_text(const schedule& before, const shrink_outcome& done, const std::string& id) {
    json_object made;
    made.raw("before", to_json(before)).raw("after", to_json(done.smallest));
    made.number("faults_before", fault_count(before))
        .number("faults_after", fault_count(done.smallest));
    made.number("trials", done.trials).flag("minimal", done.minimal);
    made.text("verdict", to_text(done.summary.verdict))
        .raw("violation", json_of(done.summary.violation));
    made.text("trace_hash", hex_digits(done.summary.trace_hash));
    if (!id.empty()) made.text("id", id);
    return made.done() + "\n";
}

int shrink_one(const session& in, const shrink_arguments& given) {
    const stored_schedule from = find_schedule(given.target, given.corpus);
    const isolation_options with = isolation_of(given.workers);
    const replayed again = replay_stored(in, from, with);
    if (again.is_stale()) throw failure(from.name + ": stale: " + joined(again.outcome.edits));
    const schedule& before = again.outcome.replayed;
    if (again.outcome.summary.verdict == verdict::holds) {
        throw failure(from.name + ": the schedule holds, there is nothing to shrink");
    }
    shrink_options options;
    if (given.trials) options.trials_max = *given.trials;
    // Weakening runs a trial in this process to see which messages were lost; what kills its worker
    // would kill the program.
    const bool survives = again.outcome.summary.violation->property != "no failures";
    if (survives) options.weaken = weakenings(*again.of);
    const shrink_outcome done = shrink(before, isolated_trials(*again.of, with), options);
    std::string id;
    std::string name;
    findings kept(*again.of, with, {given.corpus, given.save, 1, "shrink", {}});
    if (given.save) {
        const counterexample& saved = kept.add(done.smallest, done.summary);
        if (kept.corpus_error()) throw failure(kept.corpus_error()->message);
        id = saved.id;
        name = kept.name_of(saved).value_or(id);
    }
    if (given.json) {
        print(json_text(before, done, id));
    } else {
        print(text_of(before, done));
        print(given.save ? replay_line(in, name, given.corpus)
                         : replay_line(in, given.target, given.corpus));
    }
    return exit_code_of(done.summary.verdict);
}

}  // namespace

void add_shrink(declaration& to, session& in) {
    const auto given = std::make_shared<shrink_arguments>();
    declaration command = to.sub("shrink", "Make a counterexample as small as it gets",
                                 in.program + " shrink 3f9c --save");
    command.word({"ID|FILE", "", "First digits of a counterexample's id, or a schedule file", true},
                 given->target);
    command.toggle("--save", "Add the result to the corpus", given->save);
    command.number({"--trials", "N", "Give up after N trials (100000)"}, {1, UINT64_MAX},
                   given->trials);
    declare(command, given->workers, false);
    declare_corpus(command, given->corpus);
    command.toggle("--json", "Print JSON", given->json);
    command.chosen([&in, given] { in.chosen = [&in, given] { return shrink_one(in, *given); }; });
}

}  // namespace partita::cli
