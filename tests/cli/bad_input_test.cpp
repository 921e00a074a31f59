// Bad input of every kind: exit 2, one line on standard error that says what was expected, nothing
// on standard output.

#include "program_runs.hpp"

#include <algorithm>

namespace partita::test {
namespace {

void expect_refused(const workplace& here, const std::vector<std::string>& call,
                    const std::vector<std::string>& said) {
    const auto run = here.call(call);
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_EQ(run.out, "") << run;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run;
    for (const std::string& part : said)
        EXPECT_TRUE(contains(run.err, part)) << part << "\n" << run;
}

void expect_refused(const std::string& line, const std::vector<std::string>& said) {
    expect_refused(workplace{}, words(line), said);
}

TEST(bad_input, names_what_applications_there_are) {
    for (const char* line : {"run raftt", "exhaust raftt", "explore raftt", "list raftt"}) {
        expect_refused(line, {"raftt"});
    }
    expect_refused("run raftt",
                   {"unknown application 'raftt'", "lampson-2pc, bernstein-ctp, skeen-3pc"});
}

TEST(bad_input, names_flag_value_and_range_of_a_number) {
    expect_refused("run lampson-2pc --nodes 0", {"--nodes 0", "a number from 2 to 16"});
    expect_refused("run lampson-2pc --nodes 17", {"--nodes 17", "2 to 16"});
    expect_refused("run lampson-2pc --nodes -1", {"--nodes -1", "2 to 16"});
    expect_refused("run lampson-2pc --nodes 4x", {"--nodes 4x", "2 to 16"});
    expect_refused("run lampson-2pc --nodes 99999999999999999999",
                   {"--nodes 99999999999999999999"});
    expect_refused("exhaust lampson-2pc --jobs 100000",
                   {"--jobs 100000", "a number from 1 to 256"});
    expect_refused("exhaust lampson-2pc --jobs 0", {"--jobs 0", "1 to 256"});
    expect_refused("exhaust lampson-2pc --omissions two", {"--omissions two", "a number"});
    expect_refused("exhaust lampson-2pc --omissions 0x2", {"--omissions 0x2", "a number"});
    expect_refused("exhaust lampson-2pc --omissions=-1", {"--omissions -1", "a number"});
    expect_refused("explore lampson-2pc --seed 18446744073709551616",
                   {"--seed 18446744073709551616"});
    expect_refused("explore lampson-2pc --trials 0", {"--trials 0", "a number from 1"});
    expect_refused("run lampson-2pc --watchdog 5", {"--watchdog 5", "a duration"});
    expect_refused("run lampson-2pc --watchdog 0s", {"--watchdog 0s", "a duration from 1ms"});
    expect_refused("run lampson-2pc --world-seed -1", {"--world-seed -1", "a number"});
}

TEST(bad_input, names_parameters_kinds_properties_and_spaces) {
    expect_refused("run lampson-2pc --set colour=red",
                   {"--set colour=red", "nodes, seed, latency"});
    expect_refused("run lampson-2pc --set colour", {"--set colour", "NAME=VALUE"});
    expect_refused("run skeen-3pc --variant newest", {"--variant newest", "master, february-2019"});
    expect_refused("run lampson-2pc --latency slow", {"--latency slow"});
    expect_refused("exhaust lampson-2pc --kinds omission,lost",
                   {"--kinds omission,lost", "'lost'", "omission, delay"});
    expect_refused("exhaust lampson-2pc --kinds ,", {"--kinds ,"});
    expect_refused("run lampson-2pc --property safe",
                   {"unknown property 'safe'", "reliable-broadcast"});
    expect_refused("exhaust lampson-2pc --space all", {"--space all", "static, dynamic, worklist"});
    expect_refused("exhaust lampson-2pc --reduce", {"--reduce", "--space static"});
    expect_refused("exhaust lampson-2pc --space static --kinds omission,crash", {"--space static"});
    expect_refused("completion tcsh", {"tcsh", "bash, zsh, fish"});
}

TEST(bad_input, a_wrong_command_line_points_to_the_help) {
    expect_refused("", {"expected a sub-command: list, run, explore", "partita --help"});
    expect_refused("frobnicate",
                   {"unknown sub-command 'frobnicate'", "list, run, explore", "partita --help"});
    expect_refused("run", {"TARGET", "partita run --help"});
    expect_refused("corpus", {"partita corpus --help"});
    expect_refused("exhaust lampson-2pc --frobnicate", {"--frobnicate", "partita exhaust --help"});
    expect_refused("exhaust lampson-2pc --jobs", {"--jobs", "partita exhaust --help"});
    expect_refused("exhaust lampson-2pc --jobs 1 --jobs 2", {"--jobs", "partita exhaust --help"});
    expect_refused("corpus export --out x", {"expected an ID or --all"});
}

struct bad_schedule {
    const char* what;
    std::string text;
    std::vector<std::string> said;
};

const std::vector<bad_schedule>& bad_schedules() {
    static const std::vector<bad_schedule> all{
        {"syntax", "app lampson-2pc\nn1 broadcast \"42\n", {"bad.schedule:2:"}},
        {"no application", "n1 broadcast 42\n", {"bad.schedule:1:"}},
        {"version", "partita schedule 99\napp lampson-2pc\n", {"bad.schedule:1:", "99"}},
        {"absurd duration", "app lampson-2pc\nwait 99999999999999999999h\n", {"bad.schedule:2:"}},
        {"absurd ordinal",
         "app lampson-2pc\nomit n1 -> n2 commit #99999999999999999999999\n",
         {"bad.schedule:2:"}},
        {"absurd count", "app lampson-2pc nodes=1000000000\n", {"bad.schedule:1:1:", "2 to 16"}},
        {"application",
         "app kvv nodes=3\nn1 read x\n",
         {"bad.schedule:1:1: unknown application 'kvv'"}},
        {"parameter", "app lampson-2pc colour=red\n", {"bad.schedule:1:1:", "'colour'"}},
        {"command",
         "app lampson-2pc\n\nn1 brodcast 42\n",
         {"bad.schedule:3:4:", "'brodcast'", "broadcast"}},
        {"arguments", "app lampson-2pc\nn1 broadcast\n", {"bad.schedule:2:1:", "broadcast VALUE"}},
        {"node",
         "app lampson-2pc nodes=4\n# five\nn5 broadcast 42\n",
         {"bad.schedule:3:1:", "'n5'", "n1 to n4"}},
        {"fault", "app lampson-2pc\nfault meteor n1\n", {"bad.schedule:2:1:", "meteor"}},
        {"node of a fault", "app lampson-2pc\nfault crash n9\n", {"bad.schedule:2:13:", "n9"}},
        {"action",
         "app lampson-2pc\nloose n1 -> n2 commit #1\n",
         {"bad.schedule:2:1:", "'loose'", "omit"}},
        {"node of a site",
         "app lampson-2pc nodes=4\nomit n1 -> n7 commit #1\n",
         {"bad.schedule:2:12:", "'n7'", "n1 to n4"}},
        {"message type",
         "app lampson-2pc\nomit n1 -> n2 comit #1\n",
         {"unknown message type 'comit'", "abort, abort_ack, commit"}},
    };
    return all;
}

TEST(bad_input, a_schedule_names_file_line_and_what_was_expected) {
    const workplace here;
    for (const bad_schedule& each : bad_schedules()) {
        SCOPED_TRACE(each.what);
        here.write("bad.schedule", each.text);
        expect_refused(here, {"run", "bad.schedule"}, each.said);
        expect_refused(here, {"replay", "bad.schedule"}, each.said);
        expect_refused(here, {"corpus", "add", "bad.schedule"}, each.said);
    }
    EXPECT_FALSE(std::filesystem::exists(here / "partita.db"));
}

TEST(bad_input, a_message_type_that_only_faults_bring_about_is_known) {
    const workplace here;
    here.write("rare.schedule", "app lampson-2pc\nomit n1 -> n2 abort #1\n");
    const auto run = here.call(words("run rare.schedule"));
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_TRUE(contains(run.out, "not met: omit n1 -> n2 abort #1")) << run;
}

TEST(bad_input, files_that_are_none) {
    const workplace here;
    std::filesystem::create_directory(here / "folder");
    expect_refused(here, {"run", "lampson-2pc", "--schedule", "absent"},
                   {"absent", "No such file"});
    expect_refused(here, {"run", "lampson-2pc", "--schedule", "folder"}, {"folder", "a directory"});
    expect_refused(here, {"replay", "absent.schedule"},
                   {"absent.schedule", "id of a counterexample"});
    expect_refused(here, {"regress", "--from", "absent"}, {"absent"});
    expect_refused(here, {"regress", "--from", "folder"}, {"folder", "*.schedule"});
    expect_refused(here, {"corpus", "import", "absent"}, {"absent"});
    here.write("plain.schedule", lost_commit);
    expect_refused(here, {"corpus", "import", "plain.schedule"}, {"plain.schedule:1:1", "# id:"});
}

TEST(bad_input, a_line_on_the_command_line) {
    const workplace here;
    expect_refused(here, {"run", "lampson-2pc", "--with", "omit n1 -> n2 commit"}, {"omit"});
    expect_refused(here, {"run", "lampson-2pc", "--with", "n1 broadcast \"4"}, {"--with"});
    expect_refused(here, {"run", "lampson-2pc", "--with", "omit n1 -> n9 commit #1"}, {"n9"});
}

TEST(bad_input, output_that_cannot_be_written) {
    const workplace here;
    const auto run = here.call({"list"}, 64);
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_TRUE(contains(run.err, "standard output: cannot be written")) << run;
}

}  // namespace
}  // namespace partita::test
