#include "merging.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "rows.hpp"

namespace partita::detail::store {
namespace {

// The account of a finding is one thing, chosen whole: who found it first, then field by field. A
// date that nobody noted comes after all others.
auto account_of(const counterexample& finding) {
    const provenance& origin = finding.provenance;
    return std::tuple<bool, const std::string&, const std::string&, const std::string&,
                      const std::string&, verdict, const std::string&, std::uint64_t,
                      const std::string&>(
        origin.found_at.empty(), origin.found_at, origin.strategy, origin.seed, origin.build,
        finding.verdict, finding.violation.explanation, finding.trace_hash, finding.signature);
}

// What asks for attention wins: a merge never hides that somebody saw it fail.
int rank(counterexample_status status) {
    switch (status) {
        case counterexample_status::reproduces:
            return 0;
        case counterexample_status::stale:
            return 1;
        case counterexample_status::fixed:
            return 2;
        case counterexample_status::open:
            return 3;
    }
    return 3;
}

// Merges one row; true when it was new.
result<bool> merge_row(const database& into, const counterexample& row) {
    counterexample there;
    const auto known = find_row(into, row.id, there);
    if (!known) {
        return known;
    }
    const counterexample wanted = *known ? merged(there, row) : row;
    if (*known && wanted == there) {
        return false;
    }
    return put_row(into, wanted).map([&known] { return !*known; });
}

}  // namespace

counterexample merged(const counterexample& left, const counterexample& right) {
    counterexample chosen = account_of(right) < account_of(left) ? right : left;
    chosen.status = rank(right.status) < rank(left.status) ? right.status : left.status;
    return chosen;
}

result<std::size_t> merge_rows(const database& into, const database& from) {
    auto change = transaction::begin(into, transaction::kind::immediate);
    auto rows = from.prepare(select_rows("ORDER BY id"));
    if (!change || !rows) {
        return tl::unexpected(change ? rows.error() : change.error());
    }
    std::size_t added = 0;
    for (auto more = rows->step(); !more || *more; more = rows->step()) {
        const auto is_new =
            more.and_then([&](bool) { return read_row(*rows, from); })
                .and_then([&](const counterexample& row) { return merge_row(into, row); });
        if (!is_new) {
            return tl::unexpected(is_new.error());
        }
        added += *is_new ? 1 : 0;
    }
    return change->commit().map([added] { return added; });
}

}  // namespace partita::detail::store
