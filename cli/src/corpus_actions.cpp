#include "corpus_actions.hpp"

#include <algorithm>
#include <filesystem>

#include <partita/corpus/corpus.hpp>
#include <partita/schedules/codec.hpp>

#include "counting.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "provenance.hpp"
#include "reproduction.hpp"
#include "schedule_source.hpp"
#include "site_check.hpp"
#include "terminal.hpp"

namespace partita::cli {
namespace {

namespace fs = std::filesystem;

corpus open(const corpus_action& with, corpus::access how) {
    return need(corpus::open(with.file, how));
}

std::string line_of(const corpus& in, const counterexample& each) {
    const std::string parameters = to_text(schedule{each.schedule.application, {}, {}});
    const std::size_t begin = parameters.find("app ") + 4;
    const std::string application = parameters.substr(begin, parameters.find('\n', begin) - begin);
    return short_id(in, each.id) + "  " + std::string(to_text(each.status)) + "  " + application +
           "  " + each.violation.property + ": " + each.violation.kind + "  (" +
           counted(fault_count(each.schedule), "fault") + ", " + each.provenance.strategy + ", " +
           each.provenance.found_at + ")\n";
}

/// A file name made of an application's name, which may hold anything.
std::string file_name_of(const counterexample& of) {
    std::string name = of.schedule.application.name;
    for (char& letter : name) {
        const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                           (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '_';
        if (!plain) letter = '_';
    }
    return name + "-" + of.id.substr(0, 12) + ".schedule";
}

void make_directory(const fs::path& directory) {
    std::error_code status;
    fs::create_directories(directory, status);
    if (!fs::is_directory(directory)) {
        throw failure(directory.string() + ": cannot be made a directory: " + status.message());
    }
}

}  // namespace

int list_corpus(const corpus_action& with) {
    const corpus from = open(with, corpus::access::read);
    const std::vector<counterexample> all = need(from.list());
    if (with.json) {
        std::vector<std::string> entries;
        for (const counterexample& each : all) entries.push_back(to_json(each));
        print(json_array(entries) + "\n");
        return exit_code::holds;
    }
    for (const counterexample& each : all) print(line_of(from, each));
    if (all.empty()) print("no counterexamples\n");
    return exit_code::holds;
}

int show_entry(const corpus_action& with, const std::string& id) {
    const counterexample found = need(open(with, corpus::access::read).find(id));
    print(with.json ? to_json(found) + "\n" : to_text(found));
    return exit_code::holds;
}

int export_entries(const corpus_action& with, const std::string& id, const std::string& directory) {
    const corpus from = open(with, corpus::access::read);
    const auto chosen = id.empty() ? need(from.list()) : std::vector{need(from.find(id))};
    make_directory(directory);
    std::vector<std::string> written;
    for (const counterexample& each : chosen) {
        const fs::path file = fs::path(directory) / file_name_of(each);
        write_file(file, to_text(each));
        written.push_back(file.string());
    }
    if (with.json) {
        print(json_object{}.raw("files", json_texts(written)).done() + "\n");
    } else {
        for (const std::string& file : written) print(file + "\n");
    }
    return exit_code::holds;
}

int add_file(const session& in, const corpus_action& with, const std::string& file,
             const isolation_options& isolation) {
    const schedule from = read_schedule(file).schedule;
    const application& of = application_of(in, file, from);
    check_file(of, file, from);
    const outcome done = run_isolated(of, from, isolation);
    need(check_message_types(of, from, summary_of(done), isolated_trials(of, isolation)));
    if (done.verdict == verdict::holds || !done.violation) {
        print(with.json ? json_object{}.flag("added", false).text("verdict", "holds").done() + "\n"
                        : "holds: nothing to keep\n");
        return exit_code::holds;
    }
    const counterexample found = make_counterexample(from, done.verdict, *done.violation,
                                                     done.trace_hash, provenance_of("scenario"));
    corpus to = open(with, corpus::access::write);
    const bool fresh = need(to.add(found));
    if (with.json) {
        print(json_object{}
                  .flag("added", fresh)
                  .text("id", found.id)
                  .text("verdict", to_text(done.verdict))
                  .done() +
              "\n");
    } else {
        print(in_words(done, from) + (fresh ? "added " : "already there: ") +
              short_id(to, found.id) + "\n" + replay_line(in, short_id(to, found.id), with.file));
    }
    return exit_code::holds;
}

int remove_entry(const corpus_action& with, const std::string& id) {
    corpus from = open(with, corpus::access::write);
    const counterexample found = need(from.find(id));
    need(from.remove(found.id));
    print(with.json ? json_object{}.text("removed", found.id).done() + "\n"
                    : "removed " + found.id + "\n");
    return exit_code::holds;
}

int import_files(const corpus_action& with, const std::vector<std::string>& files) {
    std::vector<counterexample> read;
    for (const std::string& file : files)
        read.push_back(need(parse_counterexample(read_file(file), file)));
    corpus to = open(with, corpus::access::write);
    std::vector<std::string> fresh;
    for (const counterexample& each : read) {
        if (need(to.add(each))) fresh.push_back(each.id);
    }
    if (with.json) {
        print(json_object{}.number("read", read.size()).raw("added", json_texts(fresh)).done() +
              "\n");
    } else {
        print(std::to_string(fresh.size()) + " of " + std::to_string(read.size()) + " were new\n");
    }
    return exit_code::holds;
}

int merge_corpus(const corpus_action& with, const std::string& other) {
    corpus to = open(with, corpus::access::write);
    const std::size_t fresh = need(to.merge(other));
    print(with.json ? json_object{}.number("added", fresh).done() + "\n"
                    : counted(fresh, "new counterexample") + "\n");
    return exit_code::holds;
}

}  // namespace partita::cli
