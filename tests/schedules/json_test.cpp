#include <gtest/gtest.h>

#include <partita/schedules/codec.hpp>

namespace {

using namespace std::chrono_literals;
using partita::command;
using partita::error_code;
using partita::fault_step;
using partita::parse_schedule_json;
using partita::schedule;
using partita::site_label;
using partita::to_json;
using partita::wait_step;

constexpr auto golden =
    R"({"application":{"name":"kv","parameters":{"nodes":"3"}},)"
    R"("deviations":[{"action":"delay","arguments":["by","3s"],"site":"n1 -> n2 commit #1"}],)"
    R"("partita_schedule":1,)"
    R"("steps":[{"command":{"arguments":["x","1"],"name":"write","node":"n1"}},)"
    R"({"fault":{"arguments":["{","n1","}"],"name":"partition"}},{"wait_ns":2000000000}]})";

schedule golden_schedule() {
    return {{"kv", {{"nodes", "3"}}},
            {command{"n1", "write", {"x", "1"}}, fault_step{"partition", {"{", "n1", "}"}},
             wait_step{2s}},
            {{"delay", site_label("n1 -> n2 commit #1"), {"by", "3s"}}}};
}

std::string error_of(std::string_view json) {
    const auto parsed = parse_schedule_json(json, "bad.json");
    return parsed ? "no error" : parsed.error().message;
}

/// The golden document with one part of it replaced.
std::string with(std::string_view part, std::string_view replacement) {
    std::string json = golden;
    const auto at = json.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return json.replace(at, part.size(), replacement);
}

std::string error_with(std::string_view part, std::string_view replacement) {
    return error_of(with(part, replacement));
}

std::string argument_round_trip(const std::string& word) {
    const auto json = to_json(schedule{{"a", {}}, {fault_step{word, {}}}, {}});
    const auto begin = json.find("\"name\":\"", json.find("fault")) + 8;
    return json.substr(begin, json.find('"', begin) - begin);
}

TEST(json, is_canonical_sorted_and_without_blanks) {
    EXPECT_EQ(to_json(golden_schedule()), golden);
    EXPECT_EQ(parse_schedule_json(golden).value(), golden_schedule());
}

TEST(json, blanks_and_the_order_of_keys_do_not_matter_on_reading) {
    const auto parsed = parse_schedule_json(
        "{ \"steps\": [],\n \"partita_schedule\": 1, \"deviations\": [],"
        " \"application\": {\"parameters\": {}, \"name\": \"kv\"} }\n");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, (schedule{{"kv", {}}, {}, {}}));
}

TEST(json, bytes_that_are_no_utf8_become_private_use_characters_and_come_back) {
    EXPECT_EQ(argument_round_trip("caf\xc3\xa9"), "caf\xc3\xa9");
    EXPECT_EQ(argument_round_trip("\x80"), "\xee\xbe\x80");  // U+EF80
    EXPECT_EQ(argument_round_trip("\xff"), "\xee\xbf\xbf");  // U+EFFF
    EXPECT_EQ(argument_round_trip("\xee\xbe\x80"), "\xee\xbf\xae\xee\xbe\xbe\xee\xbe\x80");
    EXPECT_EQ(argument_round_trip(std::string("\0", 1)), "\\u0000");
}

TEST(json, a_schedule_names_its_version) {
    EXPECT_EQ(error_with("\"partita_schedule\":1", "\"partita_schedule\":0"),
              "bad.json: $.partita_schedule: expected a version number from 1, found 0");
    EXPECT_EQ(error_with("\"partita_schedule\":1", "\"partita_schedule\":\"1\""),
              "bad.json: $.partita_schedule: expected a version number from 1, found \"1\"");
    EXPECT_EQ(error_with("\"partita_schedule\":1", "\"x\":1"),
              "bad.json: $: the key \"partita_schedule\" is missing");
}

TEST(json, a_newer_version_is_unsupported_whatever_else_it_holds) {
    const auto newer = parse_schedule_json(R"({"partita_schedule":2,"novelty":[]})", "new.json");
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().code, error_code::unsupported);
    EXPECT_EQ(newer.error().message,
              "new.json: $.partita_schedule: version 2 is newer than 1, the newest that this build "
              "reads");
    EXPECT_EQ(parse_schedule_json(R"({"partita_schedule":18446744073709551615})").error().code,
              error_code::unsupported);
}

