#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <commit_oracle.hpp>
#include <partita/schedules/trial.hpp>
#include <partita/schedules/worklist.hpp>

namespace partita::oracle {

/// Runs sets of omissions in this process.
class commit_evaluator final : public evaluator {
   public:
    commit_evaluator(protocol kind, int nodes, std::size_t batch = 64)
        : kind_(kind), nodes_(nodes), batch_(batch) {}

    void evaluate(std::span<const decision_set> sets, const sink& done) override {
        for (std::size_t index = 0; index < sets.size(); ++index) {
            const commit_run trial(kind_, nodes_, sets[index]);
            report_.verdict = trial.verdict();
            report_.trace_hash = trial.trace_hash();
            report_.met = trial.met();
            report_.offers.clear();
            for (std::size_t line = trial.offers_begin(); line < trial.lines().size(); ++line) {
                report_.offers.push_back({trial.lines()[line].site, 1});
            }
            done(index, report_);
        }
    }

    schedule describe(const decision_set& omissions) const override {
        schedule described{.application = {"oracle", {}}, .steps = {}, .deviations = {}};
        const commit_run trial(kind_, nodes_, omissions);
        for (const sent_line& line : trial.lines()) {
            if (line.omitted) {
                described.deviations.push_back({"omit", site_label(label_of(line)), {}});
            }
        }
        return described;
    }

    std::size_t batch_size() const override { return batch_; }

   private:
    protocol kind_;
    int nodes_;
    std::size_t batch_;
    trial_report report_;
};

/// The same for Filibuster's search.
class commit_worklist_evaluator final : public worklist_evaluator {
   public:
    commit_worklist_evaluator(protocol kind, int nodes) : kind_(kind), nodes_(nodes) {}

    worklist_trial run(const decision_set& omissions) override {
        ran.push_back(omissions);
        const commit_run trial(kind_, nodes_, omissions);
        worklist_trial result{trial.verdict(), trial.trace_hash(), {}};
        for (const sent_line& line : trial.lines()) {
            result.lines.push_back({std::string(name_of(line.type)), node_name(line.source),
                                    node_name(line.destination), decision{line.site, 1}, false});
        }
        return result;
    }

    std::vector<decision_set> ran;  ///< what was run, in order

   private:
    protocol kind_;
    int nodes_;
};

}  // namespace partita::oracle
