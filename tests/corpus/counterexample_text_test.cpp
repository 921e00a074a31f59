#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "findings.hpp"

namespace partita {
namespace {

using test::finding;
using test::said;

const std::string golden = R"(# id: 8b5010454482844a9e5405f9f0f6c0e1cb5046d1226146ab69de69c789f95bc8
# property: reliable-broadcast
# kind: ok but not delivered
# explanation: n2 did not deliver x
# verdict: violated
# trace_hash: fedcba9876543210
# signature: 063ed114e19b72ec
# status: open
# strategy: dynamic
# seed:
# build: partita 0.1.0
# found_at: 2024-05-01T12:00:00Z
partita schedule 1
app lampson-2pc nodes=4
n1 broadcast x
omit n1 -> n2 commit #1
)";

// The golden text with the first `from` replaced.
std::string edited(std::string_view from, std::string_view to, std::string text = golden) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::string explained(const std::string& explanation) {
    auto changed = finding();
    changed.violation.explanation = explanation;
    const std::string text = to_text(changed);
    EXPECT_EQ(parse_counterexample(text, "x"), changed);
    const auto at = text.find("# explanation:");
    return text.substr(at, text.find('\n', at) - at);
}

TEST(counterexample_text, reads_as_a_header_and_a_schedule) {
    EXPECT_EQ(to_text(finding()), golden);
    EXPECT_EQ(parse_counterexample(golden, "golden"), finding());
}

TEST(counterexample_text, is_a_schedule_file_as_well) {
    EXPECT_EQ(parse_schedule(golden, "golden"), finding().schedule);
}

TEST(counterexample_text, keeps_any_explanation_on_one_printable_line) {
    EXPECT_EQ(explained(""), "# explanation:");
    EXPECT_EQ(explained("a\nb\tc\\d"), "# explanation: a\\nb\\tc\\\\d");
    EXPECT_EQ(explained(" a  b "), "# explanation: \\x20a  b\\x20");
    EXPECT_EQ(explained(" "), "# explanation: \\x20");
    EXPECT_EQ(explained(std::string("a\0\r\x1b", 4)), "# explanation: a\\x00\\x0d\\x1b");
    EXPECT_EQ(explained("# id: no"), "# explanation: # id: no");
    EXPECT_EQ(explained("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x8e\xbb"),
              "# explanation: na\xc3\xafve \xe2\x82\xac \xf0\x9f\x8e\xbb");
}

TEST(counterexample_text, escapes_what_is_no_utf_8_or_would_turn_the_line) {
    EXPECT_EQ(explained("\xff\xc3"), "# explanation: \\xff\\xc3");
    EXPECT_EQ(explained("\xc0\xaf"), "# explanation: \\xc0\\xaf") << "overlong";
    EXPECT_EQ(explained("\xed\xa0\x80"), "# explanation: \\xed\\xa0\\x80") << "a surrogate";
    EXPECT_EQ(explained("\xf4\x90\x80\x80"), "# explanation: \\xf4\\x90\\x80\\x80")
        << "past U+10FFFF";
    EXPECT_EQ(explained("\xe2\x80\xae"
                        "x"),
              "# explanation: \\xe2\\x80\\xaex")
        << "right-to-left override";
    EXPECT_EQ(explained("\xe2\x80\xa8"), "# explanation: \\xe2\\x80\\xa8") << "a line separator";
    EXPECT_EQ(explained("\xc2\x85"), "# explanation: \\xc2\\x85") << "next line";
}

TEST(counterexample_text, may_come_from_an_editor_on_another_system) {
    std::string with_returns = "\xef\xbb\xbf";
    for (const char letter : golden) {
        with_returns += letter == '\n' ? std::string("\r\n") : std::string(1, letter);
    }
    EXPECT_EQ(parse_counterexample(with_returns, "x"), finding());
}

TEST(counterexample_text, takes_header_lines_in_any_order_and_comments_below_them) {
    const std::string line = "# kind: ok but not delivered\n";
    const auto moved = edited("# property", line + "# property", edited(line, ""));
    EXPECT_EQ(parse_counterexample(edited("app ", "# found on a Monday\n\napp ", moved), "x"),
              finding());
}

TEST(counterexample_text, refuses_a_schedule_without_header) {
    for (const std::string text :
         {"partita schedule 1\napp kv\n", "app kv\n", "", "\n# id: 1\napp kv\n"}) {
        EXPECT_EQ(
            said(parse_counterexample(text, "a.schedule")),
            "a.schedule:1:1: not a counterexample: expected its header, beginning with '# id: ' "
            "(a schedule has none until a search or an import makes it one)");
    }
}

struct bad_text {
    std::string text;
    std::string message;
};

TEST(counterexample_text, says_where_a_header_line_is_wrong) {
    const std::string keys =
        "id, property, kind, explanation, verdict, trace_hash, signature, status, "
        "strategy, seed, build, found_at";
    const std::vector<bad_text> table{
        {edited("# kind", "# sort"), "x:3:3: unknown header key 'sort', expected one of " + keys},
        {edited("# kind:", "# kind :"),
         "x:3:3: unknown header key 'kind\\x20', expected one of " + keys},
        {edited("# seed:", "# status: open"), "x:10:3: the header key 'status' is given twice"},
        {edited("# seed:\n", ""), "x:12:1: the header lacks the line '# seed: ...'"},
        {edited("# seed:\n", "# a remark\n"),
         "x:10:1: expected a header line '# key: value' (comments stand below it)"},
        {edited("# seed:\n", "#seed:\n"),
         "x:10:1: expected a header line '# key: value' (comments stand below it)"},
        {edited("n2 did", "n2 \\did"), "x:4:19: expected one of the escapes \\\\ \\n \\t \\xHH"},
        {edited("n2 did", "\\xg0"), "x:4:16: expected one of the escapes \\\\ \\n \\t \\xHH"},
        {edited("deliver x", "deliver \\x0"),
         "x:4:35: expected one of the escapes \\\\ \\n \\t \\xHH"},
        {edited("deliver x", "deliver \\"),
         "x:4:35: expected one of the escapes \\\\ \\n \\t \\xHH"},
        {edited("violated", "holds"), "x:5:12: expected violated or inconclusive, found 'holds'"},
        {edited("violated", ""), "x:5:12: expected violated or inconclusive, found ''"},
        {edited("fedcba9876543210", "FEDCBA9876543210"),
         "x:6:15: expected 16 hexadecimal digits, found 'FEDCBA9876543210'"},
        {edited("fedcba9876543210", "0xfe"),
         "x:6:15: expected 16 hexadecimal digits, found '0xfe'"},
        {edited("063ed114e19b72ec", "7"), "x:7:14: expected 16 hexadecimal digits, found '7'"},
        {edited("open", "closed"),
         "x:8:11: expected open, reproduces, fixed or stale, found 'closed'"},
        {edited("8b50", "8b5"),
         "x:1:7: expected 64 hexadecimal digits, found "
         "'8b510454482844a9e5405f9f0f6c0e1cb5046d1226146ab69de69c789f95bc8'"},
    };
    for (const auto& [text, message] : table) {
        const auto parsed = parse_counterexample(text, "x");
        EXPECT_EQ(said(parsed), message);
        EXPECT_TRUE(!parsed && parsed.error().code == error_code::bad_input);
    }
}

TEST(counterexample_text, tells_errors_of_the_schedule_with_their_line_in_the_file) {
    const auto parsed = parse_counterexample(edited("app lampson-2pc", "app"), "x");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message.substr(0, 5), "x:14:");
    const auto newer = parse_counterexample(edited("schedule 1", "schedule 9"), "x");
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().code, error_code::unsupported);
}

