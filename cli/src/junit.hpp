#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace partita::cli {

/// One counterexample as a test case of a JUnit report.
struct junit_case {
    enum class result { passed, failed, skipped };
    std::string name;
    std::string application;
    result ended = result::passed;
    std::string message;  ///< why it failed or was skipped
    std::string details;
    double seconds = 0;
};

/// A report that CI systems read: well-formed XML 1.0 whatever the texts hold.
[[nodiscard]] std::string junit_report(const std::vector<junit_case>&);

/// Text for an attribute or between tags. What XML 1.0 has no way to write (control characters,
/// bytes that are no UTF-8) becomes U+FFFD.
[[nodiscard]] std::string xml_escaped(std::string_view);

}  // namespace partita::cli
