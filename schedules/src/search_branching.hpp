#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search_batch.hpp"
#include "search_recorder.hpp"
#include "search_tree.hpp"

namespace partita::detail {

/// Where in the tree a trial stands, as a branch_rule sees it.
struct branch {
    std::size_t decisions = 0;  ///< in the set that was run
    bool at_bound = false;      ///< it will not be extended: one offer tells as much as all of them
    std::span<const decision_number> offers_passed;  ///< of the set above, up to the one taken
    std::span<const std::uint32_t> memory_above;     ///< what the rule wrote for the set above
};

/// What a branching search does with a trial besides counting it.
class branch_rule {
   public:
    virtual ~branch_rule() = default;

    /// Puts into `offers` the decisions to branch on, and into `memory` what it wants to be shown
    /// again (memory_above) with the sets one decision larger.
    virtual void look(const branch&, const trial_report&, std::vector<decision_number>& offers,
                      std::span<std::uint32_t> memory) = 0;

    /// How many numbers it remembers with every set.
    [[nodiscard]] virtual std::size_t memory_words() const = 0;
};

/// Breadth-first search over the executions of an application. The children of a set are that set
/// and one decision offered after its last: a trial is equal to its parent's until that site, so no
/// execution comes up twice.
class branching_search {
   public:
    branching_search(evaluator&, recorder&, branch_rule&, std::uint32_t decisions_max);

    /// Runs all sets but the empty one, whose report is given.
    void run(const trial_report& undisturbed);

   private:
    struct pending {
        decision_tree::node above = 0;
        std::uint32_t offer = 0;  ///< which of its offers was taken
    };
    void run_level();
    /// Puts the set above + one of its offers into the batch.
    void extend(decision_tree::node above, std::uint32_t offer);
    void run_batch();
    void take(pending, const decision_set&, const trial_report&);
    void keep(const branch&, pending, const trial_report&);

    recorder& recorder_;
    branch_rule& rule_;
    std::uint32_t decisions_max_;
    trial_batch batch_;
    decision_tree tree_;
    std::vector<pending> pending_;          ///< by place in the batch
    std::vector<decision_number> spelled_;  ///< the set being extended
    decision_set set_above_;                ///< the same as decisions
    std::vector<decision_number> offers_;   ///< scratch of keep()
    std::vector<std::uint32_t> memory_;     ///< scratch of keep()
};

}  // namespace partita::detail
