#include <gtest/gtest.h>

#include <partita/schedules/codec.hpp>

namespace {

using namespace std::chrono_literals;
using partita::command;
using partita::deviation;
using partita::error_code;
using partita::fault_step;
using partita::parse_schedule;
using partita::schedule;
using partita::site_label;
using partita::step;
using partita::to_text;
using partita::wait_step;

constexpr auto deck = R"(partita schedule 1
app kv nodes=3
join n1 n2
join n1 n3
n1 write x 1
fault partition { n1 } { n2 n3 }
wait 2s
n1 read x
fault resolve_all
omit n1 -> n2 commit #1
crash n2 at receive n1 -> n2 commit #1
delay n1 -> n2 commit #2 by 3s
)";

schedule deck_schedule() {
    schedule given;
    given.application = {"kv", {{"nodes", "3"}}};
    given.steps = {command{"", "join", {"n1", "n2"}},
                   command{"", "join", {"n1", "n3"}},
                   command{"n1", "write", {"x", "1"}},
                   fault_step{"partition", {"{", "n1", "}", "{", "n2", "n3", "}"}},
                   wait_step{2s},
                   command{"n1", "read", {"x"}},
                   fault_step{"resolve_all", {}}};
    given.deviations = {{"omit", site_label("n1 -> n2 commit #1"), {}},
                        {"crash", site_label("n2 at receive n1 -> n2 commit #1"), {}},
                        {"delay", site_label("n1 -> n2 commit #2"), {"by", "3s"}}};
    return given;
}

/// The one step or deviation of a line, parsed behind `app kv`.
schedule of_line(const std::string& line) {
    const auto parsed = parse_schedule("app kv\n" + line);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed.value_or(schedule{});
}

std::string error_of(std::string_view text) {
    const auto parsed = parse_schedule(text, "bad.schedule");
    return parsed ? "no error" : parsed.error().message;
}

std::string error_of_line(const std::string& line) { return error_of("app kv\n" + line); }

TEST(codec, reads_and_writes_the_language_of_the_deck) {
    EXPECT_EQ(parse_schedule(deck).value(), deck_schedule());
    EXPECT_EQ(to_text(deck_schedule()), deck);
}

TEST(codec, a_scenario_by_hand_needs_no_version_and_takes_blanks_comments_and_mixed_order) {
    const auto parsed = parse_schedule(
        "# what a partition does\n\n"
        "  app kv\tnodes=3   # three\r\n"
        "omit n1 -> n2 commit #1 # a deviation first\r\n"
        "join n1 n2\r\n"
        "fault partition {n1} {n2 n3}\n"
        "crash n2 at receive n1 -> n2 commit #1\n"
        "# the end");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(to_text(*parsed),
              "partita schedule 1\napp kv nodes=3\njoin n1 n2\nfault partition { n1 } { n2 n3 }\n"
              "omit n1 -> n2 commit #1\ncrash n2 at receive n1 -> n2 commit #1\n");
}

TEST(codec, a_byte_order_mark_is_skipped) {
    EXPECT_TRUE(
        parse_schedule("\xef\xbb\xbf"
                       "app kv\n"));
}

TEST(codec, words_are_quoted_only_when_they_must_be) {
    const auto line = [](const std::string& word) {
        return to_text(step{command{"n1", "write", {word}}});
    };
    EXPECT_EQ(line("plain"), "n1 write plain");
    EXPECT_EQ(line("a=b,c:d->e\\f"), "n1 write a=b,c:d->e\\f");
    EXPECT_EQ(line("\xc3\xa9t\xc3\xa9"), "n1 write \xc3\xa9t\xc3\xa9");
    EXPECT_EQ(line(""), "n1 write \"\"");
    EXPECT_EQ(line("a b"), "n1 write \"a b\"");
    EXPECT_EQ(line("say \"no\" \\"), "n1 write \"say \\\"no\\\" \\\\\"");
    EXPECT_EQ(line("#1"), "n1 write \"#1\"");
    EXPECT_EQ(line("{n1}"), "n1 write \"{n1}\"");
    EXPECT_EQ(line("a\n\t\r\x7f"), "n1 write \"a\\n\\t\\x0d\\x7f\"");
    EXPECT_EQ(line(std::string("\0", 1)), "n1 write \"\\x00\"");
    EXPECT_EQ(line("\xff\xc3"), "n1 write \"\\xff\\xc3\"");
}

