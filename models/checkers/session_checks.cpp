#include <utility>

#include <partita/models/sessions.hpp>

#include "session_order.hpp"

namespace partita {

namespace {

using detail::register_view;
using detail::session_demands;
using detail::step_meter;

/// What is checked in turn for a guarantee: the first that fails gives its name to the finding.
std::vector<session_guarantee> parts_of(session_guarantee wanted) {
    switch (wanted) {
        case session_guarantee::monotonic_writes:
        case session_guarantee::writes_follow_reads:
            return {session_guarantee::monotonic_reads, wanted};
        case session_guarantee::all:
            return {session_guarantee::read_your_writes, session_guarantee::monotonic_reads,
                    session_guarantee::monotonic_writes, session_guarantee::writes_follow_reads,
                    wanted};
        default:
            return {wanted};
    }
}

check_outcome check_part(const register_view& view, session_guarantee part, step_meter& meter) {
    if (part == session_guarantee::read_your_writes) return detail::check_own_writes(view, meter);
    const bool all = part == session_guarantee::all;
    return detail::check_session_order(
        view,
        {.read_your_writes = all,
         .monotonic_writes = all || part == session_guarantee::monotonic_writes,
         .writes_follow_reads = all || part == session_guarantee::writes_follow_reads},
        meter);
}

}  // namespace

std::string_view to_text(session_guarantee guarantee) {
    switch (guarantee) {
        case session_guarantee::read_your_writes:
            return "read-your-writes";
        case session_guarantee::monotonic_reads:
            return "monotonic-reads";
        case session_guarantee::monotonic_writes:
            return "monotonic-writes";
        case session_guarantee::writes_follow_reads:
            return "writes-follow-reads";
        case session_guarantee::all:
            break;
    }
    return "session";
}

result<check_outcome> check_sessions(const client_history& operations, session_guarantee wanted,
                                     const check_bounds& bounds) {
    step_meter meter(bounds);
    const auto view = detail::view_registers(operations, meter);
    if (!view) return tl::unexpected(view.error());
    if (view->impossible_read) return *view->impossible_read;
    for (const session_guarantee part : parts_of(wanted)) {
        check_outcome found = check_part(*view, part, meter);
        if (found.verdict == verdict::violated) found.kind = to_text(part);
        if (found.verdict != verdict::holds) return found;
    }
    return detail::holds(meter);
}

}  // namespace partita
