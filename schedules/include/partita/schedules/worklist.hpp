#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <partita/schedules/search.hpp>
#include <partita/schedules/trial.hpp>

namespace partita {

/// A message that a trial sent, as Filibuster's search sees it: words, and the decision that omits
/// it.
struct worklist_line {
    std::string type;
    std::string source;
    std::string destination;
    decision omission;
    /// Heartbeats and the like: never omitted for their own sake, only while their sender is
    /// faulty.
    bool background = false;
};

/// What that search learns from one trial.
struct worklist_trial {
    partita::verdict verdict = partita::verdict::holds;
    std::uint64_t trace_hash = 0;
    /// All messages sent, those omitted among them, in trace order; no decision twice.
    std::vector<worklist_line> lines;
};

/// Runs omission sets as trials, one at a time.
class worklist_evaluator {
   public:
    virtual ~worklist_evaluator() = default;

    /// Runs the application with exactly these messages omitted, in the order of an earlier trace.
    [[nodiscard]] virtual worklist_trial run(const decision_set& omissions) = 0;
};

/// A condition of an annotation: at least `count` messages of a type were received.
struct received_count {
    std::string type;
    std::uint32_t count = 1;
};

/// When a message of a type is sent, as a person wrote it down; `commit` after three `prepared`.
/// The set of annotations whose conditions an omission set leaves true is its class. An annotation
/// without conditions takes no part.
struct type_annotation {
    std::string type;
    std::vector<received_count> received;
};

/// What a static analysis of the program says: on receiving `received`, messages of the types
/// `sent` may follow. A type in nobody's `sent` can always be sent.
struct type_causality {
    std::string received;
    std::vector<std::string> sent;
};

/// What the search is told about a protocol.
struct worklist_protocol {
    std::vector<type_annotation> annotations;
    std::vector<type_causality> causality;  ///< the order matters only to original_causality
};

struct worklist_options {
    /// Check causes as the original did: its loop over the causality relation forgets at each entry
    /// what the one before required, so that only the last entry is enforced.
    bool original_causality = false;
    /// Run one omission set a class. Off: run all that are causally possible.
    bool pruning = true;
    bool stop_at_first = false;
    std::uint64_t trials_max = UINT64_MAX;
    /// The most omission sets considered, run or not; there are 2^(messages) of them.
    std::uint64_t sets_max = std::uint64_t{1} << 32;
};

/// Filibuster's search (Meiklejohn; lasp-lang/partisan, test/filibuster_SUITE.erl, 2019), for
/// comparison with the numbers its repository records.
///
/// A list of work holds traces, the undisturbed one first. Of the first trace every set of
/// foreground messages is considered, in binary counting with the last message as the least
/// significant bit. A set is skipped (`pruned`) when a type that remains has no cause that remains,
/// or when its class was run for this trace. Otherwise it is run, together with the background
/// messages that its senders send between their first and their last omission (to the end when they
/// send nothing else after it). A trial that shows foreground types sent or received that its trace
/// had not joins the list, unless a trace that waits there shows the same new types. Of each later
/// trace two sets are considered: the omissions it came from, and these with all its new messages.
///
/// In the certificate `schedules` are the sets considered, `trials` = `passed` + `failed` +
/// `inconclusive` those run, `failing` and the counts by decisions are about trials; `minimal` is
/// minimal among the trials that failed. The search is not exhaustive: `complete` says only that no
/// bound cut it short.
[[nodiscard]] certificate exhaust_worklist(worklist_evaluator&, const worklist_protocol&,
                                           const worklist_options& = {},
                                           const progress_function& = {},
                                           const failing_function& = {});

}  // namespace partita
