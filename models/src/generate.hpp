#pragma once

#include <set>
#include <string>
#include <vector>

#include <rapidcheck/Gen.h>

#include <partita/faults/plan.hpp>
#include <partita/faults/site_action.hpp>
#include <partita/models/application.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita::detail {

/// The sites that trials have met so far, in the order met: what a random search draws deviations
/// from. It begins with those of the undisturbed run and grows as faults uncover new ones.
class site_catalogue {
   public:
    void add(const std::vector<std::string>& labels);
    [[nodiscard]] const std::vector<site_label>& messages() const { return messages_; }
    [[nodiscard]] const std::vector<site_label>& nodes() const { return nodes_; }

   private:
    std::vector<site_label> messages_;
    std::vector<site_label> nodes_;
    std::set<std::uint64_t> known_;
};

/// What schedules are generated from. All is borrowed.
struct generation {
    const application& of;
    const application_reference& reference;
    const fault_plan& plan;
    const std::vector<site_action>& actions;
    const site_catalogue& sites;
    std::vector<node_id> nodes;
    std::size_t commands_max = 1;
};

/// Whole schedules: workload, fault steps and deviations, within the plan. They shrink towards
/// fewer and simpler steps.
[[nodiscard]] rc::Gen<schedule> schedules_of(const generation&);

}  // namespace partita::detail
