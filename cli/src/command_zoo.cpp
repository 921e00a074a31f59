#include <algorithm>
#include <memory>
#include <optional>

#include <partita/models/zoo.hpp>
#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "counting.hpp"
#include "exploration.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "plan_options.hpp"
#include "reproduction.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct zoo_arguments {
    std::vector<std::string> names;
    worker_options workers;
    std::uint64_t seed = 1;
    std::uint64_t trials = 10'000;
    bool list = false;
    bool show = false;
    bool json = false;
};

/// One hunt, for a bug or in an application that has none.
struct hunt {
    const bug_family* family = nullptr;
    const planted_bug* bug = nullptr;  ///< null: nothing ought to be found
    std::string line;                  ///< `raft nodes=3 bug=vote-in-memory`
    exploration done;

    [[nodiscard]] bool found() const {
        return done.smallest && done.smallest->summary.verdict == verdict::violated;
    }
    [[nodiscard]] std::size_t size() const { return size_of(done.smallest->smallest); }
    [[nodiscard]] std::size_t known() const { return size_of(least_schedule(*bug)); }
    [[nodiscard]] double ratio() const {
        return static_cast<double>(size()) / static_cast<double>(known());
    }
};

// ---- which --------------------------------------------------------------------------------------

bool is_named(const std::vector<std::string>& names, std::initializer_list<std::string> by) {
    return names.empty() || std::any_of(by.begin(), by.end(), [&](const std::string& each) {
               return std::find(names.begin(), names.end(), each) != names.end();
           });
}

std::string line_of(const planted_bug& bug) {
    const std::string first = bug.schedule.substr(0, bug.schedule.find('\n'));
    return first.substr(first.find(' ') + 1);
}

/// Throws failure for a name that means nothing.
void check_names(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const bool known = std::any_of(zoo().begin(), zoo().end(), [&](const bug_family& family) {
            return family.application.name == name ||
                   std::any_of(family.bugs.begin(), family.bugs.end(), [&](const planted_bug& bug) {
                       return bug.id == name || bug.name == name;
                   });
        });
        if (known) continue;
        throw failure("zoo " + name +
                      ": no such bug: expected an application, an id or a name of `zoo --list`");
    }
}

/// All whose application, bug or id is named; with a bug alone, no correct variant.
std::vector<hunt> hunts_of(const std::vector<std::string>& names) {
    check_names(names);
    std::vector<hunt> all;
    for (const bug_family& family : zoo()) {
        const std::string& application = family.application.name;
        for (const planted_bug& bug : family.bugs) {
            if (is_named(names, {application, bug.id, bug.name}))
                all.push_back({&family, &bug, line_of(bug), {}});
        }
        if (!is_named(names, {application})) continue;
        for (const std::string& line : family.correct) all.push_back({&family, nullptr, line, {}});
    }
    return all;
}

// ---- how ----------------------------------------------------------------------------------------

exploration run(const hunt& what, const zoo_arguments& given) {
    const schedule base = need(parse_schedule("app " + what.line + "\n", "zoo"));
    explore_options options;
    options.seed = given.seed;
    options.trials_max = given.trials;
    return explore_isolated(
        {what.family->application, base.application, what.family->plan, options},
        isolation_of(given.workers));
}

// ---- what came of it ----------------------------------------------------------------------------

std::string padded(std::string text, std::size_t columns) {
    text.resize(std::max(text.size() + 1, columns), ' ');
    return text;
}

std::string tenths(double value) {
    const auto scaled = static_cast<std::uint64_t>(value * 10 + 0.5);
    return std::to_string(scaled / 10) + "." + std::to_string(scaled % 10);
}

std::string found_in_words(const hunt& it) {
    return padded("found after " + counted(it.done.outcome.trials, "trial") + ",", 32) +
           padded(
               tenths(it.done.seconds) + " s, shrunk in " + tenths(it.done.shrink_seconds) + " s:",
               26) +
           "size " + std::to_string(it.size()) + ", known " + std::to_string(it.known()) + "\n";
}

std::string text_of(const hunt& it) {
    const exploration& done = it.done;
    const std::string trials =
        counted(done.outcome.trials, "trial") + ", " + tenths(done.seconds) + " s";
    if (it.bug == nullptr) {
        const std::string head = "  " + padded("correct", 9) + padded(it.line, 40);
        if (!done.smallest) return head + "silent in " + trials + "\n";
        return head + (it.found() ? "FALSE ALARM" : "bound hit") + " after " + trials + ":\n" +
               indented(done.smallest->smallest) +
               in_words(done.smallest->summary.verdict, done.smallest->summary.violation);
    }
    const std::string head = "  " + padded(it.bug->id, 9) + padded(it.bug->name, 40);
    if (it.found()) return head + found_in_words(it);
    return head + (done.smallest ? "a bound was hit after " : "NOT FOUND in ") + trials + "\n";
}

struct summary {
    std::size_t total = 0;
    std::size_t found = 0;
    std::size_t false_alarms = 0;
    std::size_t cut_short = 0;  ///< searches of correct variants that a bound ended
    double median_ratio = 0;
};

