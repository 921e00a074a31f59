#include <partita/models/explore.hpp>

#include <stdexcept>
#include <unordered_set>

#include <rapidcheck/Random.h>
#include <rapidcheck/Shrinkable.h>

#include <partita/models/run.hpp>

#include "generate.hpp"

namespace partita {

batch_function batches_of(const application& of) {
    return [trial = trials_of(of)](std::span<const schedule> all) {
        std::vector<trial_summary> summaries;
        summaries.reserve(all.size());
        for (const schedule& each : all) summaries.push_back(trial(each));
        return summaries;
    };
}

namespace {

/// New sites are taken in between batches only, and batches have a fixed size, so that what is
/// generated does not depend on how many trials ran at once.
constexpr std::size_t batch_trials = 64;
constexpr int size_most = 100;

class exploration {
   public:
    exploration(const application& of, const application_reference& reference,
                const fault_plan& plan, const explore_options& options,
                const batch_function& trials, const progress_function& tell)
        : of_(of),
          plan_(plan),
          actions_(actions_of(plan, of.rewrites)),
          options_(options),
          trials_(trials),
          tell_(tell),
          from_{of,
                reference,
                plan_,
                actions_,
                sites_,
                nodes_of(*settings_of(of, reference)),
                options.commands_max == 0 ? of.commands_most : options.commands_max},
          random_(options.seed) {
        outcome_.occurred.assign(of.occurrences.size(), 0);
    }

    explore_outcome search() {
        // The undisturbed run comes first: it fills the catalogue, and may fail by itself.
        const schedule plain{from_.reference, of_.workload, {}};
        const std::vector<schedule> undisturbed_run{plain};
        if (look_at(undisturbed_run, nullptr)) return std::move(outcome_);
        while (outcome_.trials < options_.trials_max) {
            std::vector<rc::Shrinkable<schedule>> drawn = draw_batch();
            std::vector<schedule> schedules;
            for (const auto& each : drawn) schedules.push_back(each.value());
            if (look_at(schedules, &drawn)) break;
        }
        return std::move(outcome_);
    }

   private:
    std::vector<rc::Shrinkable<schedule>> draw_batch() {
        const rc::Gen<schedule> generator = detail::schedules_of(from_);
        const std::uint64_t left = options_.trials_max - outcome_.trials;
        std::vector<rc::Shrinkable<schedule>> drawn;
        for (std::uint64_t at = 0; at < std::min<std::uint64_t>(left, batch_trials); ++at) {
            const auto size = static_cast<int>((outcome_.trials + at) % size_most);
            drawn.push_back(generator(random_.split(), size));
        }
        return drawn;
    }

    /// Runs a batch; true when a trial failed, which ends the search.
    bool look_at(const std::vector<schedule>& schedules,
                 const std::vector<rc::Shrinkable<schedule>>* drawn) {
        const std::vector<trial_summary> summaries = trials_(schedules);
        for (std::size_t at = 0; at < summaries.size(); ++at) {
            const trial_summary& seen = summaries[at];
            ++outcome_.trials;
            if (traces_.insert(seen.trace_hash).second) ++outcome_.executions;
            sites_.add(seen.sites);
            count_occurrences(seen.occurred);
            if (seen.verdict == verdict::inconclusive) ++outcome_.inconclusive;
            if (seen.verdict == verdict::holds) continue;
            if (seen.verdict == verdict::inconclusive && !bounded(seen)) continue;
            outcome_.generated = schedules[at];
            outcome_.found = schedules[at];
            outcome_.summary = seen;
            if (drawn != nullptr) shrink_from((*drawn)[at]);
            return true;
        }
        if (tell_) tell_({outcome_.trials, options_.trials_max, 0, 0});
        return false;
    }

    void count_occurrences(std::uint64_t bits) {
        for (std::size_t at = 0; at < outcome_.occurred.size(); ++at)
            outcome_.occurred[at] += bits >> at & 1;
    }

    /// A bound that was hit is worth keeping; a schedule that did not fit is not.
    static bool bounded(const trial_summary& seen) {
        return seen.violation && seen.violation->property == "bounds";
    }

    /// Follows RapidCheck's shrinks, first failing one first.
    void shrink_from(rc::Shrinkable<schedule> best) {
        for (bool smaller = true; smaller;) {
            smaller = false;
            auto candidates = best.shrinks();
            for (auto next = candidates.next();
                 next && outcome_.shrink_trials < options_.shrink_trials_max;
                 next = candidates.next()) {
                const std::vector<schedule> one{next->value()};
                if (one.front() == *outcome_.found) continue;
                ++outcome_.shrink_trials;
                const trial_summary seen = trials_(one).front();
                if (!seen.violation || !same_failure(*seen.violation, *outcome_.summary->violation))
                    continue;
                outcome_.found = one.front();
                outcome_.summary = seen;
                best = *next;
                smaller = true;
                break;
            }
        }
    }

    const application& of_;
    fault_plan plan_;
    std::vector<site_action> actions_;
    explore_options options_;
    const batch_function& trials_;
    const progress_function& tell_;
    detail::site_catalogue sites_;
    detail::generation from_;
    rc::Random random_;
    std::unordered_set<std::uint64_t> traces_;  // order: never iterated
    explore_outcome outcome_;
};

}  // namespace

explore_outcome explore(const application& of, const application_reference& reference,
                        const fault_plan& plan, const explore_options& options,
                        const batch_function& trials, const progress_function& tell) {
    if (const auto usable = settings_of(of, reference); !usable)
        throw std::invalid_argument(usable.error().message);
    return exploration(of, reference, plan, options, trials, tell).search();
}

}  // namespace partita
