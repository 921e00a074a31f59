#pragma once

#include "relation_report.hpp"

namespace partita::detail {

/// What was acknowledged was not looked at afterwards.
[[nodiscard]] inline check_outcome never_read(const step_meter& meter) {
    check_outcome found = gave_up(meter);
    found.kind = "never read";
    found.explanation = "no read came after what was acknowledged, so nothing is known of it";
    return found;
}

}  // namespace partita::detail
