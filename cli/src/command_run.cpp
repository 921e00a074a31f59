#include <memory>

#include <partita/models/scenario.hpp>
#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "reproduction.hpp"
#include "scenario_text.hpp"
#include "site_check.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct run_arguments {
    trial_options trial;
    worker_options workers;
    bool rewrite = false;
    bool trace = false;
    bool json = false;
    bool no_color = false;
};

std::string json_text(const subject& what, const outcome& done,
                      const std::optional<nondeterminism>& leak, bool with_trace) {
    std::vector<std::string> unmet;
    for (std::size_t at = 0; at < done.met.size(); ++at) {
        if (!done.met[at]) unmet.push_back(to_text(what.base.deviations.at(at)));
    }
    json_object made;
    made.text("application", what.of.name).text("verdict", to_text(done.verdict));
    made.raw("violation", json_of(done.violation)).text("trace_hash", hex_digits(done.trace_hash));
    made.raw("history", json_of(done.history)).number("events", done.counters.events);
    made.signed_number("virtual_time_ns", done.counters.virtual_time.count());
    made.raw("not_met", json_texts(unmet)).raw("schedule", to_json(what.base));
    if (what.story && what.story->has_expectations())
        made.flag("as_expected", !mismatch(*what.story, done));
    if (leak) made.raw("nondeterminism", json_of(*leak));
    if (with_trace) made.raw("trace", json_of(done.trace));
    return made.done() + "\n";
}

/// A trial whose worker died is told as it is; running it twice more would only take its time.
std::optional<nondeterminism> leak_in(const subject& what, const outcome& done,
                                      const isolation_options& with) {
    if (done.violation && done.violation->property == "no failures") return std::nullopt;
    auto where = isolated_determinism(what.of, what.base, with);
    if (!where) return std::nullopt;
    return nondeterminism{what.base, std::move(*where)};
}

int rewrite(const scenario& story, const outcome& done, const std::optional<nondeterminism>& leak) {
    if (leak) {
        print(in_words(*leak));
        return exit_code::nondeterministic;
    }
    const std::string text = rewritten(story, done);
    if (text != story.text) write_file(story.source, text);
    print(story.source + (text != story.text ? ": rewritten\n" : ": as it was\n"));
    return exit_code::holds;
}

int run(const session& in, const run_arguments& given) {
    const subject what = subject_of(in, given.trial);
    const isolation_options with = isolation_of(given.workers);
    const outcome done = run_isolated(what.of, what.base, with);
    need(check_message_types(what.of, what.base, summary_of(done), isolated_trials(what.of, with)));
    const auto leak = leak_in(what, done, with);
    if (given.rewrite) {
        if (!what.story) throw failure("--rewrite: expected a scenario file, and no options");
        return rewrite(*what.story, done, leak);
    }
    const bool compares = what.story && what.story->has_expectations();
    int code = exit_code_of(done.verdict);
    if (compares) code = mismatch(*what.story, done) ? exit_code::violated : exit_code::holds;
    if (leak) code = exit_code::nondeterministic;
    if (given.json) {
        print(json_text(what, done, leak, given.trace));
        return code;
    }
    if (given.trace)
        print(table_of(what.of, what.base, done.trace, table_for_output(given.no_color)));
    if (compares) {
        (void)tell(*what.story, done);
    } else {
        print(in_words(done, what.base));
    }
    if (leak) print(in_words(*leak));
    if (!compares && code != exit_code::holds) print(run_line(in, what.words, {}));
    return code;
}

}  // namespace

void add_run(declaration& to, session& in) {
    const auto given = std::make_shared<run_arguments>();
    given->trial.files = true;
    declaration command =
        to.sub("run", "Run one trial, or a scenario beside what it expects",
               in.program + " run lampson-2pc --with 'omit n1 -> n2 commit #1' --trace");
    declare(command, given->trial);
    declare(command, given->workers, false);
    command.toggle("--rewrite", "Put what a scenario shows in place of what it expects",
                   given->rewrite);
    command.toggle("--trace", "Print what happened as a table with a column a node", given->trace);
    command.toggle("--json", "Print JSON", given->json);
    command.toggle("--no-color", "No colours on a terminal either", given->no_color);
    command.chosen([&in, given] { in.chosen = [&in, given] { return run(in, *given); }; });
}

}  // namespace partita::cli
