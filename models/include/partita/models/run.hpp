#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <partita/faults/nemesis.hpp>
#include <partita/faults/plan.hpp>
#include <partita/models/application.hpp>
#include <partita/models/history.hpp>
#include <partita/schedules/trial.hpp>
#include <partita/sim/message_fate.hpp>
#include <partita/sim/trace.hpp>
#include <partita/sim/workspace.hpp>

namespace partita {

/// How much happened in a trial.
struct counters {
    std::uint64_t events = 0;  ///< of the trace
    duration virtual_time{0};  ///< from start to the last event
    bool operator==(const counters&) const = default;
};

/// All that a trial returns: plain data.
struct outcome {
    partita::verdict verdict = partita::verdict::holds;
    std::optional<partita::violation> violation;
    std::uint64_t trace_hash = 0;
    partita::trace trace;
    partita::history history;
    std::size_t steps_taken = 0;                ///< of the schedule, that the trial came to
    std::optional<std::size_t> failed_check{};  ///< the step that decided it, if it is a check
    partita::counters counters;
    std::vector<bool> met;           ///< for each deviation, whether its site was met
    std::vector<std::string> sites;  ///< labels of the sites met, in order
    std::uint64_t occurred = 0;      ///< see trial_summary
};

/// What a real network did, for a trial that is to do it again.
struct recorded_network {
    /// Of each message; see world_options::fate. The schedule's faults of messages that begin and
    /// end with a step are in it: such steps do nothing. Its deviations do as always.
    std::function<std::optional<message_fate>(const envelope&)> fate;
    /// When each step began, and at the end, when the settling did.
    std::vector<time_point> step_times;
};

struct run_options {
    trace_detail detail = trace_detail::full;
    bool record_sites = true;
    /// Also sent every event as it happens; for a trial that may not return.
    observer* listener = nullptr;
    const recorded_network* recorded = nullptr;  ///< null: the schedule's latency model
};

/// One trial: the application under one schedule. Pure: equal arguments give equal outcomes, on
/// every machine and in every build. A schedule that check_schedule refuses gives `inconclusive`
/// with what is wrong as the violation ("bad schedule"). An application that runs for ever inside
/// one handler keeps this function from returning; the program partita runs trials under a watchdog
/// for that.
[[nodiscard]] outcome run(const application&, const schedule&, const run_options& = {});
/// The same in memory that is used again.
[[nodiscard]] outcome run(const application&, const schedule&, const run_options&, workspace&);

/// What searches, shrinks and replays see of an outcome.
[[nodiscard]] trial_summary summary_of(const outcome&);
/// run() as schedules/ wants it. The application must outlive the function.
[[nodiscard]] trial_function trials_of(const application&);

/// Runs decision sets over one base schedule in this process, a trial at a time, in memory that is
/// used again: the engine below every search.
class local_evaluator final : public evaluator {
   public:
    /// Requires: check_schedule(application, base). The application must outlive the evaluator.
    local_evaluator(const application&, schedule base, fault_plan);
    ~local_evaluator() override;

    void evaluate(std::span<const decision_set> sets, const sink& done) override;
    [[nodiscard]] schedule describe(const decision_set&) const override;
    [[nodiscard]] std::size_t batch_size() const override { return 1'024; }

    /// One trial.
    [[nodiscard]] trial_report run_one(std::span<const decision>);
    /// Sites first met since the last call, with their labels: for an evaluator in another process.
    [[nodiscard]] std::vector<std::pair<site_id, std::string>> new_labels();
    void learn(site_id, std::string label);

   private:
    struct engine;
    std::unique_ptr<engine> engine_;
};

/// The two traces of one schedule run twice, with the heap laid out differently in between, where
/// they first differ. Nothing when the trial is deterministic as far as this shows.
[[nodiscard]] std::optional<divergence> check_determinism(const application&, const schedule&);

}  // namespace partita
