#include "rows.hpp"

#include <array>

#include <partita/schedules/codec.hpp>

#include "content.hpp"
#include "digits.hpp"
#include "escape.hpp"

namespace partita::detail::store {
namespace {

// The columns, in the order in which rows are read and written here.
enum column {
    id,
    application,
    property,
    kind,
    explanation,
    verdict_name,
    schedule_json,
    trace_hash,
    signature,
    strategy,
    seed,
    build,
    found_at,
    status_name,
    columns
};

constexpr std::string_view column_names =
    "id, application, property, kind, explanation, verdict, schedule, trace_hash, signature, "
    "strategy, seed, build, found_at, status";

std::array<std::string, columns> values_of(const counterexample& finding) {
    return {finding.id,
            finding.schedule.application.name,
            finding.violation.property,
            finding.violation.kind,
            finding.violation.explanation,
            std::string(to_text(finding.verdict)),
            to_json(canonical(finding.schedule)),
            to_hex(finding.trace_hash),
            finding.signature,
            finding.provenance.strategy,
            finding.provenance.seed,
            finding.provenance.build,
            finding.provenance.found_at,
            std::string(to_text(finding.status))};
}

// What the row says apart from the schedule; false when a name or number in it is none.
bool read_fields(const statement& row, counterexample& finding) {
    finding.id = row.text(id);
    finding.violation = {row.text(property), row.text(kind), row.text(explanation)};
    finding.signature = row.text(signature);
    finding.provenance = {row.text(strategy), row.text(seed), row.text(build), row.text(found_at)};
    const auto hash = parse_hex(row.text(trace_hash));
    finding.trace_hash = hash.value_or(0);
    return hash && parse_verdict(row.text(verdict_name), finding.verdict) &&
           parse_status(row.text(status_name), finding.status);
}

std::string row_name(const std::string& row) {
    return "counterexample " + escaped(std::string_view(row).substr(0, id_length));
}

}  // namespace

std::string select_rows(std::string_view clauses) {
    return "SELECT " + std::string(column_names) + " FROM counterexamples " + std::string(clauses);
}

result<counterexample> read_row(const statement& row, const database& file) {
    counterexample finding;
    const bool readable = read_fields(row, finding);
    const std::string place = row_name(finding.id) + " is damaged: ";
    if (!readable) {
        return file.failure(error_code::bad_input, place + "a field of it has no such value");
    }
    auto stored = parse_schedule_json(row.text(schedule_json), "its schedule");
    if (!stored) {
        return file.failure(error_code::bad_input, place + stored.error().message);
    }
    finding.schedule = std::move(*stored);
    if (row.text(application) != finding.schedule.application.name) {
        return file.failure(error_code::bad_input,
                            place + "its schedule is for another application");
    }
    if (const std::string fault = fault_in(finding); !fault.empty()) {
        return file.failure(error_code::bad_input, place + fault);
    }
    return finding;
}

result<bool> find_row(const database& file, std::string_view wanted, counterexample& found) {
    auto query = file.prepare(select_rows("WHERE id = ?1"));
    if (!query) {
        return tl::unexpected(query.error());
    }
    query->bind(1, wanted);
    return query->step().and_then([&](bool there) -> result<bool> {
        if (!there) {
            return false;
        }
        return read_row(*query, file).map([&found](counterexample&& row) {
            found = std::move(row);
            return true;
        });
    });
}

result<void> check_storable(const counterexample& finding, const database& file) {
    const std::string place = "cannot store " + row_name(finding.id) + ": ";
    if (const std::string fault = fault_in(finding); !fault.empty()) {
        return file.failure(error_code::bad_input, place + fault);
    }
    const schedule content = canonical(finding.schedule);
    const auto back = parse_schedule_json(to_json(content), "its schedule");
    if (!back) {
        return file.failure(error_code::bad_input, place + back.error().message);
    }
    return *back == content ? result<void>()
                            : result<void>(file.failure(error_code::bad_input,
                                                        place + "its schedule has no JSON form"));
}

result<void> put_row(const database& file, const counterexample& finding) {
    auto change =
        file.prepare("INSERT OR REPLACE INTO counterexamples (" + std::string(column_names) +
                     ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    if (!change) {
        return tl::unexpected(change.error());
    }
    const auto values = values_of(finding);
    for (std::size_t index = 0; index < values.size(); ++index) {
        change->bind(static_cast<int>(index) + 1, values[index]);
    }
    return change->step().map([](bool) {});
}

}  // namespace partita::detail::store
