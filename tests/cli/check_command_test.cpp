// `partita check`: what it reads, what it says of a history, and how it ends.

#include <algorithm>
#include <cstdint>

#include "program_runs.hpp"

namespace partita::test {
namespace {

std::string event(int process, const std::string& type, const std::string& function,
                  const std::string& entries) {
    return R"({"process":)" + std::to_string(process) + R"(,"type":")" + type + R"(","f":")" +
           function + "\"" + (entries.empty() ? "" : "," + entries) + "}\n";
}

/// An operation that is done before the next: its invocation and its response, two lines.
/// `entries`: such as `"value":1`; `gave`: the result, where it is not nothing.
std::string done(int process, const std::string& function, const std::string& entries,
                 const std::string& gave = "null") {
    return event(process, "invoke", function, entries) +
           event(process, "ok", function,
                 (entries.empty() ? "" : entries + ",") + R"("result":)" + gave);
}
std::string of_key(const std::string& key, const std::string& value = "null") {
    return R"("key":")" + key + R"(","value":)" + value;
}
std::string value(const std::string& of) { return R"("value":)" + of; }

/// A read of what was overwritten: the second line from its end says so.
const std::string stale_read = done(0, "write", value("1")) + done(0, "write", value("2")) + "\n" +
                               done(1, "read", "", "1") + done(1, "read", "", "2");

program_run check(const workplace& here, const std::string& options, const std::string& history) {
    std::vector<std::string> all{"check", here.write("h", history)};
    for (const std::string& word : words(options)) all.push_back(word);
    return here.call(all);
}

/// Bad input: the line of error, without the name of the program.
std::string refusal(const program_run& run) {
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(run.err.starts_with("partita: ") && run.err.ends_with("\n")) << run;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run;
    return run.err.substr(9, run.err.size() - 10);
}

TEST(check_command, a_history_that_cannot_be_is_told_with_its_lines) {
    const workplace here;
    const auto run = check(here, "--model register", stale_read);
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_EQ(run.err, "");
    EXPECT_TRUE(
        run.out.starts_with("verdict: violated\n"
                            "kind: no linearization\n"
                            "because: process 1 read = 1 (lines 6 and 7), but at that "
                            "point the register can only be 2."))
        << run;
    EXPECT_TRUE(
        run.out.ends_with("shortest illegal prefix: up to line 7\n"
                          "does not fit: lines 6 and 7: process 1 read : ok 1\n"
                          "beside:       lines 1 and 2: process 0 write 1 : ok\n"
                          "beside:       lines 3 and 4: process 0 write 2 : ok\n"))
        << run;
}

TEST(check_command, json_says_the_same) {
    const workplace here;
    const auto found = check(here, "--model register --json", stale_read).json();
    EXPECT_EQ(found["model"], "register");
    EXPECT_EQ(found["consistency"], "linearizable");
    EXPECT_EQ(found["verdict"], "violated");
    EXPECT_EQ(found["kind"], "no linearization");
    EXPECT_TRUE(contains(found["explanation"], "process 1 read = 1")) << found;
    EXPECT_EQ(found["evidence"][0],
              nlohmann::json::parse(
                  R"({"operation":"process 1 read : ok 1","line":6,"response_line":7})"));
    EXPECT_EQ(found["evidence"].size(), 3U);
    EXPECT_EQ(found["witness"], nlohmann::json::array());
    EXPECT_EQ(found["operations"], 4);
    EXPECT_EQ(found["prefix_line"], 7);
    EXPECT_GT(found["steps"], 0);
}

TEST(check_command, a_history_that_can_be_holds_and_json_has_an_order_that_shows_it) {
    const workplace here;
    const auto run = check(here, "--model register --consistency sequential", stale_read);
    EXPECT_EQ(run.code, 0) << run;
    EXPECT_TRUE(run.out.starts_with("verdict: holds\n4 operations, ")) << run;
    const auto json = check(here, "--model register --consistency sequential --json", stale_read);
    EXPECT_EQ(json.code, 0) << json;
    std::vector<int> lines;
    const auto found = json.json();
    for (const auto& each : found["witness"]) lines.push_back(each["line"]);
    EXPECT_EQ(lines, (std::vector{1, 6, 3, 8})) << json;
    EXPECT_EQ(found["prefix_line"], 0);
}

TEST(check_command, a_check_that_gives_up_is_inconclusive) {
    const workplace here;
    const auto run = check(here, "--model register --steps-max 1", stale_read);
    EXPECT_EQ(run.code, 4) << run;
    EXPECT_TRUE(run.out.starts_with("verdict: inconclusive\nkind: step bound\nbecause: ")) << run;
    const auto json = check(here, "--model register --steps-max 1 --json", stale_read);
    EXPECT_EQ(json.code, 4) << json;
    EXPECT_EQ(json.json()["kind"], "step bound");
    EXPECT_TRUE(contains(refusal(check(here, "--model register --steps-max 0", stale_read)),
                         "--steps-max 0: expected a number from 1 to "));
}

TEST(check_command, a_history_of_jepsen_is_known_by_its_looks) {
    const workplace here;
    const std::string history =
        "; by Jepsen\n"
        "{:type :invoke, :f :cas, :value [1 2], :process 0, :time 1, :index 0}\n"
        "{:type :info, :f :start, :value {:n1 1.5}, :process :nemesis, :time 2, :index 1}\n"
        "{:type :ok, :f :cas, :value [1 2], :process 0, :time 3, :index 2}\n";
    const auto run = check(here, "--model cas-register", history);
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "does not fit: lines 2 and 4: process 0 cas [1,2] : ok\n"))
        << run;
    EXPECT_EQ(check(here, "--model cas-register --format edn", history).out, run.out);
    EXPECT_EQ(refusal(check(here, "--model cas-register --format json", history)),
              "h:1: not JSON, from byte 1 of the line on");
    EXPECT_EQ(refusal(check(here, "--model register --format edn", stale_read)),
              "h:1: expected a process");
}