summary sum_of(const std::vector<hunt>& all) {
    summary made;
    std::vector<double> ratios;
    for (const hunt& each : all) {
        if (each.bug == nullptr) {
            made.false_alarms += each.found() ? 1 : 0;
            made.cut_short += each.done.smallest && !each.found() ? 1 : 0;
            continue;
        }
        ++made.total;
        if (!each.found()) continue;
        ++made.found;
        ratios.push_back(each.ratio());
    }
    std::sort(ratios.begin(), ratios.end());
    if (!ratios.empty()) {
        const std::size_t half = ratios.size() / 2;
        made.median_ratio =
            ratios.size() % 2 == 1 ? ratios[half] : (ratios[half - 1] + ratios[half]) / 2;
    }
    return made;
}

std::string json_entry(const hunt& it) {
    json_object made;
    made.text("application", it.line).number("trials", it.done.outcome.trials);
    if (it.bug != nullptr) {
        made.text("id", it.bug->id).text("name", it.bug->name).text("about", it.bug->about);
        made.text("provenance", it.bug->provenance).flag("found", it.found());
        made.number("known_size", it.known());
    } else {
        made.flag("silent", !it.done.smallest);
    }
    if (it.done.smallest) {
        made.number("size", it.size());
        if (it.bug != nullptr) made.real("shrink_ratio", it.ratio());
        made.text("verdict", to_text(it.done.smallest->summary.verdict));
        made.raw("violation", json_of(it.done.smallest->summary.violation));
        made.text("schedule", to_text(it.done.smallest->smallest));
    }
    made.real("seconds", it.done.seconds).real("shrink_seconds", it.done.shrink_seconds);
    return made.done();
}

std::string json_text(const std::vector<hunt>& all, const zoo_arguments& given) {
    std::vector<std::string> bugs;
    std::vector<std::string> correct;
    for (const hunt& each : all) (each.bug != nullptr ? bugs : correct).push_back(json_entry(each));
    const summary sum = sum_of(all);
    json_object made;
    made.number("found", sum.found).number("total", sum.total);
    made.real("median_shrink_ratio", sum.median_ratio).number("false_alarms", sum.false_alarms);
    made.number("cut_short", sum.cut_short);
    made.number("seed", given.seed).number("trials_max", given.trials);
    made.raw("bugs", json_array(bugs)).raw("correct", json_array(correct));
    return made.done() + "\n";
}

std::string closing_words(const summary& sum) {
    std::string text = "found " + std::to_string(sum.found) + " of " + std::to_string(sum.total);
    if (sum.found != 0) {
        text += ", shrunk to " + tenths(sum.median_ratio) + " times the known minimum (median)";
    }
    text += "; false alarms: " + std::to_string(sum.false_alarms);
    if (sum.cut_short != 0) text += "; cut short by a bound: " + std::to_string(sum.cut_short);
    return text + "\n";
}

int hunt_all(const zoo_arguments& given) {
    std::vector<hunt> all = hunts_of(given.names);
    const bug_family* family = nullptr;
    for (hunt& each : all) {
        if (each.family != family && !given.json) {
            print(each.family->application.name + ": at most " + counted(given.trials, "trial") +
                  " each, seed " + std::to_string(given.seed) + "; " + in_words(each.family->plan) +
                  "\n");
        }
        family = each.family;
        each.done = run(each, given);
        if (!given.json) print(text_of(each));
    }
    const summary sum = sum_of(all);
    print(given.json ? json_text(all, given) : closing_words(sum));
    if (sum.false_alarms != 0) return exit_code::violated;
    const bool all_done = sum.found == sum.total && sum.cut_short == 0;
    return all_done ? exit_code::holds : exit_code::inconclusive;
}

int list(const zoo_arguments& given) {
    for (const hunt& each : hunts_of(given.names)) {
        if (each.bug == nullptr) continue;
        print(padded(each.bug->id, 6) + each.line + "\n      " + each.bug->about + "\n      (" +
              each.bug->provenance + ")\n");
    }
    return exit_code::holds;
}

int show(const zoo_arguments& given) {
    const std::vector<hunt> all = hunts_of(given.names);
    for (const hunt& each : all) {
        if (each.bug == nullptr) continue;
        if (each.bug != all.front().bug) print("\n");
        print("# " + each.bug->id + ": " + each.bug->about + "\n" + each.bug->schedule);
    }
    return exit_code::holds;
}

}  // namespace

/// Only the stock program has a zoo.
void add_zoo(declaration& to, session& in) {
    const bool stock = std::all_of(zoo().begin(), zoo().end(), [&](const bug_family& family) {
        return std::any_of(
            in.applications.begin(), in.applications.end(),
            [&](const application& each) { return each.name == family.application.name; });
    });
    if (!stock) return;
    const auto given = std::make_shared<zoo_arguments>();
    declaration command = to.sub("zoo", "Hunt the bugs planted in the stock applications",
                                 in.program + " zoo kv --trials 10000 --seed 1");
    command.words({"BUG", "", "An application, an id or a name (all)"}, given->names);
    command.number({"--trials", "N", "At most N trials for each (10000)"}, {1, UINT64_MAX},
                   given->trials);
    command.number({"--seed", "S", "Equal seeds find the same (1)"}, {}, given->seed);
    declare(command, given->workers, true);
    command.toggle("--list", "Print the catalogue", given->list);
    command.toggle("--show", "Print the least schedules known", given->show);
    command.toggle("--json", "Print JSON", given->json);
    command.chosen([&in, given] {
        in.chosen = [given] {
            if (given->list) return list(*given);
            return given->show ? show(*given) : hunt_all(*given);
        };
    });
}

}  // namespace partita::cli
