#include <algorithm>
#include <chrono>
#include <memory>

#include <partita/corpus/corpus.hpp>
#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "counting.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "json.hpp"
#include "junit.hpp"
#include "outcome_text.hpp"
#include "replaying.hpp"
#include "reproduction.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct regress_arguments {
    std::optional<std::string> from;
    std::optional<std::string> corpus;
    std::optional<std::string> junit;
    worker_options workers;
    bool json = false;
};

/// A counterexample, and what became of it.
struct regression {
    stored_schedule from;
    std::string name;  ///< that `replay` takes: digits of the id, or the file
    replayed done;
    double seconds = 0;
};

std::vector<regression> read_corpus(const corpus& in) {
    std::vector<regression> all;
    for (counterexample& each : need(in.list())) {
        regression made;
        made.name = short_id(in, each.id);
        made.from.schedule = each.schedule;
        made.from.name = made.name;
        made.from.in_corpus = true;
        made.from.finding = std::move(each);
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<regression> read_directory(const std::string& directory) {
    std::vector<regression> all;
    for (const auto& file : schedule_files_in(directory)) {
        regression made;
        made.name = file.string();
        made.from = read_schedule(file);
        all.push_back(std::move(made));
    }
    return all;
}

std::string line_of(const regression& of) {
    std::string line = of.name + "  " + short_words(of.done);
    const auto& found = of.from.finding;
    if (of.done.reproduces() && found && found->status == counterexample_status::fixed)
        line += " again";
    if (found) line += "  " + found->violation.property + ": " + found->violation.kind;
    line += "\n";
    for (const std::string& edit : of.done.outcome.edits) line += "    " + edit + "\n";
    return line;
}

std::string entry_json(const regression& of) {
    json_object made;
    if (of.from.finding) made.text("id", of.from.finding->id);
    made.text("name", of.name).text("application", of.from.schedule.application.name);
    made.text("replay", to_text(of.done.outcome.fit))
        .raw("edits", json_texts(of.done.outcome.edits));
    made.text("verdict", to_text(of.done.outcome.summary.verdict));
    made.raw("violation", json_of(of.done.outcome.summary.violation));
    made.text("status", to_text(status_of(of.done)));
    return made.done();
}

junit_case test_case_of(const session& in, const regression& of, const std::string& corpus_file) {
    junit_case made;
    made.name = of.name;
    made.application = of.from.schedule.application.name;
    made.seconds = of.seconds;
    if (of.done.is_stale()) {
        made.ended = junit_case::result::skipped;
        made.message = "stale: " + joined(of.done.outcome.edits);
    } else if (of.done.outcome.summary.verdict != verdict::holds) {
        made.ended = junit_case::result::failed;
        const auto& wrong = of.done.outcome.summary.violation;
        made.message = wrong ? wrong->property + ": " + wrong->kind : "inconclusive";
        made.details = (wrong ? wrong->explanation + "\n" : "") +
                       to_text(of.done.outcome.replayed) + replay_line(in, of.name, corpus_file);
    }
    return made;
}

void replay_all(const session& in, std::vector<regression>& all, const isolation_options& with) {
    using clock = std::chrono::steady_clock;
    for (regression& each : all) {
        const auto begin = clock::now();
        each.done = replay_stored(in, each.from, with);
        each.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    }
}

int exit_code_for(const std::vector<regression>& all) {
    const auto any = [&](auto is) { return std::any_of(all.begin(), all.end(), is); };
    if (any([](const regression& each) { return each.done.reproduces(); }))
        return exit_code::violated;
    if (any([](const regression& each) { return exit_code_of(each.done) != exit_code::holds; })) {
        return exit_code::inconclusive;
    }
    return exit_code::holds;
}

void print_text(const session& in, const std::vector<regression>& all,
                const std::string& corpus_file) {
    for (const regression& each : all) print(line_of(each));
    const auto count = [&](auto is) {
        return std::to_string(std::count_if(all.begin(), all.end(), is));
    };
    print(
        counted(all.size(), "counterexample") + ": " +
        count([](const regression& each) { return each.done.reproduces(); }) + " reproduce, " +
        count([](const regression& each) { return exit_code_of(each.done) == exit_code::holds; }) +
        " fixed, " + count([](const regression& each) { return each.done.is_stale(); }) +
        " stale\n");
    for (const regression& each : all) {
        if (exit_code_of(each.done) != exit_code_for(all)) continue;
        if (exit_code_for(all) != exit_code::holds) print(replay_line(in, each.name, corpus_file));
        return;
    }
}

int regress(const session& in, const regress_arguments& given) {
    if (given.from && given.corpus) throw failure("--from, --corpus: expected one of the two");
    const std::string corpus_file = given.corpus.value_or(corpus_usual);
    std::optional<corpus> store;
    if (!given.from) {
        // Read first: a corpus that is not there must not be made by a regression run.
        (void)need(corpus::open(corpus_file, corpus::access::read));
        store = need(corpus::open(corpus_file, corpus::access::write));
    }
    std::vector<regression> all = store ? read_corpus(*store) : read_directory(*given.from);
    replay_all(in, all, isolation_of(given.workers));
    if (given.junit) {
        std::vector<junit_case> cases;
        for (const regression& each : all) cases.push_back(test_case_of(in, each, corpus_file));
        write_file(*given.junit, junit_report(cases));
    }
    if (given.json) {
        std::vector<std::string> entries;
        for (const regression& each : all) entries.push_back(entry_json(each));
        print(json_array(entries) + "\n");
    } else {
        print_text(in, all, corpus_file);
    }
    for (const regression& each : all) {
        if (store) need(store->set_status(each.from.finding->id, status_of(each.done)));
    }
    return exit_code_for(all);
}

}  // namespace

void add_regress(declaration& to, session& in) {
    const auto given = std::make_shared<regress_arguments>();
    declaration command = to.sub("regress", "Replay all counterexamples; fail when one reproduces",
                                 in.program + " regress --from regressions --junit report.xml");
    command.word({"--from", "DIR", "Exported files instead of a corpus"}, given->from);
    command.word({"--corpus", "FILE", "The store of counterexamples (partita.db)"}, given->corpus);
    command.word({"--junit", "FILE", "Write a JUnit report, too"}, given->junit);
    declare(command, given->workers, false);
    command.toggle("--json", "Print JSON", given->json);
    command.chosen([&in, given] { in.chosen = [&in, given] { return regress(in, *given); }; });
}

}  // namespace partita::cli