TEST(check_command, keyed_values_are_of_many_objects) {
    const workplace here;
    const std::string history =
        "{:process 0 :type :invoke :f :write :value [:x 1]}\n"
        "{:process 0 :type :ok :f :write :value [:x 1]}\n"
        "{:process 1 :type :invoke :f :read :value [:y nil]}\n"
        "{:process 1 :type :ok :f :read :value [:y nil]}\n";
    EXPECT_EQ(check(here, "--model register --keyed", history).code, 0);
    const auto run = check(here, "--model register --keyed",
                           history +
                               "{:process 1 :type :invoke :f :read :value [:x nil]}\n"
                               "{:process 1 :type :ok :f :read :value [:x nil]}\n");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, "does not fit: lines 5 and 6: process 1 read x : ok\n")) << run;
    EXPECT_EQ(refusal(check(here, "--model register --keyed", stale_read)),
              "h:1: value: expected [key, value], found 1");
}

TEST(check_command, the_list_names_every_model_and_level) {
    const workplace here;
    const auto list = here.call({"check", "--list"});
    EXPECT_EQ(list.code, 0) << list;
    EXPECT_TRUE(list.out.starts_with("register, linearizable\n    read -> ")) << list;
    const auto json = here.call({"check", "--list", "--json"}).json();
    for (const auto& each : json) {
        const std::string line = std::string(each["model"]) + ", " +
                                 std::string(each["consistency"]) + "\n    " +
                                 std::string(each["about"]) + "\n";
        EXPECT_TRUE(contains(list.out, line)) << line;
    }
    EXPECT_EQ(static_cast<std::size_t>(std::count(list.out.begin(), list.out.end(), '\n')),
              2 * json.size());
}

TEST(check_command, unknown_names_are_told_with_those_that_are_known) {
    const workplace here;
    const auto refused = [&](const std::string& options) {
        return refusal(check(here, options, stale_read));
    };
    EXPECT_TRUE(refused("").starts_with("--model: expected one of register, cas-register, kv, "));
    EXPECT_TRUE(refused("--model regster")
                    .starts_with("--model regster: unknown model, expected one of register, "));
    EXPECT_EQ(refused("--model queue --consistency causal"),
              "--consistency causal: not of model queue, expected one of linearizable, sequential");
    EXPECT_EQ(refused("--model queue --format xml"), "--format xml: expected json or edn");
    EXPECT_EQ(refusal(here.call({"check", "--model", "queue"})), "FILE: expected a history");
}

