#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita::detail {

/// The decision sets handed to the evaluator at once. The sets are reused from batch to batch:
/// after the first few none of them allocates.
class trial_batch {
   public:
    explicit trial_batch(evaluator& trials)
        : trials_(trials), sets_(std::max<std::size_t>(1, trials.batch_size())) {}

    /// The next set of the batch, holding whatever it held before. Requires: not full.
    [[nodiscard]] decision_set& add() { return sets_[size_++]; }

    [[nodiscard]] std::size_t size() const { return size_; }
    /// Whether the batch has what the evaluator wants, or all that may still be run.
    [[nodiscard]] bool full(std::uint64_t trials_left) const {
        return size_ >= sets_.size() || size_ >= trials_left;
    }
    [[nodiscard]] const decision_set& operator[](std::size_t index) const { return sets_[index]; }

    /// Evaluates all and empties the batch.
    void run(const evaluator::sink& done) {
        trials_.evaluate({sets_.data(), size_}, done);
        size_ = 0;
    }

   private:
    evaluator& trials_;
    std::vector<decision_set> sets_;
    std::size_t size_ = 0;
};

}  // namespace partita::detail
