#include "junit.hpp"

#include <algorithm>
#include <cstdio>

#include "utf8.hpp"

namespace partita::cli {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

std::string entity_of(char letter) {
    switch (letter) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        // A line end in an attribute would be read back as a blank.
        case '\n':
            return "&#10;";
        case '\r':
            return "&#13;";
        case '\t':
            return "&#9;";
        default:
            break;
    }
    const auto code = static_cast<unsigned char>(letter);
    return code < 0x20 || code == 0x7f ? std::string(replacement) : std::string(1, letter);
}

/// U+FFFE and U+FFFF are UTF-8, but no characters of XML (section 2.2).
bool is_no_character(std::string_view letter) {
    return letter == "\xef\xbf\xbe" || letter == "\xef\xbf\xbf";
}

std::string seconds_text(double seconds) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.3f", seconds);
    return digits;
}

std::string element(const junit_case& of) {
    std::string text = "    <testcase name=\"" + xml_escaped(of.name) + "\" classname=\"" +
                       xml_escaped(of.application) + "\" time=\"" + seconds_text(of.seconds) + "\"";
    if (of.ended == junit_case::result::passed) return text + "/>\n";
    const bool failed = of.ended == junit_case::result::failed;
    text += ">\n      <" + std::string(failed ? "failure" : "skipped") + " message=\"" +
            xml_escaped(of.message) + "\"";
    text += failed ? ">" + xml_escaped(of.details) + "</failure>\n" : "/>\n";
    return text + "    </testcase>\n";
}

std::string counts(const std::vector<junit_case>& of) {
    const auto count = [&](junit_case::result ended) {
        return std::to_string(std::count_if(of.begin(), of.end(),
                                            [&](const auto& each) { return each.ended == ended; }));
    };
    double seconds = 0;
    for (const junit_case& each : of) seconds += each.seconds;
    return "tests=\"" + std::to_string(of.size()) + "\" failures=\"" +
           count(junit_case::result::failed) + "\" errors=\"0\" skipped=\"" +
           count(junit_case::result::skipped) + "\" time=\"" + seconds_text(seconds) + "\"";
}

}  // namespace

std::string xml_escaped(std::string_view text) {
    std::string escaped;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 1) {
            escaped += entity_of(text.front());
        } else if (length == 0 || is_no_character(text.substr(0, length))) {
            escaped += replacement;
        } else {
            escaped += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return escaped;
}

std::string junit_report(const std::vector<junit_case>& of) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts(of) +
                       ">\n  <testsuite name=\"partita regress\" " + counts(of) + ">\n";
    for (const junit_case& each : of) text += element(each);
    return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace partita::cli
