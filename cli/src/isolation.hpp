#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <partita/faults/plan.hpp>
#include <partita/models/application.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/trial.hpp>

/// Trials in worker processes, so that an application that crashes, aborts, runs for ever inside
/// one handler or corrupts memory ends one worker and never the search.
namespace partita::cli {

struct isolation_options {
    /// Worker processes, 1 to 256.
    std::size_t jobs = 1;
    /// Wall-clock time that one trial may take before its worker is killed and the trial counts as
    /// violated with kind "hang".
    std::chrono::milliseconds watchdog{10'000};
    /// One trial in so many is run twice, with the heap and string hashes laid out differently, and
    /// its trace hashes compared; 0 = none.
    std::uint32_t sentinel_every = 64;
};

/// A trial whose two runs differed, by what schedule, and where the traces part.
struct nondeterminism {
    partita::schedule schedule;
    divergence where;
};

/// An evaluator that spreads trials over worker processes (forked, so that they share the
/// application and its code) and survives the end of any of them. Reports come in index order
/// whatever the number of jobs, and do not depend on it.
class process_evaluator final : public evaluator {
   public:
    /// Requires: check_schedule(application, base). The application outlives the evaluator.
    process_evaluator(const application&, schedule base, fault_plan, const isolation_options&);
    ~process_evaluator() override;

    void evaluate(std::span<const decision_set> sets, const sink& done) override;
    [[nodiscard]] schedule describe(const decision_set&) const override;
    [[nodiscard]] std::size_t batch_size() const override;

    /// The first trial that was not deterministic, if the sentinel met one.
    [[nodiscard]] const std::optional<nondeterminism>& leak() const;
    /// How many trials ended their worker: what could have been decided after that is not known, so
    /// a search that branches on offers does not go on below them.
    [[nodiscard]] std::uint64_t casualties() const;

   private:
    struct pool;
    std::unique_ptr<pool> pool_;
};

/// One trial in a worker process of its own. When the worker dies or hangs, the outcome is violated
/// ("no failures" / "signal SIGSEGV", "signal SIGABRT", "hang", "exit 3") and its trace holds all
/// events up to the end (the worker streams them).
[[nodiscard]] outcome run_isolated(const application&, const schedule&, const isolation_options&);

/// Trials one after the other in a worker that is kept while it lives: for shrinks and replays.
[[nodiscard]] trial_function isolated_trials(const application&, const isolation_options&);

/// The same for explore(): `jobs` workers, each with one schedule at a time.
[[nodiscard]] batch_function isolated_batches(const application&, const isolation_options&);

/// check_determinism in a worker process; nothing when the worker did not survive it.
[[nodiscard]] std::optional<divergence> isolated_determinism(const application&, const schedule&,
                                                             const isolation_options&);

}  // namespace partita::cli
