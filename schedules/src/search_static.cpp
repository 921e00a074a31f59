#include <algorithm>
#include <numeric>
#include <optional>
#include <stdexcept>

#include <partita/schedules/search.hpp>

#include "search_reduced.hpp"

namespace partita {
namespace {

using detail::powerset_walk;
using detail::recorder;
using detail::site_list;

std::uint64_t saturating_total(const std::vector<std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}, detail::saturating_sum);
}

std::vector<std::uint64_t> sizes_of_powerset(const site_list& list, std::size_t size_max) {
    std::vector<std::size_t> alternatives;
    for (std::size_t site = 0; site < list.sites(); ++site) {
        alternatives.push_back(list.alternatives_of(site));
    }
    return detail::subsets_by_size(alternatives, size_max);
}

/// Runs every subset but the empty one.
class unreduced_search {
   public:
    unreduced_search(evaluator& trials, recorder& record, const site_list& list,
                     const exhaust_options& options, std::uint64_t schedules)
        : recorder_(record),
          list_(list),
          walk_(list, options.decisions_max),
          batch_(trials),
          total_(std::min(schedules, options.trials_max)) {}

    void run() {
        bool more = walk_.advance();
        while (more && !recorder_.stopped()) {
            spell(batch_.add());
            more = walk_.advance();
            if (!more || batch_.full(recorder_.trials_left())) {
                run_batch();
            }
        }
        if (more) {
            recorder_.cut_by_stop();
        }
    }

   private:
    void spell(decision_set& set) const {
        set.clear();
        for (const std::size_t position : walk_.chosen()) {
            set.push_back(list_.decisions()[position]);
        }
    }

    void run_batch() {
        batch_.run([this](std::size_t index, const trial_report& report) {
            if (recorder_.stopped()) {
                recorder_.cut_by_stop();
            } else {
                recorder_.record(batch_[index], report);
            }
        });
        // A saturated count is no count.
        recorder_.tell_progress(total_ == UINT64_MAX ? std::nullopt : std::optional(total_));
    }

    recorder& recorder_;
    const site_list& list_;
    powerset_walk walk_;
    detail::trial_batch batch_;
    std::uint64_t total_;
};

/// Runs one trial for all subsets that are equal to it.
class reduced_search {
   public:
    reduced_search(recorder& record, const site_list& list, std::uint32_t decisions_max)
        : recorder_(record),
          decisions_max_(decisions_max),
          rule_(list, record.decisions(), decisions_max) {}

    void run(evaluator& trials, const trial_report& undisturbed) {
        detail::branching_search(trials, recorder_, rule_, decisions_max_).run(undisturbed);
    }

    /// Replaces counts of trials by counts of the subsets they stand for.
    void weigh(certificate& found) const {
        found.by_decisions = rule_.subsets();
        found.failing_by_decisions = rule_.subsets(verdict::violated);
        found.minimal_by_decisions.resize(found.by_decisions.size());
        found.failing = saturating_total(found.failing_by_decisions);
        found.inconclusive = saturating_total(rule_.subsets(verdict::inconclusive));
        found.pruned = saturating_total(found.by_decisions) - found.trials;
    }

    /// A search that ran to its end must have accounted for every subset.
    void check(const std::vector<std::uint64_t>& sizes) const {
        if (!recorder_.is_cut_by_stop() && rule_.subsets() != sizes) {
            throw std::logic_error(
                "a decision of the undisturbed run is not offered every time its site is met: "
                "search without the reduction");
        }
    }

   private:
    recorder& recorder_;
    std::uint32_t decisions_max_;
    detail::powerset_rule rule_;
};

}  // namespace

certificate exhaust_static(evaluator& trials, const exhaust_options& options,
                           const progress_function& tell, const failing_function& failing) {
    recorder record(options, tell, failing);
    const auto undisturbed = run_undisturbed(trials, record);
    if (!undisturbed) {
        return record.finish();
    }
    const site_list list(undisturbed->offers);
    const auto sizes = sizes_of_powerset(list, options.decisions_max);
    if (list.sites() > options.decisions_max) {
        record.cut_by_decisions();
    }
    certificate found;
    if (options.reduce) {
        reduced_search search(record, list, options.decisions_max);
        search.run(trials, *undisturbed);
        search.check(sizes);
        found = record.finish();
        search.weigh(found);
    } else {
        unreduced_search(trials, record, list, options, saturating_total(sizes)).run();
        found = record.finish();
    }
    found.schedules = saturating_total(sizes);
    return found;
}

}  // namespace partita
