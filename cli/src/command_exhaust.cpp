#include <algorithm>
#include <memory>
#include <stdexcept>

#include <partita/schedules/codec.hpp>
#include <partita/schedules/search.hpp>

#include "certificate_text.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "findings.hpp"
#include "json.hpp"
#include "occurrences.hpp"
#include "outcome_text.hpp"
#include "plan_options.hpp"
#include "progress_bar.hpp"
#include "reproduction.hpp"
#include "search_report.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"
#include "worklist_trials.hpp"

namespace partita::cli {
namespace {

struct exhaust_arguments {
    trial_options trial;
    plan_options plan;
    worker_options workers;
    std::string space = "dynamic";
    std::optional<std::uint64_t> trials;
    bool stop_at_first = false;
    bool reduce = false;
    bool original = false;
    bool no_save = false;
    std::uint64_t save_most = 100;
    std::string corpus;
    bool json = false;
};

void declare_all(declaration& to, exhaust_arguments& into) {
    declare(to, into.trial);
    declare(to, into.plan);
    to.choice({"--space", "SPACE", "static, dynamic (the default) or worklist"},
              {"static", "dynamic", "worklist"}, into.space);
    to.toggle("--stop-at-first", "Stop at the first failing trial", into.stop_at_first);
    to.toggle("--reduce", "static: do not run schedules that equal one already run", into.reduce);
    to.toggle("--original", "worklist: count as the original did, its defect included",
              into.original);
    to.number({"--trials", "N", "Give up after N trials"}, {1, UINT64_MAX}, into.trials);
    to.toggle("--no-save", "Keep what is found out of the corpus", into.no_save);
    to.number({"--save-most", "N", "Save at most N counterexamples (100)"}, {0, 1'000'000},
              into.save_most);
    declare(to, into.workers, true);
    declare_corpus(to, into.corpus);
    to.toggle("--json", "Print JSON", into.json);
}

/// Flags that mean nothing together are a slip, not a wish.
void check(const exhaust_arguments& given, const fault_plan& plan) {
    const bool is_static = given.space == "static";
    if (given.reduce && !is_static) throw failure("--reduce: expected --space static");
    if (given.original && given.space != "worklist")
        throw failure("--original: expected --space worklist");
    const auto kinds = kinds_of(plan);
    if (given.space == "worklist") {
        if (kinds != std::vector{fault_kind::omission}) {
            throw failure("--space worklist: expected omissions only, no other --kinds");
        }
        if (given.plan.omissions)
            throw failure("--omissions: --space worklist expects no such bound");
        return;
    }
    if (kinds.empty()) throw failure("--kinds: expected at least one fault that may happen");
    const bool bounded = std::any_of(kinds.begin(), kinds.end(), [&](fault_kind kind) {
        return plan.most_of(kind) != fault_plan::unbounded || kind == fault_kind::crash ||
               kind == fault_kind::pause || kind == fault_kind::partition;
    });
    if (is_static && kinds.size() > 1 && bounded) {
        throw failure(
            "--space static: expected one kind of fault, or several without a bound; "
            "--space dynamic bounds each");
    }
}

/// The most decisions of one schedule that a plan allows.
std::uint32_t decisions_most(const fault_plan& plan) {
    std::uint64_t sum = 0;
    for (const fault_kind kind : kinds_of(plan)) sum += plan.most_of(kind);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, fault_plan::unbounded));
}

/// A bound on one kind is the search's, which then can tell whether it cut something off.
fault_plan plan_for_search(fault_plan plan) {
    const auto kinds = kinds_of(plan);
    if (kinds.size() == 1) (void)plan.allow(kinds.front());
    return plan;
}

exhaust_options options_of(const exhaust_arguments& given, const fault_plan& plan) {
    exhaust_options made;
    made.decisions_max = decisions_most(plan);
    if (given.trials) made.trials_max = *given.trials;
    made.stop_at_first = given.stop_at_first;
    made.reduce = given.reduce;
    made.failing_kept_max = 10'000;
    return made;
}

