#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>
#include <partita/schedules/trial.hpp>

namespace partita {

/// What the last replay of a counterexample said. `open`: not replayed since it was stored.
enum class counterexample_status { open, reproduces, fixed, stale };
[[nodiscard]] std::string_view to_text(counterexample_status);

/// Where a counterexample comes from: enough to find it again, nothing that decides anything.
struct provenance {
    std::string strategy;  ///< "random", "static", "dynamic", "worklist", "scenario", "import"
    std::string seed;      ///< of a random search; empty otherwise
    std::string build;     ///< Partita's version and the compiler
    std::string found_at;  ///< UTC, ISO 8601, seconds; informational
    bool operator==(const provenance&) const = default;
};

/// A schedule whose verdict is not `holds`, with the property it breaks and where it comes from.
/// Content-addressed: `id` is the SHA-256, in 64 hexadecimal digits, of the canonical JSON of
/// (application, property, kind, canonical schedule), so two searches that find the same thing
/// store the same row.
struct counterexample {
    std::string id;
    partita::schedule schedule;
    partita::verdict verdict = partita::verdict::violated;
    partita::violation violation;
    std::uint64_t trace_hash = 0;
    std::string signature;
    partita::provenance provenance;
    counterexample_status status = counterexample_status::open;
    bool operator==(const counterexample&) const = default;
};

/// Fills in the canonical schedule, `id` and `signature` of a finding.
[[nodiscard]] counterexample make_counterexample(schedule, verdict, violation,
                                                 std::uint64_t trace_hash, provenance);

/// One reviewable text file a counterexample: `# key: value` lines for id, property, kind,
/// explanation, verdict, trace hash, signature, status and provenance, then the schedule's text
/// form, a deviation a line. Equal counterexamples give equal bytes, and the whole is a schedule
/// file too. A value stands on one line: backslashes, control characters, bytes that are no UTF-8,
/// letters that turn the direction of the line, and blanks at either end are written as \\ \n \t
/// \xHH.
[[nodiscard]] std::string to_text(const counterexample&);
/// Reads that file; checks the id against the content. The header is the lines before the first
/// that does not begin with `#`; each key stands there once, in any order; comments belong below
/// it. `source` names the file in errors.
[[nodiscard]] result<counterexample> parse_counterexample(std::string_view text,
                                                          std::string_view source);

/// The JSON object that `corpus list|show --json` prints: the fields above, `trace_hash` as 16
/// hexadecimal digits, bytes that are no UTF-8 replaced. Without blanks and with sorted keys, as it
/// is, its application, kind, property and schedule are what the id digests.
[[nodiscard]] std::string to_json(const counterexample&);

}  // namespace partita
