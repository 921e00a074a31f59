#include <memory>

#include "commands.hpp"
#include "failure.hpp"
#include "outcome_text.hpp"
#include "schedule_source.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct trace_arguments {
    trial_options trial;
    worker_options workers;
    std::string corpus;
    bool lines = false;
    bool all = false;
    bool json = false;
    bool no_color = false;
};

/// An application or a file, or else the id of a counterexample.
subject find_subject(const session& in, const trace_arguments& given) {
    std::error_code ignored;
    const std::string& target = given.trial.target;
    if (find_application(in, target) || std::filesystem::exists(target, ignored)) {
        return subject_of(in, given.trial);
    }
    const stored_schedule from = find_schedule(target, given.corpus);
    const application* const of = need(find_application(in, from.schedule.application.name));
    need(check_schedule(*of, from.schedule));
    return {*of, from.schedule, {}};
}

std::string lines_of(const trace& of) {
    std::string text;
    for (const traced_event& each : of.events()) text += of.line(each) + "\n";
    return text;
}

int show_trace(const session& in, const trace_arguments& given) {
    const subject what = find_subject(in, given);
    const outcome done = run_isolated(what.of, what.base, isolation_of(given.workers));
    if (given.json) {
        print(json_of(done.trace) + "\n");
    } else if (given.lines) {
        print(lines_of(done.trace));
    } else {
        table_options options = table_for_output(given.no_color);
        options.all = given.all;
        print(table_of(what.of, what.base, done.trace, options));
    }
    return exit_code_of(done.verdict);
}

}  // namespace

void add_trace(declaration& to, session& in) {
    const auto given = std::make_shared<trace_arguments>();
    given->trial.files = true;
    declaration command =
        to.sub("trace", "Show what happens in a trial, a column a node",
               in.program + " trace lampson-2pc --with 'omit n1 -> n2 commit #1'");
    declare(command, given->trial);
    declare(command, given->workers, false);
    declare_corpus(command, given->corpus);
    command.toggle("--lines", "One event a line, all of them", given->lines);
    command.toggle("--all", "In the table also what stays inside a node", given->all);
    command.toggle("--json", "Print JSON: an array of events", given->json);
    command.toggle("--no-color", "No colours on a terminal either", given->no_color);
    command.chosen([&in, given] { in.chosen = [&in, given] { return show_trace(in, *given); }; });
}

}  // namespace partita::cli