TEST(json, unknown_and_missing_and_repeated_keys_are_errors) {
    EXPECT_EQ(error_with("\"name\":\"kv\"", "\"name\":\"kv\",\"nome\":1"),
              "bad.json: $.application: the key \"nome\" is unknown");
    EXPECT_EQ(error_with("\"name\":\"kv\",", ""),
              "bad.json: $.application: the key \"name\" is missing");
    EXPECT_EQ(error_with("\"name\":\"kv\"", "\"name\":\"kv\",\"name\":\"kv\""),
              "bad.json: $.application: the key \"name\" is given twice");
    EXPECT_EQ(error_with("\"name\":\"write\"", "\"name\":\"write\",\"name\":1"),
              "bad.json: $.steps[0].command: the key \"name\" is given twice");
    EXPECT_EQ(
        error_with("\"nodes\":\"3\"", R"("\uefc3\uefa9":"3","é":"4")"),
        "bad.json: $.application.parameters: the key \"\xee\xbf\x83\xee\xbe\xa9\" is given twice");
}

TEST(json, wrong_types_are_errors_that_name_their_path) {
    EXPECT_EQ(error_of("[]"), "bad.json: $: expected an object, found an array");
    EXPECT_EQ(error_of("null"), "bad.json: $: expected an object, found null");
    EXPECT_EQ(error_with("\"kv\"", "7"),
              "bad.json: $.application.name: expected a string, found 7");
    EXPECT_EQ(error_with("{\"nodes\":\"3\"}", "[]"),
              "bad.json: $.application.parameters: expected an object, found an array");
    EXPECT_EQ(error_with("\"nodes\":\"3\"", "\"odd key\":3"),
              "bad.json: $.application.parameters[\"odd key\"]: expected a string, found 3");
    EXPECT_EQ(error_with("[\"x\",\"1\"]", "\"x 1\""),
              "bad.json: $.steps[0].command.arguments: expected an array, found \"x 1\"");
    EXPECT_EQ(error_with("[\"x\",\"1\"]", "[\"x\",true]"),
              "bad.json: $.steps[0].command.arguments[1]: expected a string, found true");
    EXPECT_EQ(error_with("{\"wait_ns\":2000000000}", "[]"),
              "bad.json: $.steps[2]: expected an object, found an array");
    EXPECT_EQ(error_with("[{\"action\"", "[1,{\"action\""),
              "bad.json: $.deviations[0]: expected an object, found 1");
}

TEST(json, a_step_is_one_of_five) {
    const std::string expected =
        "bad.json: $.steps[2]: expected one key, \"command\", \"fault\", \"wait_ns\", \"await\" or "
        "\"check\", found ";
    EXPECT_EQ(error_with("{\"wait_ns\":2000000000}", "{}"), expected + "none");
    EXPECT_EQ(error_with("{\"wait_ns\":2000000000}", "{\"sleep\":1}"), expected + "\"sleep\"");
    EXPECT_EQ(error_with("{\"wait_ns\":2000000000}", "{\"wait_ns\":1,\"fault\":{}}"),
              expected + "2 keys");
}

TEST(json, a_wait_is_an_integer_in_range) {
    const std::string expected =
        "bad.json: $.steps[2].wait_ns: expected an integer from 0 to 2^63 - 1, found ";
    EXPECT_EQ(error_with("2000000000", "-1"), expected + "-1");
    EXPECT_EQ(error_with("2000000000", "\"2s\""), expected + "\"2s\"");
    EXPECT_EQ(error_with("2000000000", "9223372036854775808"), expected + "9223372036854775808");
    EXPECT_EQ(error_with("2000000000", "18446744073709551615"), expected + "18446744073709551615");
    EXPECT_EQ(error_with("2000000000", "1.5"),
              "bad.json: $.steps[2].wait_ns: expected a 64-bit integer, found \"1.5\"");
    EXPECT_EQ(
        error_with("2000000000", "18446744073709551616"),
        "bad.json: $.steps[2].wait_ns: expected a 64-bit integer, found \"18446744073709551616\"");
    EXPECT_EQ(parse_schedule_json(with("2000000000", "9223372036854775807")).value().steps.at(2),
              partita::step{wait_step{std::chrono::nanoseconds::max()}});
}