/// Adds up what happened in the trials of another evaluator.
class occurrence_counter final : public evaluator {
   public:
    occurrence_counter(evaluator& trials, std::vector<std::uint64_t>& into)
        : trials_(trials), occurred_(into) {}

    void evaluate(std::span<const decision_set> sets, const sink& done) override {
        trials_.evaluate(sets, [&](std::size_t index, const trial_report& report) {
            add_occurrences(occurred_, report.occurred);
            done(index, report);
        });
    }
    [[nodiscard]] schedule describe(const decision_set& set) const override {
        return trials_.describe(set);
    }
    [[nodiscard]] std::size_t batch_size() const override { return trials_.batch_size(); }

   private:
    evaluator& trials_;
    std::vector<std::uint64_t>& occurred_;
};

/// What a search over schedules came to, whichever it was.
struct search_result {
    certificate found;
    std::vector<std::uint64_t> occurred;
    std::optional<nondeterminism> leak;
    std::optional<worklist_counts> both;
    std::vector<schedule> minimal;
    double seconds = 0;
};

search_result search(const exhaust_arguments& given, const subject& what, const fault_plan& plan,
                     findings& keep) {
    process_evaluator trials(what.of, what.base, plan_for_search(plan),
                             isolation_of(given.workers));
    search_result done;
    done.occurred.assign(what.of.occurrences.size(), 0);
    occurrence_counter counted_trials(trials, done.occurred);
    progress_bar bar;
    const auto show = [&](const progress& at) { bar.show(at); };
    const auto describe = [&](const decision_set& set) { return trials.describe(set); };
    // The rate told is that of the search: storing a finding, and running it again before that, is
    // another matter.
    double storing = 0;
    const auto failing = [&](const failing_trial& each) {
        const double begun = bar.seconds();
        keep.add(each, describe);
        storing += bar.seconds() - begun;
    };
    const auto run = given.space == "static" ? exhaust_static : exhaust_dynamic;
    try {
        done.found = run(counted_trials, options_of(given, plan), show, failing);
    } catch (const std::logic_error& wrong) {
        // The search saw a trial that is no function of its schedule before the sentinel did.
        if (!trials.leak())
            done.leak = nondeterminism{what.base, {0, wrong.what(), "a trial of it"}};
    }
    if (trials.leak()) done.leak = trials.leak();
    if (trials.casualties() != 0) {
        certificate& found = done.found;
        found.complete = false;
        found.bound += (found.bound.empty() ? "" : "; ") + std::string("nothing tried beyond ") +
                       counted(trials.casualties(), "trial") + " that ended their worker";
    }
    done.seconds = bar.seconds() - storing;
    for (const failing_trial& each : done.found.minimal_failing) {
        done.minimal.push_back(trials.describe(each.decisions));
    }
    return done;
}

certificate search_worklist(const exhaust_arguments& given, worklist_trials& trials,
                            const subject& what, bool original, const progress_function& show,
                            const failing_function& failing) {
    worklist_options options;
    options.original_causality = original;
    options.stop_at_first = given.stop_at_first;
    if (given.trials) options.trials_max = *given.trials;
    return exhaust_worklist(trials, what.of.annotations->protocol, options, show, failing);
}

search_result search_worklist(const exhaust_arguments& given, const subject& what, findings& keep) {
    if (!what.of.annotations) {
        throw failure("--space worklist: application " + what.of.name +
                      " has no annotations of its protocol (application_builder::annotate)");
    }
    worklist_trials trials(what.of, what.base, isolation_of(given.workers));
    search_result done;
    progress_bar bar;
    const auto show = [&](const progress& at) { bar.show(at); };
    const auto describe = [&](const decision_set& set) { return trials.describe(set); };
    const auto failing = [&](const failing_trial& each) { keep.add(each, describe); };
    const auto count = [&](bool original) {
        const bool selected = original == given.original;
        return search_worklist(given, trials, what, original, show,
                               selected ? failing_function(failing) : nullptr);
    };
    done.both = worklist_counts{count(false), count(true)};
    done.found = given.original ? done.both->original : done.both->corrected;
    done.seconds = bar.seconds();
    for (const failing_trial& each : done.found.minimal_failing) {
        done.minimal.push_back(trials.describe(each.decisions));
    }
    return done;
}

