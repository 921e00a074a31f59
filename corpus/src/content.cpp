#include "content.hpp"

#include <array>

#include <partita/schedules/codec.hpp>

#include "digits.hpp"
#include "escape.hpp"
#include "sha256.hpp"

namespace partita::detail::store {
namespace {

using nlohmann::json;

template <typename Enum, std::size_t Size>
bool parse_enum(std::string_view text, const std::array<Enum, Size>& all, Enum& found) {
    for (const Enum each : all) {
        if (to_text(each) == text) {
            found = each;
            return true;
        }
    }
    return false;
}

std::string in_quotes(std::string_view found) { return "'" + escaped(found) + "'"; }

}  // namespace

json content_of(const counterexample& finding) {
    const json content = json::parse(to_json(canonical(finding.schedule)));
    return {{"application", content["application"]},
            {"kind", finding.violation.kind},
            {"property", finding.violation.property},
            {"schedule", content}};
}

std::string compact_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string id_of(const counterexample& finding) {
    return sha256_hex(compact_text(content_of(finding)));
}

std::string fault_in(const counterexample& finding) {
    if (finding.verdict == verdict::holds) {
        return "expected the verdict violated or inconclusive, found holds";
    }
    if (!is_hex(finding.signature, 16)) {
        return "expected a signature of 16 hexadecimal digits, found " +
               in_quotes(finding.signature);
    }
    const std::string expected = id_of(finding);
    return finding.id == expected ? ""
                                  : "the id is " + in_quotes(finding.id) +
                                        ", but the content has the id " + in_quotes(expected);
}

bool parse_status(std::string_view text, counterexample_status& found) {
    using enum counterexample_status;
    return parse_enum(text, std::array{open, reproduces, fixed, stale}, found);
}

bool parse_verdict(std::string_view text, verdict& found) {
    using enum verdict;
    return parse_enum(text, std::array{holds, violated, inconclusive}, found);
}

}  // namespace partita::detail::store