TEST(json, a_site_is_a_canonical_label) {
    const auto error_of_site = [](const std::string& site) {
        return error_with("n1 -> n2 commit #1", site);
    };
    EXPECT_EQ(
        error_of_site("n1 -> n2 commit"),
        "bad.json: $.deviations[0].site: expected a site that ends in an ordinal such as #1, found "
        "\"n1 -> n2 commit\"");
    EXPECT_EQ(error_of_site(""),
              "bad.json: $.deviations[0].site: expected a site that ends in an ordinal such as #1, "
              "found \"\"");
    EXPECT_EQ(error_of_site("n1 #0"),
              "bad.json: $.deviations[0].site: ordinals count from #1, found \"#0\"");
    EXPECT_EQ(
        error_of_site("n1  x #1"),
        "bad.json: $.deviations[0].site: expected a site with one blank between two words, found "
        "\"n1  x #1\"");
    EXPECT_EQ(
        error_of_site("n1 x #1 "),
        "bad.json: $.deviations[0].site: expected a site with one blank between two words, found "
        "\"n1 x #1 \"");
}

TEST(json, syntax_errors_name_line_and_column) {
    EXPECT_EQ(error_of(""),
              "bad.json:1:1: not JSON: syntax error while parsing value - unexpected end of "
              "input; expected '[', '{', or a literal");
    EXPECT_EQ(error_of("{\"a\":nul}"),
              "bad.json:1:9: not JSON: syntax error while parsing value - invalid literal");
    EXPECT_TRUE(error_of("{\n  \"a\": 1,\n  }").starts_with("bad.json:3:3: not JSON: "))
        << error_of("{\n  \"a\": 1,\n  }");
    EXPECT_TRUE(
        error_of(std::string(golden) + "x")
            .starts_with("bad.json:1:" + std::to_string(std::string(golden).size() + 1) + ": "));
    for (const auto* text :
         {"{\"a\":\"\xff\"}", "{\"a\":\"\n\"}", "{\"\\ud800\":1}", "nul", "{'a':1}", "[1,]"}) {
        EXPECT_TRUE(error_of(text).starts_with("bad.json:1:")) << error_of(text);
        EXPECT_EQ(error_of(text).find('\n'), std::string::npos);
        EXPECT_EQ(error_of(text).find('\xff'), std::string::npos);
    }
}

TEST(json, depth_and_size_bombs_are_refused_on_the_way) {
    EXPECT_EQ(error_of(std::string(1'000'000, '[')),
              "bad.json: $[0][0][0][0][0][0]: nested deeper than a schedule is");
    std::string nested;
    for (int depth = 0; depth < 100'000; ++depth) {
        nested += "{\"a\":";
    }
    EXPECT_EQ(error_of(nested), "bad.json: $.a.a.a.a.a.a: nested deeper than a schedule is");
    const partita::parse_bounds bounds{
        .bytes_max = 500, .steps_max = 3, .deviations_max = 1, .words_max = 3};
    const auto error_within = [&](std::string_view json) {
        const auto parsed = parse_schedule_json(json, "s", bounds);
        return parsed ? "no error" : parsed.error().message;
    };
    EXPECT_EQ(error_within(golden), "s: $: more than 3 keys");
    const partita::parse_bounds wider{
        .bytes_max = 500, .steps_max = 2, .deviations_max = 1, .words_max = 4};
    EXPECT_EQ(parse_schedule_json(golden, "s", wider).error().message,
              "s: $.steps: more than 2 elements");
    EXPECT_EQ(
        parse_schedule_json(with("[\"x\",", "[1,2,3,4,"), "s", {.words_max = 4}).error().message,
        "s: $.steps[0].command.arguments: more than 4 elements");
    EXPECT_EQ(error_within(std::string(501, ' ')), "s:1:1: more than 500 bytes");
}

}  // namespace