std::string bound_in_words(const exhaust_arguments& given, fault_plan plan,
                           const certificate& found) {
    // The powerset of the undisturbed run's messages is bounded by their number.
    const bool whole_powerset =
        given.space == "static" && found.complete && !found.by_decisions.empty();
    if (whole_powerset && plan.most_of(fault_kind::omission) == fault_plan::unbounded) {
        limit_to_sites(plan, found);
    }
    return in_words(plan);
}

/// What a search counts by the number of decisions.
std::string counted_in(const std::string& space) {
    if (space == "static") return "schedules";
    return space == "dynamic" ? "executions" : "trials";
}

std::string json_text(const exhaust_arguments& given, const subject& what,
                      const search_result& done, const certificate_frame& frame,
                      const findings& kept) {
    json_object made;
    made.text("application", what.of.name).text("space", given.space);
    add_counts(made, done.found, frame);
    if (done.both) {
        made.raw("corrected", json_of_counts(done.both->corrected));
        made.raw("original", json_of_counts(done.both->original));
    }
    made.raw("minimal_failing", json_of_deviations(done.minimal));
    made.raw("sometimes", json_of_occurrences(what.of, done.occurred));
    made.raw("counterexamples", json_texts(kept.stored_ids()));
    made.number("jobs", given.workers.jobs).real("seconds", done.seconds);
    const double seconds = std::max(done.seconds, 1e-6);
    made.real("trials_per_second", static_cast<double>(done.found.trials) / seconds);
    if (done.leak) made.raw("nondeterminism", json_of(*done.leak));
    return made.done() + "\n";
}

std::string text_of(const search_result& done, const certificate_frame& frame) {
    std::string text = in_words(done.found, frame);
    if (done.both) {
        text += "corrected " + passed_and_failed(done.both->corrected) + "; original " +
                passed_and_failed(done.both->original) + "\n";
    }
    return text;
}

int exit_code_for(const search_result& done) {
    if (done.leak) return exit_code::nondeterministic;
    if (done.found.failing > 0) return exit_code::violated;
    const bool open = done.found.inconclusive > 0 || is_cut_short(done.found);
    return open ? exit_code::inconclusive : exit_code::holds;
}

int exhaust(const session& in, const exhaust_arguments& given) {
    const fault_plan plan = plan_of(given.plan, {fault_kind::omission});
    check(given, plan);
    const subject what = subject_of(in, given.trial);
    findings kept(what.of, isolation_of(given.workers),
                  {given.corpus, !given.no_save, given.save_most, given.space, {}});
    search_result done = given.space == "worklist" ? search_worklist(given, what, kept)
                                                   : search(given, what, plan, kept);
    if (kept.leak() && !done.leak) done.leak = kept.leak();
    const bool one_kind = kinds_of(plan) == std::vector{fault_kind::omission};
    const certificate_frame frame{bound_in_words(given, plan, done.found),
                                  one_kind ? "omissions" : "deviations", counted_in(given.space)};
    if (given.json) {
        print(json_text(given, what, done, frame, kept));
    } else {
        if (!done.leak) {
            print(text_of(done, frame) + in_words(what.of, done.occurred, done.found.trials));
        }
        print_findings(in, what.words, kept, done.minimal, given.corpus);
        if (done.leak)
            print(in_words(*done.leak) + run_line(in, what.words, done.leak->schedule.deviations));
    }
    if (kept.corpus_error()) throw failure(kept.corpus_error()->message);
    return exit_code_for(done);
}

}  // namespace

void add_exhaust(declaration& to, session& in) {
    const auto given = std::make_shared<exhaust_arguments>();
    declaration command = to.sub("exhaust", "Try every fault within a bound",
                                 in.program + " exhaust lampson-2pc --nodes 4 --omissions 2");
    declare_all(command, *given);
    command.chosen([&in, given] { in.chosen = [&in, given] { return exhaust(in, *given); }; });
}

}  // namespace partita::cli
