#include <chrono>
#include <memory>

#include <partita/schedules/codec.hpp>

#include "cluster_signals.hpp"
#include "cluster_venue.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "recording.hpp"
#include "reproduction.hpp"
#include "scenario_text.hpp"
#include "shell_words.hpp"
#include "site_check.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct cluster_arguments {
    trial_options trial;
    std::vector<std::string> parameters;
    std::optional<std::string> record;
    std::optional<std::chrono::nanoseconds> watchdog;
    bool trace = false;
    bool json = false;
    bool no_color = false;
};

/// A trial on real nodes, and how many processes it took.
struct cluster_run {
    outcome made;
    std::size_t processes = 0;
};

cluster_run run_cluster(const subject& what, const cluster_arguments& given) {
    const std::optional<std::string>& record = given.record;
    cluster_run ran;
    cluster_venue at(what.of, what.base, given.watchdog.value_or(std::chrono::seconds(10)));
    at.start();
    driven done = drive(what.of, what.base, at);
    ran.made.trace = at.trace();
    ran.processes = at.lives();
    ran.made.verdict = done.verdict;
    ran.made.violation = std::move(done.violation);
    ran.made.history = std::move(done.history);
    ran.made.steps_taken = done.steps_taken;
    ran.made.met = at.met();
    ran.made.counters.events = ran.made.trace.size();
    if (!ran.made.trace.events().empty()) {
        ran.made.counters.virtual_time = ran.made.trace.events().back().at.time_since_epoch();
    }
    if (record && interruptions::came() == 0) {
        const std::string text =
            to_json(recording_of(what.base, ran.made, at.all(), at.step_times()));
        const std::size_t most = parse_bounds{}.bytes_max;
        if (text.size() > most) {
            throw failure(*record + ": the recording has " + std::to_string(text.size()) +
                          " bytes, expected at most " + std::to_string(most));
        }
        write_file(*record, text);
    }
    return ran;
}

/// The words of a simulated trial, with what is true of a real one in the last line.
std::string text_of(const cluster_run& ran, const schedule& from) {
    std::string text = in_words(ran.made, from);
    text.erase(text.rfind('\n', text.size() - 2) + 1);
    const auto time = ran.made.counters.virtual_time;
    return text + std::to_string(ran.made.counters.events) + " events in " +
           std::to_string(time.count() / 1'000'000) + " ms of real time, " +
           std::to_string(ran.processes) + " processes\n";
}

std::string json_text(const subject& what, const cluster_run& ran, bool with_trace) {
    std::vector<std::string> unmet;
    for (std::size_t at = 0; at < ran.made.met.size(); ++at) {
        if (!ran.made.met[at]) unmet.push_back(to_text(what.base.deviations.at(at)));
    }
    json_object made;
    made.text("application", what.of.name).text("verdict", to_text(ran.made.verdict));
    made.raw("violation", json_of(ran.made.violation));
    made.raw("history", json_of(ran.made.history)).number("events", ran.made.counters.events);
    made.signed_number("real_time_ns", ran.made.counters.virtual_time.count());
    made.number("processes", ran.processes);
    made.raw("not_met", json_texts(unmet)).raw("schedule", to_json(what.base));
    if (with_trace) made.raw("trace", json_of(ran.made.trace));
    return made.done() + "\n";
}

/// How to see it again: what was recorded, or else the same schedule in simulation.
std::string again(const session& in, const subject& what, const std::optional<std::string>& file) {
    if (!file) return run_line(in, what.words, {});
    return "replay: " + shell_line({in.program, "replay", *file}) + "\n";
}

cluster_run run_to_end(const subject& what, const cluster_arguments& given) {
    const interruptions taken_down;
    return run_cluster(what, given);
}

int run(const session& in, cluster_arguments given) {
    given.trial.set.insert(given.trial.set.end(), given.parameters.begin(), given.parameters.end());
    const subject what = subject_of(in, given.trial);
    const auto overlay = what.base.application.parameters.find("overlay");
    if (overlay != what.base.application.parameters.end() && overlay->second != "none") {
        throw failure("overlay=" + overlay->second +
                      ": a cluster connects all its nodes itself, expected none; partita run "
                      "simulates the others, partita node has them on real nodes");
    }
    if (what.of.script) {
        throw failure(
            what.of.name +
            " has a script: it may ask what happened in the middle, which real nodes tell "
            "when they end");
    }
    for (const step& each : what.base.steps) {
        if (std::holds_alternative<check_step>(each)) {
            throw failure("'" + to_text(each) +
                          "': real nodes tell what happened when they end, so a cluster checks "
                          "properties at the end only");
        }
    }
    if (given.record) write_file(*given.record, "");
    const cluster_run ran = run_to_end(what, given);
    if (interruptions::came() != 0) interruptions::obey();
    need(check_message_types(what.of, what.base, summary_of(ran.made),
                             isolated_trials(what.of, {})));
    if (what.story && what.story->has_expectations() && !given.json && !given.trace) {
        return tell(*what.story, ran.made);
    }
    if (given.json) {
        print(json_text(what, ran, given.trace));
    } else {
        if (given.trace) {
            print(table_of(what.of, what.base, ran.made.trace, table_for_output(given.no_color)));
        }
        print(text_of(ran, what.base));
        if (ran.made.verdict != verdict::holds) print(again(in, what, given.record));
    }
    return exit_code_of(ran.made.verdict);
}

}  // namespace

void add_cluster(declaration& to, session& in) {
    const auto given = std::make_shared<cluster_arguments>();
    given->trial.files = true;
    declaration command =
        to.sub("cluster", "Run one trial on real nodes, a process each, connected over TCP",
               in.program + " cluster lampson-2pc --nodes 3 --record run.json");
    declare(command, given->trial);
    command.words({"PARAM", "", "Parameters of the application, NAME=VALUE"}, given->parameters);
    command.word({"--record", "FILE", "Write what happened, for replay in simulation"},
                 given->record);
    command.duration({"--watchdog", "DURATION", "Real time that a node may take to answer (10s)"},
                     std::chrono::milliseconds(1), std::chrono::hours(24), given->watchdog);
    command.toggle("--trace", "Print what happened as a table with a column a node", given->trace);
    command.toggle("--json", "Print JSON", given->json);
    command.toggle("--no-color", "No colours on a terminal either", given->no_color);
    command.chosen([&in, given] { in.chosen = [&in, given] { return run(in, *given); }; });
}

}  // namespace partita::cli
