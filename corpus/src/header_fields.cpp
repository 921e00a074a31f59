#include "header_fields.hpp"

#include <array>

#include "content.hpp"
#include "digits.hpp"

namespace partita::detail::store {
namespace {

using value = std::string&&;

bool take(std::string& field, value text) {
    field = std::move(text);
    return true;
}

bool take_hex(std::string& field, value text, std::size_t length) {
    return is_hex(text, length) && take(field, std::move(text));
}

bool take_hash(std::uint64_t& field, std::string_view text) {
    const auto number = parse_hex(text);
    field = number.value_or(0);
    return number.has_value();
}

// A finding that holds is none: that is the verdict's range here.
bool take_verdict(verdict& field, std::string_view text) {
    return parse_verdict(text, field) && field != verdict::holds;
}

using finding = counterexample;

constexpr std::array<header_field, 12> fields{{
    {"id", [](const finding& from) { return from.id; },
     [](finding& to, value text) { return take_hex(to.id, std::move(text), id_length); },
     "64 hexadecimal digits"},
    {"property", [](const finding& from) { return from.violation.property; },
     [](finding& to, value text) { return take(to.violation.property, std::move(text)); }, ""},
    {"kind", [](const finding& from) { return from.violation.kind; },
     [](finding& to, value text) { return take(to.violation.kind, std::move(text)); }, ""},
    {"explanation", [](const finding& from) { return from.violation.explanation; },
     [](finding& to, value text) { return take(to.violation.explanation, std::move(text)); }, ""},
    {"verdict", [](const finding& from) { return std::string(to_text(from.verdict)); },
     [](finding& to, value text) { return take_verdict(to.verdict, text); },
     "violated or inconclusive"},
    {"trace_hash", [](const finding& from) { return to_hex(from.trace_hash); },
     [](finding& to, value text) { return take_hash(to.trace_hash, text); },
     "16 hexadecimal digits"},
    {"signature", [](const finding& from) { return from.signature; },
     [](finding& to, value text) { return take_hex(to.signature, std::move(text), 16); },
     "16 hexadecimal digits"},
    {"status", [](const finding& from) { return std::string(to_text(from.status)); },
     [](finding& to, value text) { return parse_status(text, to.status); },
     "open, reproduces, fixed or stale"},
    {"strategy", [](const finding& from) { return from.provenance.strategy; },
     [](finding& to, value text) { return take(to.provenance.strategy, std::move(text)); }, ""},
    {"seed", [](const finding& from) { return from.provenance.seed; },
     [](finding& to, value text) { return take(to.provenance.seed, std::move(text)); }, ""},
    {"build", [](const finding& from) { return from.provenance.build; },
     [](finding& to, value text) { return take(to.provenance.build, std::move(text)); }, ""},
    {"found_at", [](const finding& from) { return from.provenance.found_at; },
     [](finding& to, value text) { return take(to.provenance.found_at, std::move(text)); }, ""},
}};

}  // namespace

std::span<const header_field> header_fields() { return fields; }

}  // namespace partita::detail::store
