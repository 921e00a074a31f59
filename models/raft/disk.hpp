#pragma once

#include <partita/runtime/ports.hpp>

#include "bug.hpp"
#include "log.hpp"

namespace partita::raft {

/// What one server keeps on its node's storage (paper, figure 2: currentTerm, votedFor, log[]).
class disk {
   public:
    explicit disk(bug planted) : planted_(planted) {}
    [[nodiscard]] ballot kept_ballot(const storage_port&) const;
    [[nodiscard]] log kept_log(const storage_port&) const;
    /// What was kept is on the disk once these returned.
    void keep(storage_port&, const ballot&) const;
    void keep(storage_port&, const log&) const;

   private:
    bug planted_;
};

}  // namespace partita::raft
