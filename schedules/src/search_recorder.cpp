#include "search_recorder.hpp"

#include <algorithm>
#include <utility>

namespace partita::detail {

namespace {

/// The offers are of no use once the search has gone on, and most of a report's size.
trial_report without_offers(const trial_report& report) {
    return {report.verdict, report.trace_hash, report.failure, report.met, {}, report.occurred};
}

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t place = digits.size(); place > 3; place -= 3) {
        digits.insert(place - 3, ",");
    }
    return digits;
}

std::string counted(std::uint64_t number, const std::string& noun) {
    return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

recorder::recorder(const exhaust_options& options, const progress_function& tell,
                   const failing_function& failing)
    : options_(options), tell_(tell), failing_(failing), stopped_(options.trials_max == 0) {}

void recorder::record(const decision_set& decisions, const trial_report& report) {
    certificate& sums = certificate_;
    ++sums.trials;
    traces_.insert(report.trace_hash);
    if (decisions.size() >= sums.by_decisions.size()) {
        sums.by_decisions.resize(decisions.size() + 1);
        sums.failing_by_decisions.resize(decisions.size() + 1);
        sums.minimal_by_decisions.resize(decisions.size() + 1);
    }
    ++sums.by_decisions[decisions.size()];
    switch (report.verdict) {
        case verdict::holds:
            ++sums.passed;
            break;
        case verdict::inconclusive:
            ++sums.inconclusive;
            break;
        case verdict::violated:
            record_failing(decisions, report);
            break;
    }
    stopped_ = stopped_ || sums.trials == options_.trials_max;
}

void recorder::record_failing(const decision_set& decisions, const trial_report& report) {
    ++certificate_.failed;
    ++certificate_.failing;
    ++certificate_.failing_by_decisions[decisions.size()];
    const bool minimal = is_minimal(decisions);
    const bool kept = minimal && certificate_.minimal_failing.size() < options_.failing_kept_max;
    if (minimal) {
        ++certificate_.minimal;
        ++certificate_.minimal_by_decisions[decisions.size()];
    }
    if (kept || failing_) {
        failing_trial found{decisions, without_offers(report)};
        if (failing_) {
            failing_(found);
        }
        if (kept) {
            certificate_.minimal_failing.push_back(std::move(found));
        }
    }
    stopped_ = options_.stop_at_first;
}

bool recorder::is_minimal(const decision_set& decisions) {
    numbers_.clear();
    for (const decision& taken : decisions) {
        numbers_.push_back(decisions_.number_of(taken));
    }
    std::sort(numbers_.begin(), numbers_.end());
    return minimal_.add(numbers_);
}

void recorder::tell_progress(std::optional<std::uint64_t> trials_total) const {
    if (tell_ && certificate_.trials > 0) {
        const auto decisions = static_cast<std::uint32_t>(certificate_.by_decisions.size() - 1);
        tell_({certificate_.trials, trials_total, certificate_.failed, decisions});
    }
}

certificate recorder::finish() {
    certificate_.executions = traces_.size();
    certificate_.complete = !cut_by_stop_ && !cut_by_decisions_;
    certificate_.bound = bound_in_words();
    return std::exchange(certificate_, {});
}

std::string recorder::bound_in_words() const {
    std::string words = cut_by_stop_ ? stop_in_words() : "";
    if (cut_by_decisions_) {
        words += words.empty() ? "" : ", ";
        words += "at most " + counted(options_.decisions_max, "decision") + " a schedule";
    }
    return words;
}

std::string recorder::stop_in_words() const {
    if (options_.stop_at_first && certificate_.failed > 0) {
        return "stopped at the first failing trial";
    }
    return "stopped after " + counted(certificate_.trials, "trial");
}

std::optional<trial_report> run_undisturbed(evaluator& trials, recorder& record) {
    if (record.stopped()) {
        record.cut_by_stop();
        return std::nullopt;
    }
    std::optional<trial_report> undisturbed;
    const decision_set nothing;
    trials.evaluate({&nothing, 1}, [&](std::size_t, const trial_report& report) {
        record.record(nothing, report);
        undisturbed = report;
    });
    record.tell_progress(std::nullopt);
    return undisturbed;
}

}  // namespace partita::detail