TEST(codec, a_name_that_would_be_read_as_something_else_is_quoted) {
    EXPECT_EQ(to_text(step{command{"", "wait", {"3"}}}), "\"wait\" 3");
    EXPECT_EQ(to_text(step{command{"", "fault", {}}}), "\"fault\"");
    EXPECT_EQ(to_text(step{command{"", "app", {}}}), "\"app\"");
    EXPECT_EQ(to_text(step{command{"", "partita", {}}}), "\"partita\"");
    EXPECT_EQ(to_text(step{command{"", "n3", {"x"}}}), "\"n3\" x");
    EXPECT_EQ(to_text(step{command{"", "n0", {"x"}}}), "n0 x");
    EXPECT_EQ(to_text(step{command{"", "@home", {}}}), "\"@home\"");
    EXPECT_EQ(to_text(step{command{"", "send", {"n1", "->", "n2"}}}), "send n1 \"->\" n2");
    EXPECT_EQ(to_text(deviation{"wait", site_label("n1 #1"), {}}), "\"wait\" n1 #1");
    EXPECT_EQ(to_text(deviation{"n1", site_label("#1"), {}}), "\"n1\" #1");
}

TEST(codec, after_a_node_no_name_is_a_keyword) {
    EXPECT_EQ(of_line("n1 wait 3").steps.at(0), (step{command{"n1", "wait", {"3"}}}));
    EXPECT_EQ(of_line("n12 n3 ->").steps.at(0), (step{command{"n12", "n3", {"->"}}}));
}

TEST(codec, a_node_of_another_name_is_written_behind_an_at) {
    EXPECT_EQ(to_text(step{command{"client", "read", {"x"}}}), "@client read x");
    EXPECT_EQ(to_text(step{command{"client 1", "read", {}}}), "@\"client 1\" read");
    EXPECT_EQ(of_line("@client read x").steps.at(0), (step{command{"client", "read", {"x"}}}));
    EXPECT_EQ(of_line("@\"client 1\" read").steps.at(0), (step{command{"client 1", "read", {}}}));
    EXPECT_EQ(of_line("@n1 read").steps.at(0), (step{command{"n1", "read", {}}}));
    EXPECT_EQ(of_line("n1 mail @x").steps.at(0), (step{command{"n1", "mail", {"@x"}}}));
}

TEST(codec, braces_are_words_of_their_own_and_bare_when_they_pair) {
    EXPECT_EQ(of_line("fault f {n1{}}").steps.at(0),
              (step{fault_step{"f", {"{", "n1", "{", "}", "}"}}}));
    EXPECT_EQ(to_text(step{fault_step{"f", {"{", "{", "}", "}"}}}), "fault f { { } }");
    EXPECT_EQ(to_text(step{fault_step{"f", {"}", "{"}}}), "fault f \"}\" \"{\"");
    EXPECT_EQ(of_line("fault f \"}\" \"{\"").steps.at(0), (step{fault_step{"f", {"}", "{"}}}));
}

TEST(codec, ordinals_behind_that_of_the_site_are_arguments) {
    const deviation given{
        "reorder", site_label("n1 -> n2 commit #1"), {"after", "n1", "->", "n2", "commit", "#2"}};
    EXPECT_EQ(to_text(given), "reorder n1 -> n2 commit #1 after n1 -> n2 commit #2");
    EXPECT_EQ(of_line(to_text(given)).deviations.at(0), given);
    const deviation odd{"omit", site_label("n1 #7 x #1"), {"#02", "{"}};
    EXPECT_EQ(to_text(odd), "omit n1 \"#7\" x #1 \"#02\" \"{\"");
    EXPECT_EQ(of_line(to_text(odd)).deviations.at(0), odd);
}

TEST(codec, parameters_may_be_quoted_on_either_side) {
    const auto parsed =
        parse_schedule("app \"my app\" label=\"a b\" \"odd key\"=x=y url=a=b empty=\"\"");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->application.name, "my app");
    EXPECT_EQ(parsed->application.parameters,
              (std::map<std::string, std::string>{
                  {"label", "a b"}, {"odd key", "x=y"}, {"url", "a=b"}, {"empty", ""}}));
    EXPECT_EQ(
        to_text(*parsed),
        "partita schedule 1\napp \"my app\" empty=\"\" label=\"a b\" \"odd key\"=x=y url=a=b\n");
}