TEST(check_command, an_operation_that_is_not_of_the_model_is_told_with_its_line) {
    const workplace here;
    EXPECT_TRUE(refusal(check(here, "--model counter", stale_read))
                    .starts_with("h: line 1: unknown function write; expected "));
    EXPECT_TRUE(refusal(check(here, "--model register",
                              done(0, "write", value("1")) + done(0, "cas", value("[1,2]"))))
                    .starts_with("h: line 3: "));
    EXPECT_TRUE(refusal(check(here, "--model cas-register", "\n" + done(0, "cas", value("[1]"))))
                    .starts_with("h: line 2: "));
    EXPECT_TRUE(refusal(check(here, "--model list-append", "\n" + done(0, "txn", value("1"))))
                    .starts_with("h: line 2: "));
    EXPECT_TRUE(refusal(check(here, "--model counter", done(0, "add", value("\"1\""))))
                    .starts_with("h: line 1: "));
}

TEST(check_command, a_file_without_operations_is_no_history_that_holds) {
    const workplace here;
    const std::string message = "h: no operation: expected events whose process is a whole number";
    EXPECT_EQ(refusal(check(here, "--model register", "")), message);
    EXPECT_EQ(refusal(check(here, "--model register",
                            R"({"process":"client 1","type":"invoke","f":"read"})")),
              message);
}

