#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include <partita/schedules/worklist.hpp>

#include "search_antichain.hpp"
#include "search_distinct.hpp"
#include "search_recorder.hpp"
#include "search_worklist_item.hpp"
#include "search_worklist_rules.hpp"

namespace partita {
namespace {

using detail::candidate_walk;
using detail::worklist_item;
using detail::worklist_rules;

/// Counts trials that come in no order of size, so that minimality can only be told at the end.
class worklist_ledger {
   public:
    explicit worklist_ledger(const failing_function& failing) : failing_(failing) {}

    void record(const decision_set& omissions, const worklist_trial& trial) {
        ++sums.trials;
        traces_.insert(trial.trace_hash);
        if (omissions.size() >= sums.by_decisions.size()) {
            sums.by_decisions.resize(omissions.size() + 1);
        }
        ++sums.by_decisions[omissions.size()];
        switch (trial.verdict) {
            case verdict::holds:
                ++sums.passed;
                break;
            case verdict::inconclusive:
                ++sums.inconclusive;
                break;
            case verdict::violated:
                record_failing(omissions, trial);
                break;
        }
    }

    [[nodiscard]] certificate finish() {
        sums.failing = sums.failed;
        sums.executions = traces_.size();
        sums.failing_by_decisions.resize(sums.by_decisions.size());
        sums.minimal_by_decisions.resize(sums.by_decisions.size());
        find_minimal();
        return std::move(sums);
    }

    certificate sums;

   private:
    void record_failing(const decision_set& omissions, const worklist_trial& trial) {
        ++sums.failed;
        trial_report report;
        report.verdict = trial.verdict;
        report.trace_hash = trial.trace_hash;
        report.met = static_cast<std::uint32_t>(omissions.size());
        failed_.push_back({omissions, std::move(report)});
        if (failing_) {
            failing_(failed_.back());
        }
    }

    void find_minimal() {
        std::stable_sort(failed_.begin(), failed_.end(), [](const auto& left, const auto& right) {
            return left.decisions.size() < right.decisions.size();
        });
        detail::decision_interner numbers;
        detail::minimal_sets minimal;
        for (failing_trial& found : failed_) {
            const std::size_t size = found.decisions.size();
            ++sums.failing_by_decisions[size];
            std::vector<detail::decision_number> set;
            for (const decision& omission : found.decisions) {
                set.push_back(numbers.number_of(omission));
            }
            std::sort(set.begin(), set.end());
            if (minimal.add(set)) {
                ++sums.minimal;
                ++sums.minimal_by_decisions[size];
                sums.minimal_failing.push_back(std::move(found));
            }
        }
    }

    const failing_function& failing_;
    detail::distinct_hashes traces_;
    std::vector<failing_trial> failed_;
};

class worklist_search {
   public:
    worklist_search(worklist_evaluator& trials, const worklist_protocol& protocol,
                    const worklist_options& options, const progress_function& tell,
                    const failing_function& failing)
        : trials_(trials), protocol_(protocol), options_(options), tell_(tell), ledger_(failing) {}

    certificate run() {
        if (is_stopped()) {
            cut_ = true;
        } else {
            undisturbed_ = trials_.run({});
            items_.push_back({undisturbed_.lines, {}, {}, {}});
        }
        for (bool first = true; !items_.empty() && !cut_; first = false) {
            const worklist_item item = std::move(items_.front());
            items_.pop_front();
            work_on(item, first);
        }
        certificate found = ledger_.finish();
        found.complete = !cut_;
        found.bound = cut_ ? bound_in_words(found) : "";
        return found;
    }

   private:
    void work_on(const worklist_item& item, bool first) {
        explored_.clear();
        candidate_walk walk(item, first);
        const worklist_rules rules(protocol_, options_.original_causality, walk.numbering());
        for (; walk.at_set(); walk.advance()) {
            if (is_stopped()) {
                cut_ = true;
                return;
            }
            ++ledger_.sums.schedules;
            if (is_wanted(rules, walk)) {
                try_set(item, detail::with_background(item.lines, walk.omitted()));
            } else {
                ++ledger_.sums.pruned;
            }
        }
    }

    /// Whether the set is possible and the first of its class, which is explored from now on.
    bool is_wanted(const worklist_rules& rules, const candidate_walk& walk) {
        if (!rules.is_possible(walk.remaining())) {
            return false;
        }
        const auto belongs = rules.class_of(walk.remaining());
        return !options_.pruning || belongs.empty() || explored_.insert(belongs).second;
    }

    void try_set(const worklist_item& item, const decision_set& omissions) {
        const worklist_trial trial = omissions.empty() ? undisturbed_ : trials_.run(omissions);
        ledger_.record(omissions, trial);
        worklist_item found = item_from(trial, omissions, item);
        const bool waits = std::any_of(items_.begin(), items_.end(), [&](const auto& waiting) {
            return waiting.new_types == found.new_types;
        });
        if (!found.new_types.empty() && !waits) {
            items_.push_back(std::move(found));
        }
        if (tell_) {
            const certificate& sums = ledger_.sums;
            tell_({sums.trials, std::nullopt, sums.failed,
                   static_cast<std::uint32_t>(omissions.size())});
        }
    }

    [[nodiscard]] bool is_stopped() const {
        const certificate& sums = ledger_.sums;
        return sums.trials >= options_.trials_max || sums.schedules >= options_.sets_max ||
               (options_.stop_at_first && sums.failed > 0);
    }

    [[nodiscard]] std::string bound_in_words(const certificate& found) const {
        if (options_.stop_at_first && found.failed > 0) {
            return "stopped at the first failing trial";
        }
        if (found.trials >= options_.trials_max) {
            return "stopped after " + detail::counted(found.trials, "trial");
        }
        return "stopped after considering " + detail::counted(found.schedules, "omission set");
    }

    worklist_evaluator& trials_;
    const worklist_protocol& protocol_;
    const worklist_options& options_;
    const progress_function& tell_;
    worklist_ledger ledger_;
    worklist_trial undisturbed_;
    std::deque<worklist_item> items_;
    std::set<worklist_rules::schedule_class> explored_;  ///< of the item being worked on
    bool cut_ = false;
};

}  // namespace

certificate exhaust_worklist(worklist_evaluator& trials, const worklist_protocol& protocol,
                             const worklist_options& options, const progress_function& tell,
                             const failing_function& failing) {
    return worklist_search(trials, protocol, options, tell, failing).run();
}

}  // namespace partita
