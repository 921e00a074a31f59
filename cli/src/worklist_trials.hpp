#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include <partita/models/application.hpp>
#include <partita/schedules/worklist.hpp>

#include "isolation.hpp"

namespace partita::cli {

/// Filibuster's view of an application: an omission set is a trial, and its lines are the messages
/// sent from node to node in the order of its trace, the omitted ones among them.
class worklist_trials final : public worklist_evaluator {
   public:
    /// The application outlives this.
    worklist_trials(const application&, schedule base, const isolation_options&);

    [[nodiscard]] worklist_trial run(const decision_set& omissions) override;
    /// Requires: each decision is of a line that a trial showed.
    [[nodiscard]] schedule describe(const decision_set&) const;

   private:
    const application& of_;
    schedule base_;
    isolation_options isolation_;
    std::map<std::uint64_t, std::string> labels_;
};

/// The search with causes checked and as the original checked them; see worklist_options.
struct worklist_counts {
    certificate corrected;
    certificate original;
};

}  // namespace partita::cli
