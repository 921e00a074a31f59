#include "findings.hpp"

#include <algorithm>
#include <filesystem>

#include "failure.hpp"
#include "json.hpp"
#include "provenance.hpp"
#include "reproduction.hpp"

namespace partita::cli {
namespace {

/// A worker that died gives a trial without a trace of its own: nothing to compare.
bool is_comparable(const outcome& of) {
    return !of.violation || of.violation->property != "no failures";
}

}  // namespace

findings::findings(const application& of, const isolation_options& isolation,
                   finding_options options)
    : of_(of), isolation_(isolation), options_(std::move(options)) {
    std::error_code ignored;
    if (!options_.save) return;
    const std::filesystem::path file = options_.corpus_file;
    const bool can_wait =
        !std::filesystem::exists(file, ignored) &&
        (!file.has_parent_path() || std::filesystem::is_directory(file.parent_path()));
    if (!can_wait) corpus_ = need(corpus::open(file, corpus::access::write));
}

void findings::add(const failing_trial& failing, const describe_function& describe) {
    if (found_.size() >= options_.save_most || leak_ || !is_minimal(failing.decisions)) return;
    const schedule described = describe(failing.decisions);
    const outcome again = run_isolated(of_, described, isolation_);
    compare(failing, described, again);
    if (!leak_ && again.verdict != verdict::holds) (void)add(described, summary_of(again));
}

const counterexample& findings::add(schedule from, const trial_summary& summary) {
    const violation wrong = summary.violation.value_or(violation{"bounds", "inconclusive", ""});
    found_.push_back(make_counterexample(std::move(from), summary.verdict, wrong,
                                         summary.trace_hash,
                                         provenance_of(options_.strategy, options_.seed)));
    if (options_.save) store(found_.back());
    return found_.back();
}

bool findings::is_minimal(const decision_set& decisions) {
    decision_set sorted = decisions;
    std::sort(sorted.begin(), sorted.end());
    const bool has_failing_subset =
        std::any_of(minimal_.begin(), minimal_.end(), [&](const auto& known) {
            return std::includes(sorted.begin(), sorted.end(), known.begin(), known.end());
        });
    if (!has_failing_subset) minimal_.push_back(std::move(sorted));
    return !has_failing_subset;
}

void findings::compare(const failing_trial& failing, const schedule& described,
                       const outcome& again) {
    const bool same = again.verdict == failing.report.verdict &&
                      (!is_comparable(again) || again.trace_hash == failing.report.trace_hash);
    if (same) return;
    const divergence unplaced{0, "trace hash " + hex_digits(failing.report.trace_hash),
                              "trace hash " + hex_digits(again.trace_hash)};
    leak_ = nondeterminism{described,
                           isolated_determinism(of_, described, isolation_).value_or(unplaced)};
}

void findings::store(const counterexample& found) {
    if (error_) return;
    if (!corpus_) {
        auto opened = corpus::open(options_.corpus_file, corpus::access::write);
        if (!opened) {
            error_ = opened.error();
            return;
        }
        corpus_ = std::move(*opened);
    }
    if (const auto added = corpus_->add(found); !added) {
        error_ = added.error();
    } else {
        stored_.push_back(found.id);
    }
}

std::vector<std::string> findings::stored_ids() const { return stored_; }

std::optional<std::string> findings::name_of(const counterexample& of) const {
    if (!corpus_ || std::find(stored_.begin(), stored_.end(), of.id) == stored_.end()) {
        return std::nullopt;
    }
    return short_id(*corpus_, of.id);
}

}  // namespace partita::cli
