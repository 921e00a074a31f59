#include <partita/models/counting.hpp>

#include "relation_report.hpp"
#include "relation_values.hpp"

namespace partita {

result<check_outcome> check_unique_ids(const client_history& operations,
                                       const check_bounds& bounds) {
    detail::step_meter meter(bounds);
    detail::keyed_values<std::size_t> given;
    for (std::size_t at = 0; at < operations.size(); ++at) {
        const client_operation& of = operations[at];
        if (of.function != "generate") {
            return detail::unreadable(operations, at,
                                      "no function `" + of.function + "`; generate");
        }
        if (of.outcome != response_kind::ok) continue;
        if (of.result.nothing()) return detail::unreadable(operations, at, "no identifier given");
        if (!meter.spend()) return detail::gave_up(meter);
        const auto [first, fresh] = given.try_emplace({0, of.result}, at);
        if (fresh) continue;
        detail::quotation quote(operations);
        return detail::violated(
            "duplicate identifier",
            quote(at) + " returned an identifier that " + quote(first->second) + " had returned",
            {at, first->second}, meter);
    }
    return detail::holds(meter);
}

}  // namespace partita