TEST(codec, escapes_are_read_in_both_cases_of_hex) {
    EXPECT_EQ(of_line(R"(n1 w "\x0A\xfF\n\t\\\"" "	")").steps.at(0),
              (step{command{"n1", "w", {"\n\xff\n\t\\\"", "\t"}}}));
    EXPECT_EQ(of_line("n1 w \"\xff\"").steps.at(0), (step{command{"n1", "w", {"\xff"}}}));
}

TEST(codec, a_text_without_an_application_is_an_error) {
    EXPECT_EQ(error_of(""), "bad.schedule:1:1: expected `app NAME`, found the end of the text");
    EXPECT_EQ(error_of("# only this\n\n"),
              "bad.schedule:3:1: expected `app NAME`, found the end of the text");
    EXPECT_EQ(error_of("partita schedule 1\n  join n1 n2\n"),
              "bad.schedule:2:3: expected `app NAME` before all other lines, found \"join\"");
    EXPECT_EQ(error_of("app kv\njoin n1 n2\n app kv2\n"),
              "bad.schedule:3:2: a second `app` line; the first is line 1");
    EXPECT_EQ(error_of("app "),
              "bad.schedule:1:5: expected the name of an application after `app`");
    EXPECT_EQ(
        error_of("app nodes=3"),
        "bad.schedule:1:5: expected the name of an application before the parameter \"nodes=3\"");
    EXPECT_EQ(error_of("app #1"),
              "bad.schedule:1:5: expected the name of an application, found \"#1\"");
}

TEST(codec, a_parameter_is_a_key_and_a_value) {
    EXPECT_EQ(error_of("app kv nodes"),
              "bad.schedule:1:13: expected = directly after the parameter \"nodes\"");
    EXPECT_EQ(error_of("app kv nodes = 3"),
              "bad.schedule:1:13: expected = directly after the parameter \"nodes\"");
    EXPECT_EQ(error_of("app kv nodes= 3"),
              "bad.schedule:1:14: expected a value directly after =, at least \"\"");
    EXPECT_EQ(error_of("app kv =3"),
              "bad.schedule:1:8: expected a parameter such as nodes=3, found \"=\"");
    EXPECT_EQ(error_of("app kv {"),
              "bad.schedule:1:8: expected a parameter such as nodes=3, found \"{\"");
    EXPECT_EQ(error_of("app kv a=1 b=2 a=3"),
              "bad.schedule:1:16: the parameter \"a\" is given twice");
}

TEST(codec, the_version_is_checked_and_a_newer_one_is_unsupported) {
    const auto newer = parse_schedule("partita schedule 2\nwhat ever", "s");
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().code, error_code::unsupported);
    EXPECT_EQ(newer.error().message,
              "s:1:18: version 2 is newer than 1, the newest that this build reads");
    EXPECT_EQ(parse_schedule("partita schedule 99999999999999999999\n").error().code,
              error_code::unsupported);
    EXPECT_EQ(parse_schedule("partita schedule 0\n").error().code, error_code::bad_input);
    EXPECT_EQ(error_of("partita schedule 0"),
              "bad.schedule:1:18: expected a version number from 1, found \"0\"");
    EXPECT_EQ(error_of("partita schedule -1"),
              "bad.schedule:1:18: expected a version number from 1, found \"-1\"");
    EXPECT_EQ(error_of("partita schedule 1x"),
              "bad.schedule:1:18: expected a version number from 1, found \"1x\"");
    EXPECT_EQ(error_of("partita 1"), "bad.schedule:1:1: expected `partita schedule 1`");
    EXPECT_EQ(error_of("partita schedule 1\npartita schedule 1"),
              "bad.schedule:2:1: expected the version line before all others, and once");
    EXPECT_EQ(error_of("app kv\npartita schedule 1"),
              "bad.schedule:2:1: expected the version line before all others, and once");
}