TEST(check_command, what_is_no_history_is_refused) {
    const workplace here;
    EXPECT_EQ(refusal(here.call({"check", "--model", "register", "none"})),
              "none: cannot be read: No such file or directory");
    EXPECT_EQ(refusal(here.call({"check", "--model", "register", "."})),
              ".: a directory, expected a file");
    std::string rubbish;
    std::uint32_t state = 1;
    while (rubbish.size() < 100'000)
        rubbish += static_cast<char>((state = state * 69069 + 1) >> 24);
    for (const std::string form : {"", " --format edn", " --format json"}) {
        EXPECT_TRUE(refusal(check(here, "--model register" + form, rubbish)).starts_with("h:1: "));
    }
    const std::string cut = stale_read.substr(0, stale_read.size() - 10);
    EXPECT_TRUE(
        refusal(check(here, "--model register", cut)).starts_with("h:9: not JSON, from byte "));
    EXPECT_EQ(refusal(check(here, "--model register",
                            event(0, "invoke", "a\\u001b[2J", "") + event(0, "ok", "read", ""))),
              R"(h:2: a response to "read", but process 0 invoked "a\u001b[2J" on line 1)");
}

TEST(check_command, a_huge_line_takes_no_more_memory_than_the_file) {
    const workplace here;
    constexpr std::size_t file_bytes = 100'000'000;
    constexpr long kilobytes_max = 1'000'000;
    const auto refused = [&](const std::string& begin, const std::string& format) {
        here.write("h", begin);
        std::filesystem::resize_file(here / "h", file_bytes);
        return refusal(here.call({"check", "--model", "register", "--format", format, "h"}));
    };
    EXPECT_EQ(refused("{\"process\":0,\"value\":\"", "json"),
              "h:1: a line of 100000000 bytes, expected at most 1048576");
    EXPECT_EQ(refused("{:process 0 :value \"", "edn"), "h:1: a form of more than 1048576 bytes");
    EXPECT_EQ(refused("{:process 0 :value a", "edn"), "h:1: a form of more than 1048576 bytes");
    rusage used{};
    ASSERT_EQ(::getrusage(RUSAGE_CHILDREN, &used), 0);
    EXPECT_LT(used.ru_maxrss, kilobytes_max);
}

/// A model, a history that it allows, and one that it does not.
struct example {
    const char* options;
    std::string legal;
    std::string illegal;
};

std::string txn(int process, const std::string& asked, const std::string& got) {
    return event(process, "invoke", "txn", value(asked)) + event(process, "ok", "txn", value(got));
}

std::vector<example> examples() {
    const std::string write_1 = done(0, "write", value("1"));
    const std::string kv_begin =
        done(0, "append", of_key("x", "\"a\"")) + done(1, "append", of_key("x", "\"b\""));
    const std::string queue_begin = done(0, "enqueue", value("1")) + done(0, "enqueue", value("2"));
    const std::string locked = done(0, "acquire", "");
    const std::string append_1 = txn(0, R"([["append","x",1]])", R"([["append","x",1]])");
    const std::string two_writes = done(0, "write", value("1")) + done(0, "write", value("2"));
    const std::string caused = done(0, "put", of_key("x", "1")) + done(1, "get", of_key("x"), "1") +
                               done(1, "put", of_key("y", "2")) + done(2, "get", of_key("y"), "2");
    const std::string add_1 = done(0, "add", value("1"));
    return {
        {"register", write_1 + done(1, "read", "", "1"), write_1 + done(1, "read", "", "2")},
        {"cas-register",
         write_1 + done(1, "cas", value("[1,2]")) + done(2, "cas", value("[1,3]"), "false"),
         write_1 + done(1, "cas", value("[1,2]")) + done(2, "cas", value("[1,3]"), "true")},
        {"kv", kv_begin + done(2, "get", of_key("x"), "\"ab\"") + done(2, "get", of_key("y")),
         kv_begin + done(2, "get", of_key("x"), "\"ba\"")},
        {"queue", queue_begin + done(1, "dequeue", "", "1"),
         queue_begin + done(1, "dequeue", "", "2")},
        {"set", add_1 + done(1, "contains", value("1"), "true") + done(1, "read", "", "[1]"),
         add_1 + done(1, "read", "", "[]")},
        {"counter", add_1 + done(1, "add", value("-3")) + done(1, "read", "", "-2"),
         add_1 + done(1, "read", "", "2")},
        {"lock", locked + done(0, "release", "") + done(1, "acquire", ""),
         locked + done(1, "acquire", "")},
        {"list-append", append_1 + txn(1, R"([["r","x",null]])", R"([["r","x",[1]]])"),
         append_1 + txn(1, R"([["r","x",null]])", R"([["r","x",[]]])")},
        {"list-append --consistency serializable",
         append_1 + txn(1, R"([["r","x",null]])", R"([["r","x",[]]])"),
         append_1 +
             txn(1, R"([["r","x",null],["append","y",1]])", R"([["r","x",[]],["append","y",1]])") +
             txn(2, R"([["r","x",null],["r","y",null]])", R"([["r","x",[1]],["r","y",[]]])") +
             txn(3, R"([["r","x",null],["r","y",null]])", R"([["r","x",[]],["r","y",[1]]])")},
        {"set-full", add_1 + done(1, "read", "", "[]") + done(1, "read", "", "[1]"),
         add_1 + done(1, "read", "", "[1]") + done(1, "read", "", "[]")},
        {"set-full --consistency immediate", add_1 + done(1, "read", "", "[1]"),
         add_1 + done(1, "read", "", "[]") + done(1, "read", "", "[1]")},
        {"broadcast", done(0, "broadcast", value("1")) + done(1, "read", "", "[1]"),
         done(0, "broadcast", value("1")) + done(1, "read", "", "[1,2]")},
        {"unique-ids", done(0, "generate", "", "1") + done(1, "generate", "", "2"),
         done(0, "generate", "", "1") + done(1, "generate", "", "1")},
        {"g-counter", add_1 + done(1, "read", "", "0") + done(1, "read", "", "1"),
         add_1 + done(1, "read", "", "2")},
        {"pn-counter", add_1 + done(1, "add", value("-1")) + done(1, "read", "", "0"),
         add_1 + done(1, "add", value("-1")) + done(1, "read", "", "5")},
        {"register --consistency session",
         two_writes + done(1, "read", "", "1") + done(1, "read", "", "2"),
         two_writes + done(1, "read", "", "2") + done(1, "read", "", "1")},
        {"register --consistency read-your-writes", two_writes + done(1, "read", "", "1"),
         two_writes + done(0, "read", "")},
        {"register --consistency sequential", two_writes + done(1, "read", "", "1"),
         two_writes + done(1, "read", "", "2") + done(1, "read", "", "1")},
        {"kv --consistency causal", caused + done(2, "get", of_key("x"), "1"),
         caused + done(2, "get", of_key("x"))},
    };
}

TEST(check_command, every_model_allows_what_is_right_and_finds_what_is_wrong) {
    const workplace here;
    for (const example& each : examples()) {
        const std::string options = "--model " + std::string(each.options);
        const auto legal = check(here, options, each.legal);
        EXPECT_EQ(legal.code, 0) << options << "\n" << each.legal << legal;
        EXPECT_TRUE(legal.out.starts_with("verdict: holds\n")) << options << "\n" << legal;
        const auto illegal = check(here, options, each.illegal);
        EXPECT_EQ(illegal.code, 1) << options << "\n" << each.illegal << illegal;
        EXPECT_TRUE(illegal.out.starts_with("verdict: violated\nkind: ")) << options << illegal;
        EXPECT_TRUE(contains(illegal.out, "\ndoes not fit: line")) << options << illegal;
    }
}

}  // namespace
}  // namespace partita::test
