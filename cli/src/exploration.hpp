#pragma once

#include <optional>

#include <partita/faults/plan.hpp>
#include <partita/models/application.hpp>
#include <partita/models/explore.hpp>
#include <partita/schedules/shrink.hpp>

#include "isolation.hpp"

namespace partita::cli {

/// What a random search came to, and the smallest schedule it led to.
struct exploration {
    explore_outcome outcome;
    std::optional<shrink_outcome> smallest;
    double seconds = 0;         ///< of the search, until the first failure
    double shrink_seconds = 0;  ///< of partita's shrink, after RapidCheck's
};

struct exploration_request {
    const application& of;
    const application_reference& reference;
    const fault_plan& plan;
    explore_options options{};
    bool shrinks = true;
};

/// Searches and shrinks in worker processes, with a progress bar.
[[nodiscard]] exploration explore_isolated(const exploration_request&, const isolation_options&);

}  // namespace partita::cli
