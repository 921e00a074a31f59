#include <partita/corpus/counterexample.hpp>

#include <partita/schedules/signature.hpp>

#include "content.hpp"
#include "digits.hpp"

namespace partita {

std::string_view to_text(counterexample_status status) {
    switch (status) {
        case counterexample_status::open:
            return "open";
        case counterexample_status::reproduces:
            return "reproduces";
        case counterexample_status::fixed:
            return "fixed";
        case counterexample_status::stale:
            return "stale";
    }
    return "open";
}

counterexample make_counterexample(schedule found, verdict said, violation broken,
                                   std::uint64_t trace_hash, provenance origin) {
    counterexample made;
    made.schedule = canonical(std::move(found));
    made.verdict = said;
    made.violation = std::move(broken);
    made.trace_hash = trace_hash;
    made.provenance = std::move(origin);
    made.signature = signature_of(made.schedule, made.violation);
    made.id = detail::store::id_of(made);
    return made;
}

std::string to_json(const counterexample& finding) {
    const provenance& origin = finding.provenance;
    nlohmann::json object = detail::store::content_of(finding);
    object["id"] = finding.id;
    object["explanation"] = finding.violation.explanation;
    object["verdict"] = to_text(finding.verdict);
    object["trace_hash"] = detail::store::to_hex(finding.trace_hash);
    object["signature"] = finding.signature;
    object["status"] = to_text(finding.status);
    object["provenance"] = {{"strategy", origin.strategy},
                            {"seed", origin.seed},
                            {"build", origin.build},
                            {"found_at", origin.found_at}};
    return detail::store::compact_text(object);
}

}  // namespace partita