TEST(codec, a_wait_has_one_duration) {
    EXPECT_EQ(error_of_line("wait 2"),
              "bad.schedule:2:6: expected a duration such as 1500ms (units ns, us, ms, s, m, h), "
              "found \"2\"");
    EXPECT_EQ(error_of_line("wait 9999999999h"),
              "bad.schedule:2:6: expected a duration of at most 2^63 - 1 nanoseconds, found "
              "\"9999999999h\"");
    EXPECT_EQ(error_of_line("wait"),
              "bad.schedule:2:5: expected `wait` and one duration such as 1500ms");
    EXPECT_EQ(error_of_line("wait 2s 3s"),
              "bad.schedule:2:9: expected `wait` and one duration such as 1500ms");
}

TEST(codec, an_ordinal_is_a_number_from_1) {
    EXPECT_EQ(error_of_line("omit n1 -> n2 commit"),
              "bad.schedule:2:21: expected an ordinal such as #1 after the site (in a command -> "
              "stands in quotes)");
    EXPECT_EQ(error_of_line("omit n1 -> n2 commit #"),
              "bad.schedule:2:23: expected an ordinal such as #1 after the site (in a command -> "
              "stands in quotes)");
    EXPECT_EQ(error_of_line("omit n1 -> n2 commit #0"),
              "bad.schedule:2:22: ordinals count from #1, found \"#0\"");
    EXPECT_EQ(error_of_line("omit n1 -> n2 commit #01"),
              "bad.schedule:2:22: expected an ordinal without leading zeros, found \"#01\"");
    EXPECT_EQ(error_of_line("omit n1 -> n2 commit #1x"),
              "bad.schedule:2:22: expected an ordinal such as #1, found \"#1x\"");
    EXPECT_EQ(error_of_line("omit n1 -> n2 commit #18446744073709551616"),
              "bad.schedule:2:22: expected an ordinal of at most 2^64 - 1, found "
              "\"#18446744073709551616\"");
    EXPECT_EQ(of_line("omit n1 -> n2 commit #18446744073709551615").deviations.size(), 1U);
}

TEST(codec, an_ordinal_stands_only_in_a_deviation_behind_its_action) {
    EXPECT_EQ(
        error_of_line("fault corrupt n1 #1"),
        "bad.schedule:2:18: only a deviation has an ordinal; write \"#1\" in quotes, or a blank "
        "after # for a comment");
    EXPECT_EQ(error_of_line("n1 -> n2 commit #1"),
              "bad.schedule:2:1: expected an action such as omit before the site, found \"n1\" "
              "(in a command #1 stands in quotes)");
    EXPECT_EQ(error_of_line("#1 is a comment"),
              "bad.schedule:2:1: expected an action such as omit before the site, found \"#1\" "
              "(in a command #1 stands in quotes)");
    EXPECT_EQ(error_of_line("{ n1 } #1"),
              "bad.schedule:2:1: expected an action such as omit, found \"{\"");
    EXPECT_EQ(
        error_of_line("omit n1 \"a b\" #1"),
        "bad.schedule:2:9: expected a word of a site, without blanks and not empty, found \"a b\"");
    EXPECT_EQ(
        error_of_line("omit n1 \"\" #1"),
        "bad.schedule:2:9: expected a word of a site, without blanks and not empty, found \"\"");
}

TEST(codec, quotes_are_closed_and_escapes_known) {
    EXPECT_EQ(error_of_line("n1 write \"x"),
              "bad.schedule:2:10: the quote that begins here is not closed on this line");
    EXPECT_EQ(error_of_line("n1 write \"x\\\""),
              "bad.schedule:2:10: the quote that begins here is not closed on this line");
    EXPECT_EQ(error_of_line("n1 write \"x\\q\""),
              "bad.schedule:2:12: expected one of \\\" \\\\ \\n \\t \\xHH, found \"\\\\q\"");
    EXPECT_EQ(error_of_line("n1 write \"x\\"),
              "bad.schedule:2:12: expected one of \\\" \\\\ \\n \\t \\xHH, found \"\\\\\"");
    EXPECT_EQ(error_of_line("n1 write \"\\x4\""),
              "bad.schedule:2:11: expected two hexadecimal digits after \\x, found \"4\\\"\"");
    EXPECT_EQ(error_of_line("n1 write \"a\"b"),
              "bad.schedule:2:13: expected a blank after the closing quote, found \"b\"");
    EXPECT_EQ(error_of_line("n1 write a\"b\""),
              "bad.schedule:2:11: a quote stands only at the start and the end of a word");
    EXPECT_EQ(
        error_of_line("n1 write x# comment"),
        "bad.schedule:2:11: expected a blank before # (a word with # in it stands in quotes)");
}

