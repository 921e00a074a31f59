#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <partita/models/history.hpp>
#include <partita/sim/trace.hpp>

namespace partita {

/// What an application's script has of the trial it drives: a test that says step by step what to
/// do, and may look at each response before it goes on. Only good during the call it is handed to.
class live_trial {
   public:
    virtual ~live_trial() = default;
    /// Takes one step as the text form writes it: `n1 write x 1`, `wait 2s`, `fault crash n2`,
    /// `n1 write x 1 &`, `await`. Returns the response of a command in the foreground, and ok for
    /// all else. Throws std::invalid_argument when the application does not know such a step; and
    /// what unwinds the script when the trial was decided meanwhile.
    virtual response take(std::string_view line) = 0;
    /// Lifts all faults but crashes and waits until nothing is left to happen. A deviation that
    /// cuts a node off later than this costs it one message only.
    virtual void settle() = 0;
    /// Whether the schedule holds any fault, so that timeouts are to be expected.
    [[nodiscard]] virtual bool is_disturbed() const = 0;
    /// All commands that have responded so far.
    [[nodiscard]] virtual const partita::history& history() const = 0;
    /// All that happened so far.
    [[nodiscard]] virtual const partita::trace& trace() = 0;
};

/// Thrown by a script to say what does not hold: a violation of the property `assertions`.
struct assertion_failed : std::runtime_error {
    /// `what_failed` is a short phrase that equal failures share.
    assertion_failed(std::string what_failed, const std::string& explanation)
        : std::runtime_error(explanation), kind(std::move(what_failed)) {}
    std::string kind;
};

}  // namespace partita
