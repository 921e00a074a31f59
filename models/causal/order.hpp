#pragma once

#include <optional>
#include <utility>

#include "messages.hpp"
#include "options.hpp"

namespace partita::causal_broadcast {

/// The order of one node: which messages it has delivered, as a vector clock, and which wait. Pure:
/// no network, no disk.
class causal_order {
   public:
    explicit causal_order(bug planted) : planted_(planted) {}

    [[nodiscard]] const vector_clock& clock() const { return clock_; }
    /// Whether it has delivered that message, or takes it to be.
    [[nodiscard]] bool has(const text& it) const {
        return it.number() <= count_of(clock_, it.from);
    }
    /// The clock of the next message of `self`.
    [[nodiscard]] vector_clock next(node_id self) const;
    /// Takes in what was received. What it has already is dropped.
    void receive(const text&);
    /// One that waits no longer; nothing when all do. It counts as delivered from now on.
    [[nodiscard]] std::optional<text> take();
    /// This one is delivered, whatever it is.
    void deliver(const text&);

   private:
    [[nodiscard]] bool is_due(const text&) const;

    bug planted_;
    vector_clock clock_;
    std::map<std::pair<node_id, std::uint64_t>, text> waiting_;
};

}  // namespace partita::causal_broadcast
