// What happened on real nodes, run again in simulation: `cluster --record`, `replay FILE`.

#include "program_runs.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

#include "recording.hpp"

namespace partita::test {
namespace {

using nlohmann::json;

constexpr const char* commit_lost =
    "app lampson-2pc nodes=4\n"
    "n1 broadcast 42\n"
    "omit n1 -> n3 commit #1\n";

/// Records a schedule; the recording as JSON.
json recorded(const workplace& here, const std::string& schedule, int code) {
    here.write("some.schedule", schedule);
    const auto run = here.call(words("cluster some.schedule --record rec.json"));
    EXPECT_EQ(run.code, code) << run;
    return json::parse(text_of(here / "rec.json"));
}

TEST(recording, of_a_trial_that_holds_replays_equal) {
    const workplace here;
    const json kept = recorded(here, "app skeen-3pc nodes=3\nn1 broadcast 42\n", 0);
    EXPECT_EQ(kept["partita_recording"], 1);
    EXPECT_EQ(kept["nodes"].size(), 3u);
    const auto run = here.call(words("replay rec.json"));
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_TRUE(contains(run.out, "equal: ")) << run;
    EXPECT_TRUE(contains(run.out, " events on 3 nodes\n")) << run;
    EXPECT_TRUE(contains(run.out, "verdict: holds\n")) << run;
}

TEST(recording, of_a_lost_commit_replays_equal_with_its_verdict) {
    const workplace here;
    const json kept = recorded(here, commit_lost, 1);
    EXPECT_EQ(kept["verdict"], "violated");
    const auto run = here.call(words("replay rec.json --json --trace"));
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_EQ(run.json()["equal"], true) << run;
    EXPECT_EQ(run.json()["verdict"], "violated");
    EXPECT_GT(run.json()["events"], 20);
    EXPECT_FALSE(run.json()["trace"].empty());
}

TEST(recording, of_a_crash_and_a_partition_replays_equal) {
    const workplace here;
    recorded(here,
             "app lampson-2pc nodes=3\n"
             "fault crash n3\n"
             "fault restart n3\n"
             "n1 broadcast 1\n"
             "fault partition { n1 n2 } { n3 }\n"
             "n1 broadcast 2\n",
             here.call({"run", "lampson-2pc", "--nodes", "3", "--with", "fault crash n3", "--with",
                        "fault restart n3", "--with", "n1 broadcast 1", "--with",
                        "fault partition { n1 n2 } { n3 }", "--with", "n1 broadcast 2"})
                 .code);
    const auto run = here.call(words("replay rec.json"));
    EXPECT_TRUE(contains(run.out, "equal: ")) << run;
}

TEST(recording, altered_in_one_byte_diverges_and_says_where) {
    const workplace here;
    json kept = recorded(here, commit_lost, 1);
    json* altered = nullptr;
    std::size_t number = 0;
    for (json& each : kept["nodes"][1]["events"]) {
        const bool counts = each["kind"] == "send" || each["kind"] == "deliver" ||
                            each["kind"] == "fire" || each["kind"] == "note";
        if (counts) ++number;
        if (each["kind"] != "deliver" || each["source"] == "n2") continue;
        altered = &each;
        break;
    }
    ASSERT_NE(altered, nullptr);
    std::string payload = (*altered)["payload"];
    payload[0] = payload[0] == '0' ? '1' : '0';
    (*altered)["payload"] = payload;
    here.write("rec.json", kept.dump());
    const auto run = here.call(words("replay rec.json"));
    EXPECT_EQ(run.code, 3) << run;
    EXPECT_TRUE(contains(run.out, "diverged from the recording\n")) << run;
    EXPECT_TRUE(contains(run.out, "n2, event " + std::to_string(number) + ":\n")) << run;
    EXPECT_TRUE(contains(run.out, "recorded: deliver n1 -> n2")) << run;
    EXPECT_TRUE(contains(run.out, "replayed: deliver n1 -> n2")) << run;
    EXPECT_TRUE(contains(run.out, "what may differ: ")) << run;
}

TEST(recording, of_another_verdict_diverges) {
    const workplace here;
    recorded(here, commit_lost, 1);
    std::string text = text_of(here / "rec.json");
    const std::string said = "\"verdict\":\"violated\"";
    text.replace(text.find(said), said.size(), "\"verdict\":\"holds\"");
    here.write("rec.json", text);
    const auto run = here.call(words("replay rec.json"));
    EXPECT_EQ(run.code, 3) << run;
    EXPECT_TRUE(contains(run.out, "verdict:\n    recorded: holds")) << run;
}

TEST(recording, that_is_rubbish_is_one_line) {
    const workplace here;
    recorded(here, "app lampson-2pc nodes=2\nn1 broadcast 42\n", 0);
    const std::string good = text_of(here / "rec.json");
    const auto with = [&](const std::string& part, const std::string& other) {
        std::string text = good;
        return text.replace(text.find(part), part.size(), other);
    };
    const std::vector<std::pair<std::string, std::string>> cases{
        {good.substr(0, good.size() / 2), "expected"},
        {"{\"partita_recording\":1", "expected ',' or '}'"},
        {"{\"partita_recording\":1}", "expected a member 'schedule'"},
        {with("\"partita_recording\":1", "\"partita_recording\":2"), "expected version 1"},
        {with("\"kind\":\"", "\"kind\":\"un"), "expected the kind of an event"},
        {with("\"at_ns\":", "\"at_ns\":-"), "expected a number of 0 or more"},
        {with("\"at_ns\":", "\"at_ns\":1.5"), "expected"},
        {with("\"payload\":\"", "\"payload\":\"xy"), "hexadecimal digits"},
        {with("\"node\":\"n2\"", "\"node\":\"n7\""), "$.nodes[1]: expected n2"},
        {with("\"name\":\"lampson-2pc\"", "\"name\":\"kvv\""), "unknown application 'kvv'"},
        {good + "x", "expected the end of the file"},
    };
    for (const auto& [text, said] : cases) {
        here.write("bad.json", text);
        const auto run = here.call(words("replay bad.json"));
        EXPECT_EQ(run.code, 2) << said << run;
        EXPECT_EQ(run.out, "") << run;
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run;
        EXPECT_TRUE(contains(run.err, said)) << said << "\n" << run;
    }
}

TEST(recording, survives_its_file_form) {
    cli::recording made;
    made.schedule.application = {"some", {{"nodes", "1"}}};
    made.verdict = verdict::violated;
    made.violation = violation{"p", "k", "a \"quoted\"\nline \t and \x01"};
    made.step_times = {time_point(duration{5})};
    made.responses = {{"n1 go", "ok"}};
    cli::recorded_event event;
    event.at = time_point(duration{7});
    event.kind = event_kind::deliver;
    event.source = "n1";
    event.destination = "n2";
    event.type = "ping";
    event.ordinal = 3;
    event.payload = {std::byte{0}, std::byte{0xff}, std::byte{0x1a}};
    event.text = "why";
    made.nodes = {{"n1", {event}}};
    const std::string text = cli::to_json(made);
    EXPECT_TRUE(cli::is_recording(text));
    EXPECT_FALSE(cli::is_recording(to_json(made.schedule)));
    const cli::recording read = cli::parse_recording(text, "rec.json");
    EXPECT_EQ(cli::to_json(read), text);
    EXPECT_EQ(read.schedule, made.schedule);
    EXPECT_EQ(read.violation->explanation, made.violation->explanation);
    EXPECT_EQ(read.nodes[0].events[0].payload, event.payload);
}

}  // namespace
}  // namespace partita::test