TEST(codec, braces_pair_up_on_their_line) {
    EXPECT_EQ(error_of_line("fault partition { n1 } { n2"),
              "bad.schedule:2:24: a { that no } closes on this line (as a plain word it stands in "
              "quotes)");
    EXPECT_EQ(error_of_line("fault partition n1 }"),
              "bad.schedule:2:20: a } that no { opens (as a plain word it stands in quotes)");
}

TEST(codec, bytes_that_are_no_text_stand_only_in_quotes) {
    EXPECT_EQ(
        error_of_line(std::string("n1 w\0 x", 7)),
        "bad.schedule:2:5: control characters stand only in quotes, as \\xHH, found \"\\x00\"");
    EXPECT_EQ(
        error_of_line("n1 w\rx"),
        "bad.schedule:2:5: control characters stand only in quotes, as \\xHH, found \"\\x0d\"");
    EXPECT_EQ(error_of_line("n1 w \"\x01\""),
              "bad.schedule:2:7: control characters stand in quotes as \\xHH, found \"\\x01\"");
    EXPECT_EQ(error_of_line("n1 w\xc3 x"),
              "bad.schedule:2:5: expected UTF-8; other bytes stand only in quotes, as \\xHH, found "
              "\"\\xc3\"");
}

TEST(codec, a_directive_says_what_it_lacks) {
    EXPECT_EQ(error_of_line("n1"), "bad.schedule:2:3: expected a command after the node \"n1\"");
    EXPECT_EQ(error_of_line("@\"a b\""),
              "bad.schedule:2:7: expected a command after the node \"a b\"");
    EXPECT_EQ(error_of_line("@ x"), "bad.schedule:2:2: expected a node name directly after @");
    EXPECT_EQ(error_of_line("fault"),
              "bad.schedule:2:6: expected the name of a fault after `fault`");
    EXPECT_EQ(error_of_line("fault { n1 }"),
              "bad.schedule:2:7: expected the name of a fault, found \"{\"");
    EXPECT_EQ(error_of_line("n1 { }"), "bad.schedule:2:4: expected a command, found \"{\"");
}

TEST(codec, a_long_word_is_cut_in_an_error_and_never_inside_a_character) {
    EXPECT_EQ(error_of_line("wait " + std::string(60, 'x')),
              "bad.schedule:2:6: expected a duration such as 1500ms (units ns, us, ms, s, m, h), "
              "found \"" +
                  std::string(40, 'x') + "...\"");
    EXPECT_EQ(error_of_line("wait " + std::string(39, 'x') + "\xc3\xa9" + std::string(10, 'x')),
              "bad.schedule:2:6: expected a duration such as 1500ms (units ns, us, ms, s, m, h), "
              "found \"" +
                  std::string(39, 'x') + "...\"");
}

TEST(codec, every_bound_is_an_error_that_names_it) {
    const partita::parse_bounds bounds{
        .bytes_max = 64, .steps_max = 2, .deviations_max = 1, .words_max = 4};
    const auto error_within = [&](std::string_view text) {
        const auto parsed = parse_schedule(text, "s", bounds);
        return parsed ? "no error" : parsed.error().message;
    };
    EXPECT_EQ(error_within("app kv\na\nb 1 2 3\nomit #1\n"), "no error");
    EXPECT_EQ(error_within("app kv\na\nb\n  wait 2s\n"), "s:4:3: more than 2 steps");
    EXPECT_EQ(error_within("app kv\nomit #1\nomit #2\n"), "s:3:1: more than 1 deviations");
    EXPECT_EQ(error_within("app kv\na 1 2 3 4\n"), "s:2:9: more than 4 words in one line");
    EXPECT_EQ(error_within("app kv a=1 b=2\n"), "no error");
    EXPECT_EQ(error_within("app kv a=1 b=2 c=3\n"), "s:1:16: more than 4 words in one line");
    EXPECT_EQ(error_within(std::string(65, '#')), "s:1:1: more than 64 bytes");
}

}  // namespace
