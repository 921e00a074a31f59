#include <partita/schedules/replay.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <partita/schedules/codec.hpp>

#include "replay_repair.hpp"

namespace partita {
namespace {

using detail::repair;

/// Of more missing deviations than this the first ones are edited first; the others wait their
/// turn.
constexpr std::size_t branches_max = 8;

/// The search for a repair: best first, by edits made plus deviations that were still missing, the
/// deeper one of two equals first, then the one found first. So the first repair costs one trial a
/// missing deviation; the rest of the search looks for one with fewer edits.
class repair_search {
   public:
    repair_search(const schedule& stored, const std::optional<violation>& expected,
                  const trial_function& trial, const replay_options& options)
        : stored_(stored), expected_(expected), trial_(trial), options_(options) {}

    replay_outcome run() {
        const repair nothing(stored_);
        const auto first = trial_(stored_);
        trials_ = 1;
        missing_ = nothing.missing(first);
        if (missing_.empty()) {
            return {replay_fit::exact, stored_, {}, first, trials_};
        }
        seen_.insert(to_text(stored_));
        expand(nothing, first);
        search();
        return best_ ? repaired() : stale(first);
    }

   private:
    using priority = std::tuple<std::size_t, std::size_t, std::size_t>;

    /// Puts the repairs with one edit more into the frontier. Each is rated as if its edit mended
    /// what it was made for and nothing else; its own trial will tell.
    void expand(const repair& from, const trial_summary& summary) {
        const auto missing = from.missing(summary);
        for (std::size_t branch = 0; branch < std::min(missing.size(), branches_max); ++branch) {
            for (auto& next : from.edited(missing[branch], summary.sites)) {
                if (seen_.insert(to_text(next.applied())).second) {
                    const auto edits = next.edit_count();
                    const auto deeper_first = stored_.deviations.size() - edits;
                    const priority rank{edits + missing.size() - 1, deeper_first, ++found_};
                    frontier_.emplace(rank, std::move(next));
                }
            }
        }
    }

    void search() {
        while (!frontier_.empty() && trials_ < options_.trials_max) {
            const auto next = std::move(frontier_.extract(frontier_.begin()).mapped());
            if (best_ && next.edit_count() >= best_->edit_count()) {
                continue;
            }
            auto summary = trial_(next.applied());
            ++trials_;
            if (!next.missing(summary).empty()) {
                expand(next, summary);
            } else if (mends(next, summary)) {
                best_ = next;
                best_summary_ = std::move(summary);
            }
        }
    }

    /// Without a failure to reproduce, a repair that leaves nothing of the deviations proves
    /// nothing.
    [[nodiscard]] bool mends(const repair& candidate, const trial_summary& summary) const {
        if (!expected_) {
            return !candidate.applied().deviations.empty();
        }
        return summary.violation && same_failure(*summary.violation, *expected_);
    }

    [[nodiscard]] replay_outcome repaired() const {
        return {replay_fit::repaired, best_->applied(), best_->edits(), best_summary_, trials_};
    }

    [[nodiscard]] replay_outcome stale(const trial_summary& first) const {
        std::vector<std::string> edits;
        for (const auto index : missing_) {
            edits.push_back("no repair for " + to_text(stored_.deviations[index]) +
                            " (site not met)");
        }
        if (!frontier_.empty()) {
            edits.push_back("gave up after " + std::to_string(trials_) + " trials");
        }
        return {replay_fit::stale, stored_, std::move(edits), first, trials_};
    }

    const schedule& stored_;
    const std::optional<violation>& expected_;
    const trial_function& trial_;
    replay_options options_;
    std::vector<std::size_t> missing_;
    std::map<priority, repair> frontier_;
    std::set<std::string> seen_;  ///< texts: no schedule is tried twice
    std::optional<repair> best_;
    trial_summary best_summary_;
    std::size_t found_ = 0;
    std::size_t trials_ = 0;
};

}  // namespace

std::string_view to_text(replay_fit fit) {
    switch (fit) {
        case replay_fit::exact:
            return "exact";
        case replay_fit::repaired:
            return "repaired";
        case replay_fit::stale:
            return "stale";
    }
    return "stale";
}

replay_outcome replay(const schedule& stored, const std::optional<violation>& expected,
                      const trial_function& trial, const replay_options& options) {
    return repair_search(stored, expected, trial, options).run();
}

}  // namespace partita
