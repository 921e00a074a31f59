#include <filesystem>
#include <memory>

#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "recording_replay.hpp"
#include "replaying.hpp"
#include "reproduction.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct replay_arguments {
    std::string target;
    worker_options workers;
    std::string corpus;
    bool trace = false;
    bool json = false;
    bool no_color = false;
};

/// What a replay is told with: the trial it ended with, once more with its whole trace.
struct told {
    const stored_schedule& from;
    const replayed& done;
    std::optional<outcome> whole;
    std::optional<nondeterminism> leak;
};

std::string json_text(const told& of, bool with_trace) {
    const replay_outcome& done = of.done.outcome;
    json_object made;
    if (of.from.finding) made.text("id", of.from.finding->id);
    made.text("application", of.from.schedule.application.name);
    made.text("replay", to_text(done.fit)).raw("edits", json_texts(done.edits));
    made.text("verdict", to_text(done.summary.verdict))
        .raw("violation", json_of(done.summary.violation));
    made.text("trace_hash", hex_digits(done.summary.trace_hash));
    if (of.from.finding) {
        made.text("stored_trace_hash", hex_digits(of.from.finding->trace_hash));
        made.flag("same_trace", of.from.finding->trace_hash == done.summary.trace_hash);
    }
    made.number("trials", done.trials).raw("schedule", to_json(done.replayed));
    if (of.leak) made.raw("nondeterminism", json_of(*of.leak));
    if (with_trace && of.whole) made.raw("trace", json_of(of.whole->trace));
    return made.done() + "\n";
}

std::string text_of(const told& of, const replay_arguments& given) {
    std::string text = indented(of.done.outcome.replayed);
    if (of.whole) {
        table_options options = table_for_output(given.no_color);
        options.all = given.trace;
        text += table_of(*of.done.of, of.done.outcome.replayed, of.whole->trace, options);
    }
    text += in_words(of.done);
    text += of.whole ? in_words(*of.whole, of.done.outcome.replayed)
                     : in_words(of.done.outcome.summary.verdict, of.done.outcome.summary.violation);
    if (of.from.finding && of.whole && of.from.finding->trace_hash != of.whole->trace_hash) {
        text += "the trace is another than the stored one (" +
                hex_digits(of.from.finding->trace_hash) + "): the program changed\n";
    }
    return of.leak ? text + in_words(*of.leak) : text;
}

void look_closer(told& of, const isolation_options& with) {
    if (!of.done.of) return;
    of.whole = run_isolated(*of.done.of, of.done.outcome.replayed, with);
    if (of.whole->violation && of.whole->violation->property == "no failures") return;
    if (auto where = isolated_determinism(*of.done.of, of.done.outcome.replayed, with)) {
        of.leak = nondeterminism{of.done.outcome.replayed, std::move(*where)};
    }
}

/// A file that is a recording of real nodes, and no schedule.
std::optional<std::string> recording_in(const std::string& target) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(target, ignored)) return std::nullopt;
    std::string text = read_file(target);
    return is_recording(text) ? std::optional(std::move(text)) : std::nullopt;
}

int replay_one(const session& in, const replay_arguments& given) {
    if (const auto text = recording_in(given.target)) {
        const auto watchdog = isolation_of(given.workers).watchdog;
        return replay_recording(in, *text, given.target,
                                {watchdog, given.trace, given.json, given.no_color});
    }
    const stored_schedule from = find_schedule(given.target, given.corpus);
    const isolation_options with = isolation_of(given.workers);
    const replayed done = replay_stored(in, from, with);
    told result{from, done, {}, {}};
    look_closer(result, with);
    print(given.json ? json_text(result, given.trace) : text_of(result, given));
    const int code = result.leak ? exit_code::nondeterministic : exit_code_of(done);
    if (code != exit_code::holds && !given.json) print(replay_line(in, given.target, given.corpus));
    return code;
}

}  // namespace

void add_replay(declaration& to, session& in) {
    const auto given = std::make_shared<replay_arguments>();
    declaration command =
        to.sub("replay", "Run a stored counterexample again", in.program + " replay 3f9c --trace");
    command.word(
        {"ID|FILE", "",
         "First digits of a counterexample's id, a schedule file, or a recording (see cluster)",
         true},
        given->target);
    declare(command, given->workers, false);
    declare_corpus(command, given->corpus);
    command.toggle("--trace",
                   "All of the trace: in the table also what stays on a node; in JSON, too",
                   given->trace);
    command.toggle("--json", "Print JSON", given->json);
    command.toggle("--no-color", "No colours on a terminal either", given->no_color);
    command.chosen([&in, given] { in.chosen = [&in, given] { return replay_one(in, *given); }; });
}

}  // namespace partita::cli
