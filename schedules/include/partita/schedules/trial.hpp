#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <partita/schedules/schedule.hpp>

namespace partita {

/// What a trial says about the application. `inconclusive`: a stated bound was hit (steps, mailbox,
/// virtual time), so neither of the others may be claimed.
enum class verdict : std::uint8_t { holds, violated, inconclusive };
[[nodiscard]] std::string_view to_text(verdict);

/// Why a verdict is not `holds`: data, never an exception. `kind` is a short fixed phrase that two
/// equal failures share ("ok but not delivered", "exception", "deadlock", "hang", "signal SIGSEGV",
/// "step bound"); `explanation` names the nodes and values of this one.
struct violation {
    std::string property;
    std::string kind;
    std::string explanation;
    bool operator==(const violation&) const = default;
};

/// The same failure: what a shrink must keep. The explanation may differ.
[[nodiscard]] bool same_failure(const violation&, const violation&);

/// The part of an outcome that searches, shrinks and replays look at: nothing of networks.
struct trial_summary {
    partita::verdict verdict = verdict::holds;
    std::optional<partita::violation> violation;
    std::uint64_t trace_hash = 0;
    /// For each deviation of the schedule, in its order: whether the trial met its site.
    std::vector<bool> met;
    /// The labels of all message and node-event sites that the trial met, in the order met.
    std::vector<std::string> sites;
    /// What happened of that which ought to happen sometimes: a bit for each that the application
    /// declares, the first in bit 0.
    std::uint64_t occurred = 0;
};

/// The pure function at the centre of Partita, as its clients see it.
using trial_function = std::function<trial_summary(const schedule&)>;

/// One answer other than 0 at a site: `alternative` is an index into the evaluator's fixed list of
/// actions (1 = the first). Cheap to copy, compare and send to another process.
struct decision {
    site_id site;
    std::uint32_t alternative = 1;
    auto operator<=>(const decision&) const = default;
};

/// Decisions in the order in which a trial meets their sites.
using decision_set = std::vector<decision>;

/// What a search learns from one trial.
struct trial_report {
    partita::verdict verdict = verdict::holds;
    std::uint64_t trace_hash = 0;
    /// A digest of the violation's property and kind; 0 when the verdict is `holds`.
    std::uint64_t failure = 0;
    /// How many of the decisions met their site.
    std::uint32_t met = 0;
    /// The decisions that could be taken after the last decision met (all, for the empty set), in
    /// the order in which their sites are met, within the fault plan's kinds and bounds.
    std::vector<decision> offers;
    std::uint64_t occurred = 0;  ///< see trial_summary
};

/// Runs decision sets as trials of one application and one base schedule. A search knows no more
/// than this of what is below it. Implementations: in this process, and spread over worker
/// processes.
class evaluator {
   public:
    using sink = std::function<void(std::size_t index, const trial_report&)>;

    virtual ~evaluator() = default;

    /// Runs every set as one trial and calls `done` once for each, in index order, on this thread.
    virtual void evaluate(std::span<const decision_set> sets, const sink& done) = 0;

    /// The schedule that a decision set stands for, with labels and actions spelled out.
    /// Requires: each decision was offered by a report of this evaluator.
    [[nodiscard]] virtual schedule describe(const decision_set&) const = 0;

    /// How many decision sets keep this evaluator busy: searches hand over batches of this size.
    [[nodiscard]] virtual std::size_t batch_size() const = 0;
};

}  // namespace partita
