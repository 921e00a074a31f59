#include "search_branching.hpp"

#include <stdexcept>

namespace partita::detail {

branching_search::branching_search(evaluator& trials, recorder& record, branch_rule& rule,
                                   std::uint32_t decisions_max)
    : recorder_(record),
      rule_(rule),
      decisions_max_(decisions_max),
      batch_(trials),
      tree_(rule.memory_words()),
      memory_(rule.memory_words()) {}

void branching_search::run(const trial_report& undisturbed) {
    keep(branch{0, decisions_max_ == 0, {}, {}}, pending{}, undisturbed);
    while (tree_.has_next_level() && !recorder_.stopped()) {
        tree_.descend();
        run_level();
    }
    if (tree_.has_next_level()) {
        recorder_.cut_by_stop();
    }
}

void branching_search::run_level() {
    for (std::size_t at = 0; at < tree_.size(); ++at) {
        const auto above = static_cast<decision_tree::node>(at);
        tree_.spell(above, spelled_);
        set_above_.clear();
        for (const decision_number number : spelled_) {
            set_above_.push_back(recorder_.decisions()[number]);
        }
        const std::size_t offers = tree_.offers(above).size();
        for (std::uint32_t offer = 0; offer < offers; ++offer) {
            if (recorder_.stopped()) {
                recorder_.cut_by_stop();
                return;
            }
            extend(above, offer);
        }
    }
    run_batch();
}

void branching_search::extend(decision_tree::node above, std::uint32_t offer) {
    decision_set& set = batch_.add();
    set.assign(set_above_.begin(), set_above_.end());
    set.push_back(recorder_.decisions()[tree_.offers(above)[offer]]);
    pending_.push_back({above, offer});
    if (batch_.full(recorder_.trials_left())) {
        run_batch();
    }
}

void branching_search::run_batch() {
    if (batch_.size() == 0) {
        return;
    }
    batch_.run([this](std::size_t index, const trial_report& report) {
        if (recorder_.stopped()) {
            recorder_.cut_by_stop();
        } else {
            take(pending_[index], batch_[index], report);
        }
    });
    pending_.clear();
    recorder_.tell_progress(std::nullopt);
}

void branching_search::take(pending which, const decision_set& set, const trial_report& report) {
    if (report.met < set.size()) {
        throw std::logic_error("a trial met " + counted(report.met, "decision") + " of the " +
                               grouped(set.size()) +
                               " that were offered to it: it is not a function of its schedule");
    }
    recorder_.record(set, report);
    const auto passed = tree_.offers(which.above).first(which.offer + 1);
    const bool at_bound = set.size() >= decisions_max_;
    keep({set.size(), at_bound, passed, tree_.memory(which.above)}, which, report);
}

void branching_search::keep(const branch& place, pending which, const trial_report& report) {
    offers_.clear();
    rule_.look(place, report, offers_, memory_);
    if (offers_.empty()) {
        return;
    }
    if (place.at_bound) {
        recorder_.cut_by_decisions();
        return;
    }
    const decision_number last = place.decisions == 0 ? 0 : place.offers_passed.back();
    tree_.add(which.above, last, offers_, memory_);
}

}  // namespace partita::detail
