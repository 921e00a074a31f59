#include <stdexcept>
#include <utility>

#include <partita/models/run.hpp>

#include "trial_run.hpp"

namespace partita {

struct local_evaluator::engine {
    schedule base;
    fault_plan plan;
    std::vector<site_action> alternatives;
    site_directory directory;
    detail::prepared_schedule prepared;
    workspace space;
};

local_evaluator::local_evaluator(const application& of, schedule base, fault_plan plan)
    : engine_(std::make_unique<engine>()) {
    engine_->base = std::move(base);
    engine_->plan = std::move(plan);
    engine_->alternatives = actions_of(engine_->plan, of.rewrites);
    auto prepared = detail::prepare(of, engine_->base);
    if (!prepared) throw std::invalid_argument(prepared.error().message);
    engine_->prepared = std::move(*prepared);
}

local_evaluator::~local_evaluator() = default;

trial_report local_evaluator::run_one(std::span<const decision> decisions) {
    engine& with = *engine_;
    std::vector<site_decision> all = with.prepared.decisions;
    const std::size_t fixed = all.size();
    all.reserve(fixed + decisions.size());
    for (const decision& each : decisions) {
        all.push_back({each.site, with.alternatives.at(each.alternative - 1)});
    }
    const detail::offer_recording offers{&with.plan, &with.alternatives, &with.directory};
    detail::trial_run trial(with.prepared, std::move(all),
                            {.detail = trace_detail::notes, .record_sites = false}, with.space,
                            offers);
    trial.run();
    trial_report report;
    report.verdict = trial.verdict();
    report.trace_hash = trial.world().trace().hash();
    if (const auto& wrong = trial.violation()) {
        report.failure = site_hasher{}.word(wrong->property).word(wrong->kind).id().value;
    }
    const auto& met = trial.nemesis().met();
    for (std::size_t at = fixed; at < met.size(); ++at) report.met += met[at] ? 1 : 0;
    report.occurred = trial.occurred();
    report.offers = trial.nemesis().offers();
    return report;
}

void local_evaluator::evaluate(std::span<const decision_set> sets, const sink& done) {
    for (std::size_t at = 0; at < sets.size(); ++at) done(at, run_one(sets[at]));
}

schedule local_evaluator::describe(const decision_set& decisions) const {
    schedule made = engine_->base;
    for (const decision& each : decisions) {
        made.deviations.push_back(to_deviation(engine_->alternatives.at(each.alternative - 1),
                                               site_label(engine_->directory.label(each.site))));
    }
    return made;
}

std::vector<std::pair<site_id, std::string>> local_evaluator::new_labels() {
    return engine_->directory.take_fresh();
}

void local_evaluator::learn(site_id site, std::string label) {
    engine_->directory.add(site, std::move(label));
}

}  // namespace partita
