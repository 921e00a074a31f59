#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/faults/plan.hpp>

#include "declaration.hpp"

namespace partita::cli {

/// Which faults a search may use, and how many.
struct plan_options {
    std::optional<std::string> kinds;
    std::optional<std::uint64_t> omissions;
    std::optional<std::uint64_t> crashes;
    std::optional<std::uint64_t> tolerance;
};
void declare(declaration&, plan_options&);

/// The plan they come to. Without --kinds the kinds are `usual`; a number for a kind allows the
/// kind. A number of crashes is the tolerance, too, unless --tolerance says otherwise. Throws
/// failure.
[[nodiscard]] fault_plan plan_of(const plan_options&, const std::vector<fault_kind>& usual);

/// `omissions <= 12, crashes 0`: the kinds that a plan allows and, always, omissions and crashes.
[[nodiscard]] std::string in_words(const fault_plan&);

/// The kinds that a plan allows.
[[nodiscard]] std::vector<fault_kind> kinds_of(const fault_plan&);

}  // namespace partita::cli
