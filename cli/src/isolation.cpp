#include "isolation.hpp"

#include <algorithm>
#include <utility>

#include "isolation_pool.hpp"

namespace partita::cli {
namespace {

/// A batch is a barrier: long enough that the wait at its end does not count, short enough that a
/// search which stops at the first failure does not run far past it.
constexpr std::size_t batch_per_job = 8'192;
constexpr std::size_t batch_max = 65'536;

}  // namespace

process_evaluator::process_evaluator(const application& of, schedule base, fault_plan plan,
                                     const isolation_options& options)
    : pool_(std::make_unique<pool>(of, std::move(base), std::move(plan), options)) {}

process_evaluator::~process_evaluator() = default;

void process_evaluator::evaluate(std::span<const decision_set> sets, const sink& done) {
    pool_->evaluate(sets, done);
}

schedule process_evaluator::describe(const decision_set& decisions) const {
    return pool_->local_.describe(decisions);
}

std::size_t process_evaluator::batch_size() const {
    return std::min(pool_->options_.jobs * batch_per_job, batch_max);
}

const std::optional<nondeterminism>& process_evaluator::leak() const { return pool_->leak_; }

std::uint64_t process_evaluator::casualties() const { return pool_->casualties_; }

}  // namespace partita::cli
