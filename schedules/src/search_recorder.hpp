#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <partita/schedules/search.hpp>

#include "search_antichain.hpp"
#include "search_distinct.hpp"
#include "search_interner.hpp"

namespace partita::detail {

/// `10,000`: how counts are written in certificates.
[[nodiscard]] std::string grouped(std::uint64_t number);

/// `1 trial`, `10,000 trials`.
[[nodiscard]] std::string counted(std::uint64_t number, const std::string& noun);

/// Keeps a search's certificate up to date, trial by trial, and says when a bound ends the search.
/// Whoever searches then says whether that cut anything off.
class recorder {
   public:
    /// The options and functions must outlive the recorder.
    recorder(const exhaust_options&, const progress_function&, const failing_function&);

    /// Counts one trial. Requires: not stopped(), and no earlier trial had more decisions.
    void record(const decision_set&, const trial_report&);

    /// No more trials may be run.
    [[nodiscard]] bool stopped() const { return stopped_; }
    [[nodiscard]] std::uint64_t trials_left() const {
        return options_.trials_max - certificate_.trials;
    }

    /// The search stopped before it had tried everything.
    void cut_by_stop() { cut_by_stop_ = true; }
    [[nodiscard]] bool is_cut_by_stop() const { return cut_by_stop_; }
    /// Larger sets than decisions_max were left out.
    void cut_by_decisions() { cut_by_decisions_ = true; }

    void tell_progress(std::optional<std::uint64_t> trials_total) const;

    /// What was recorded, with completeness and bound filled in. Leaves the recorder empty.
    [[nodiscard]] certificate finish();

    [[nodiscard]] decision_interner& decisions() { return decisions_; }

   private:
    void record_failing(const decision_set&, const trial_report&);
    [[nodiscard]] bool is_minimal(const decision_set&);
    [[nodiscard]] std::string stop_in_words() const;
    [[nodiscard]] std::string bound_in_words() const;

    const exhaust_options& options_;
    const progress_function& tell_;
    const failing_function& failing_;
    certificate certificate_;
    distinct_hashes traces_;
    decision_interner decisions_;
    minimal_sets minimal_;
    std::vector<decision_number> numbers_;  ///< scratch of is_minimal
    bool stopped_ = false;
    bool cut_by_stop_ = false;
    bool cut_by_decisions_ = false;
};

/// Runs the empty set; nothing when the bounds forbid even that.
[[nodiscard]] std::optional<trial_report> run_undisturbed(evaluator&, recorder&);

}  // namespace partita::detail