TEST(counterexample_text, checks_the_id_against_the_content) {
    EXPECT_EQ(said(parse_counterexample(edited("commit #1", "commit #2"), "x")),
              "x:1:1: the id is '" + finding(1).id + "', but the content has the id '" +
                  finding(2).id + "'");
    EXPECT_FALSE(parse_counterexample(edited("reliable-", "unreliable-"), "x"));
    EXPECT_FALSE(parse_counterexample(edited("ok but", "error but"), "x"));
    EXPECT_FALSE(parse_counterexample(edited("nodes=4", "nodes=5"), "x"));
    EXPECT_TRUE(parse_counterexample(edited("did not deliver", "lost"), "x"))
        << "circumstances may be edited";
}

RC_GTEST_PROP(counterexample_text, round_trips, (const counterexample& any)) {
    const std::string text = to_text(any);
    const auto back = parse_counterexample(text, "any");
    RC_ASSERT(said(back) == "ok");
    RC_ASSERT(*back == any);
    RC_ASSERT(to_text(*back) == text);
    RC_ASSERT(parse_schedule(text) == any.schedule);
}

RC_GTEST_PROP(counterexample_text, survives_any_edit_of_a_byte, (const counterexample& any)) {
    std::string text = to_text(any);
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    const auto back = parse_counterexample(text, "any");
    if (back) {
        RC_ASSERT(parse_counterexample(to_text(*back), "again") == *back);
    } else {
        RC_ASSERT(back.error().message.find('\n') == std::string::npos);
    }
}

}  // namespace
}  // namespace partita
