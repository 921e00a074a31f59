#include <gtest/gtest.h>

#include <string>

#include <partita/schedules/codec.hpp>
#include <partita/schedules/shrink.hpp>

namespace {

using namespace partita;

constexpr std::string_view story = R"(partita schedule 1
app kv
n1 write x 1 &
n2 write x "&"
await
n1 read "&" &
check linearizable
)";

schedule story_schedule() {
    schedule made;
    made.application.name = "kv";
    made.steps = {command{"n1", "write", {"x", "1"}, true}, command{"n2", "write", {"x", "&"}},
                  await_step{}, command{"n1", "read", {"&"}, true}, check_step{"linearizable"}};
    return made;
}

std::string error_of(const std::string& line) {
    const auto read = parse_schedule("app kv\n" + line, "s");
    return read ? "no error" : read.error().message;
}

TEST(background, a_mark_at_the_end_of_a_command_is_read_and_written) {
    EXPECT_EQ(parse_schedule(story).value(), story_schedule());
    EXPECT_EQ(to_text(story_schedule()), story);
}

TEST(background, json_has_a_key_for_it_only_where_it_holds) {
    const std::string json = to_json(story_schedule());
    EXPECT_NE(json.find(R"({"command":{"arguments":["x","1"],"background":true,)"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find(R"({"command":{"arguments":["x","&"],"name")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"({"await":true},)"), std::string::npos) << json;
    EXPECT_NE(json.find(R"({"check":"linearizable"})"), std::string::npos) << json;
    EXPECT_EQ(parse_schedule_json(json).value(), story_schedule());
}

TEST(background, errors_say_where_and_what_was_expected) {
    EXPECT_EQ(error_of("await n1"), "s:2:7: expected nothing after `await`");
    EXPECT_EQ(error_of("check"), "s:2:6: expected `check` and the name of one property");
    EXPECT_EQ(error_of("check a b"), "s:2:9: expected `check` and the name of one property");
    const std::string json =
        R"({"application":{"name":"a","parameters":{}},"deviations":[],)"
        R"("partita_schedule":1,"steps":[)";
    const auto json_error = [&](const std::string& step) {
        const auto read = parse_schedule_json(json + step + "]}", "s");
        return read ? "no error" : read.error().message;
    };
    EXPECT_EQ(json_error(R"({"await":1})"), "s: $.steps[0].await: expected true, found 1");
    EXPECT_EQ(json_error(R"({"command":{"arguments":[],"background":false,"name":"x","node":""}})"),
              "s: $.steps[0].command.background: expected true, found false");
    EXPECT_EQ(json_error(R"({"check":[]})"),
              "s: $.steps[0].check: expected a string, found an array");
}

TEST(background, a_shrink_brings_forward_what_need_not_be_there) {
    schedule failing = story_schedule();
    failing.steps.insert(failing.steps.begin(), command{"n1", "open", {}, true});
    // Fails when something is written in the background and read later.
    const auto trial = [](const schedule& given) {
        bool written = false;
        trial_summary summary;
        for (const step& each : given.steps) {
            const auto* const found = std::get_if<command>(&each);
            if (found == nullptr) continue;
            if (found->name == "write" && found->background) written = true;
            if (found->name != "read" || !written) continue;
            summary.verdict = verdict::violated;
            summary.violation = violation{"p", "k", ""};
        }
        return summary;
    };
    const auto shrunk = shrink(failing, trial);
    EXPECT_EQ(to_text(shrunk.smallest),
              "partita schedule 1\napp kv\nn1 write x 0 &\nn1 read \"&\"\n");
    EXPECT_TRUE(shrunk.minimal);
}

}  // namespace
