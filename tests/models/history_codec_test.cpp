// Histories from outside: what both forms mean, and what is refused where.

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <partita/models/history_codec.hpp>

namespace {

using namespace partita;

history_value text(std::string plain) { return {std::move(plain)}; }
history_value number(std::int64_t value) { return {value}; }
history_value list(history_values values) { return {std::move(values)}; }

result<client_history> read_json(std::string_view bytes, history_options options = {}) {
    options.form = history_form::json_lines;
    return parse_history(bytes, "h", options);
}

result<client_history> read_edn(std::string_view bytes, history_options options = {}) {
    options.form = history_form::edn;
    return parse_history(bytes, "h", options);
}

/// Of a text in the form that it looks like.
client_history read(std::string_view bytes, history_options options = {}) {
    options.form = form_of(bytes);
    const auto found = parse_history(bytes, "h", options);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message);
    return found.value_or(client_history());
}

std::string refusal(const result<client_history>& of) {
    return of ? "read " + std::to_string(of->size()) + " operations" : of.error().message;
}
std::string json_refusal(std::string_view bytes, const history_options& options = {}) {
    return refusal(read_json(bytes, options));
}
std::string edn_refusal(std::string_view bytes, const history_options& options = {}) {
    return refusal(read_edn(bytes, options));
}

/// The value of a read that an invocation gives it, which any value can be.
history_value argument(std::string_view bytes) {
    const client_history of = read(bytes);
    return of.empty() ? text("no operation") : of.front().argument;
}
history_value edn_argument(const std::string& value) {
    return argument("{:process 0 :type :invoke :f :f :value " + value + "}");
}
history_value json_argument(const std::string& value) {
    return argument(R"({"process":0,"type":"invoke","f":"f","value":)" + value + "}");
}

history_options keyed() {
    history_options options;
    options.keyed_values = true;
    return options;
}

/// Lines do not count.
client_history without_lines(client_history of) {
    for (client_operation& each : of) each.line = each.response_line = 0;
    return of;
}

constexpr const char* jepsen_edn =
    "{:type :invoke, :f :cas, :value [1 2], :process 0, :time 1, :index 0}\n"
    "{:type :info, :f :start, :value {:n1 #{:n2 :n3}}, :process :nemesis, :time 2, :index 1}\n"
    "{:type :invoke, :f :read, :value nil, :process 1, :time 3.5e0, :index 2}\n"
    "{:type :ok, :f :cas, :value [1 2], :process 0, :time 4, :index 3}\n"
    "{:type :ok, :f :read, :value 2, :process 1, :time 5, :index 4}\n"
    "{:type :invoke, :f :write, :value 3, :process 0, :time 6, :index 5}\n"
    "{:type :fail, :f :write, :value 3, :process 0, :time 7, :index 6, :error [:no 1.5]}\n"
    "{:type :invoke, :f :write, :value 4, :process 1, :time 8, :index 7}\n"
    "{:type :info, :f :write, :value 4, :process 1, :time 9, :index 8, :error \"timeout\"}\n"
    "{:type :invoke, :f :write, :value 5, :process 2, :time 10, :index 9}\n";

constexpr const char* jepsen_json =
    R"({"type":"invoke","f":"cas","value":[1,2],"process":0,"time":1}
{"type":"info","f":"start","value":{"n1":["n2","n3"]},"process":"nemesis","time":2,"index":1}
{"type":"invoke","f":"read","value":null,"process":1,"time":3.5e0,"index":2}
{"type":"ok","f":"cas","value":[1,2],"process":0,"time":4,"index":3}
{"type":"ok","f":"read","value":2,"process":1,"time":5,"index":4}
{"type":"invoke","f":"write","value":3,"process":0,"time":6,"index":5}
{"type":"fail","f":"write","value":3,"process":0,"time":7,"index":6,"error":["no",1.5]}
{"type":"invoke","f":"write","value":4,"process":1,"time":8,"index":7}
{"type":"info","f":"write","value":4,"process":1,"time":9,"index":8,"error":"timeout"}
{"type":"invoke","f":"write","value":5,"process":2,"time":10,"index":9}
)";

TEST(history_codec, both_forms_of_one_history_give_the_same_operations) {
    const client_history expected{
        {0, "cas", {}, list({number(1), number(2)}), {}, response_kind::ok, 1, 3, 1, 4},
        {1, "read", {}, {}, number(2), response_kind::ok, 2, 4, 3, 5},
        {0, "write", {}, number(3), {}, response_kind::fail, 5, 6, 6, 7},
        {1, "write", {}, number(4), {}, response_kind::unknown, 7, client_operation::never, 8, 9},
        {2, "write", {}, number(5), {}, response_kind::unknown, 9, client_operation::never, 10, 0},
    };
    EXPECT_EQ(form_of(jepsen_edn), history_form::edn);
    EXPECT_EQ(form_of(jepsen_json), history_form::json_lines);
    EXPECT_EQ(read(jepsen_edn), expected);
    EXPECT_EQ(read(jepsen_json), expected);
}

TEST(history_codec, a_vector_or_a_list_of_maps_is_a_history) {
    const client_history expected = read(jepsen_edn);
    EXPECT_EQ(read("[" + std::string(jepsen_edn) + "]"), expected);
    EXPECT_EQ(read("(" + std::string(jepsen_edn) + ") ; the end"), expected);
}

TEST(history_codec, a_result_beside_the_value_is_what_came_back) {
    const client_history json =
        read(R"({"process":0,"type":"invoke","f":"cas","value":[1,2]})"
             "\n"
             R"({"process":0,"type":"ok","f":"cas","value":[1,2],"result":false})");
    EXPECT_EQ(json.front().argument, list({number(1), number(2)}));
    EXPECT_EQ(json.front().result, history_value{false});
    EXPECT_EQ(read("{:process 0 :type :invoke :f :cas :value [1 2]}\n"
                   "{:process 0 :type :ok :f :cas :value [1 2] :result false}"),
              json);
}

TEST(history_codec, a_transaction_gives_back_its_value_though_it_repeats_the_argument) {
    const client_history of = read(
        "{:process 0 :type :invoke :f :txn :value [[:append :x 1]]}"
        "{:process 0 :type :ok :f :txn :value [[:append :x 1]]}");
    EXPECT_EQ(of.front().result, of.front().argument);
    EXPECT_EQ(of.front().result, list({list({text("append"), text("x"), number(1)})}));
}

TEST(history_codec, keyed_values_are_pairs) {
    const client_history of = read(
        "{:process 0 :type :invoke :f :cas :value [7 [1 2]]}\n"
        "{:process 1 :type :invoke :f :read :value #jepsen.independent.Tuple [:x nil]}\n"
        "{:process 0 :type :ok :f :cas :value [7 [1 2]]}\n"
        "{:process 1 :type :ok :f :read :value [:x 4]}\n"
        "{:process 0 :type :invoke :f :read}\n"
        "{:process 0 :type :ok :f :read :value [8 1]}\n",
        keyed());
    ASSERT_EQ(of.size(), 3U);
    EXPECT_EQ(of[0].key, number(7));
    EXPECT_EQ(of[0].argument, list({number(1), number(2)}));
    EXPECT_TRUE(of[0].result.nothing());
    EXPECT_EQ(of[1].key, text("x"));
    EXPECT_TRUE(of[1].argument.nothing());
    EXPECT_EQ(of[1].result, number(4));
    EXPECT_EQ(of[2].key, number(8)) << "known by the response only";
    EXPECT_EQ(
        read(R"({"process":1,"type":"invoke","f":"read","value":["x",null]})", keyed())[0].key,
        text("x"));
}

TEST(history_codec, a_key_may_stand_beside_the_value) {
    const auto expected = text("x");
    EXPECT_EQ(read("{:process 0 :type :invoke :f :read :key :x}").front().key, expected);
    EXPECT_EQ(read(R"({"process":0,"type":"invoke","f":"read","key":"x"})").front().key, expected);
}

TEST(history_codec, values_of_edn_are_those_of_json) {
    const history_value three = list({number(1), number(2), number(3)});
    EXPECT_EQ(edn_argument("nil"), history_value());
    EXPECT_EQ(edn_argument("true"), history_value{true});
    EXPECT_EQ(edn_argument("+5"), number(5));
    EXPECT_EQ(edn_argument("-5N"), number(-5));
    EXPECT_EQ(edn_argument(":a"), text("a"));
    EXPECT_EQ(edn_argument("a/b"), text("a/b"));
    EXPECT_EQ(edn_argument("\\("), text("\\("));
    EXPECT_EQ(edn_argument("#{3 1 2}"), three);
    EXPECT_EQ(edn_argument("(1, 2, 3,)"), three);
    EXPECT_EQ(edn_argument("[1 ; one\n 2 3]"), three);
    EXPECT_EQ(edn_argument("[#_0 1 2 #_{:a 1.5} #_ #_ 4 5 3 #_4]"), three);
    EXPECT_EQ(edn_argument("#inst \"2020\""), text("2020"));
    EXPECT_EQ(json_argument("[1,2,3]"), three);
    EXPECT_EQ(json_argument("[[],[null,false]]"), edn_argument("[[] [nil false]]"));
    EXPECT_EQ(json_argument("-9223372036854775808"), edn_argument("-9223372036854775808"));
    EXPECT_EQ(json_argument("9223372036854775807"), edn_argument("9223372036854775807"));
}

TEST(history_codec, texts_have_escapes) {
    const auto expected = text("\" \\ \n \t \r \b \f \xc3\xa9 \xe2\x82\xac / #_ ;");
    EXPECT_EQ(json_argument(R"("\" \\ \n \t \r \b \f \u00e9 \u20ac \/ #_ ;")"), expected);
    EXPECT_EQ(edn_argument(R"("\" \\ \n \t \r \b \f \u00e9 \u20AC / #_ ;")"), expected);
    EXPECT_EQ(edn_argument("\"a\nb\""), text("a\nb"));
    EXPECT_EQ(json_argument(R"("\u0000")"), text(std::string(1, '\0')));
    EXPECT_EQ(edn_argument(R"("\u0000")"), text(std::string(1, '\0')));
}

TEST(history_codec, nothing_in_a_file_is_an_empty_history) {
    for (const char* bytes : {"", "\n", "\r\n\r\n", "  \t\n", "\n\n\n"}) {
        EXPECT_EQ(read_json(bytes)->size(), 0U) << bytes;
        EXPECT_EQ(read_edn(bytes)->size(), 0U) << bytes;
    }
    for (const char* bytes : {"[]", "()", "; nothing", ",,,", "#_{:process 0}", "[ #_1 ]"}) {
        EXPECT_EQ(refusal(read_edn(bytes)), "read 0 operations") << bytes;
    }
}

TEST(history_codec, line_ends_and_empty_lines_change_only_the_numbers_of_lines) {
    for (const std::string given : {jepsen_json, jepsen_edn}) {
        std::string other;
        for (const char letter : given)
            other += letter == '\n' ? "\r\n \r\n" : std::string(1, letter);
        const client_history one = read(given);
        const client_history two = read(other);
        ASSERT_EQ(two.size(), one.size());
        EXPECT_EQ(without_lines(two), without_lines(one));
        EXPECT_EQ(two[1].line, 2 * one[1].line - 1);
        EXPECT_EQ(read(given.substr(0, given.size() - 1)), one) << "no end of the last line";
        EXPECT_EQ(read("\xef\xbb\xbf" + given), one) << "a byte order mark";
    }
}

TEST(history_codec, an_event_of_edn_may_take_many_lines_and_many_may_be_on_one) {
    const client_history of = read(
        "; a comment\n{:process 0,\n :type :invoke\n :f :read}{:process 1 :type :invoke :f :read}"
        "\n\n{:process 0 :type :ok :f :read}");
    ASSERT_EQ(of.size(), 2U);
    EXPECT_EQ(of[0].line, 2U);
    EXPECT_EQ(of[0].response_line, 6U);
    EXPECT_EQ(of[1].line, 4U);
}

TEST(history_codec, who_is_no_client_may_say_anything) {
    for (const char* value : {"1.5", R"({"a":[{"b":1e3}]})", R"([{"a":1},2])",
                              "18446744073709551615", "123456789012345678901234567890"}) {
        const std::string before = R"({"process":"nemesis","type":"info","f":"kill","value":)";
        EXPECT_EQ(json_refusal(before + value + "}"), "read 0 operations") << value;
        const std::string first = R"({"type":null,"f":["kill"],"value":)" + std::string(value);
        EXPECT_EQ(json_refusal(first + R"(,"process":"nemesis"})"), "read 0 operations") << value;
    }
    for (const char* value : {"1.5", "1/2", "##NaN", "{:a [1 {:b 1.5M}]}", "[{:a 1} 2]", "1e400"}) {
        const std::string written =
            "{:type [] :value " + std::string(value) + " :process :nemesis}";
        EXPECT_EQ(edn_refusal(written), "read 0 operations") << value;
    }
}

TEST(history_codec, the_first_letters_tell_the_form) {
    for (const char* bytes : {"{:type 1", " \n{ :a", "[{:a", "({,:a", "#jepsen.history.Op{:a",
                              "; c", "[#op {:a", "#_1"}) {
        EXPECT_EQ(form_of(bytes), history_form::edn) << bytes;
    }
    for (const char* bytes : {"", "{}", "{\"a\":1}", "[{\"a\"", "nonsense", "[", "{"}) {
        EXPECT_EQ(form_of(bytes), history_form::json_lines) << bytes;
    }
}

// ---- what is refused ----

/// A good first line in both forms.
const std::string json_begin = R"({"process":0,"type":"invoke","f":"read"})"
                               "\n";
const std::string edn_begin = "{:process 0 :type :invoke :f :read}\n";

/// Both forms of an event of process 1 with a value, on line 2.
std::string json_value(const std::string& value) {
    return json_refusal(json_begin + R"({"process":1,"type":"invoke","f":"write","value":)" +
                        value + "}");
}
std::string edn_value(const std::string& value) {
    return edn_refusal(edn_begin + "{:process 1 :type :invoke :f :write :value " + value + "}");
}

TEST(history_codec, an_event_says_who_what_and_how_it_ended) {
    const auto check = [](const std::string& json, const std::string& edn, const std::string& why) {
        EXPECT_EQ(json_refusal(json_begin + json), "h:2: " + why);
        EXPECT_EQ(edn_refusal(edn_begin + edn), "h:2: " + why);
    };
    check("{}", "{}", "expected a process");
    check(R"({"type":"ok","f":"read"})", "{:type :ok :f :read}", "expected a process");
    check(R"({"process":1,"f":"read"})", "{:process 1 :f :read}",
          "expected a type: invoke, ok, fail or info");
    check(R"({"process":1,"type":"invoke"})", "{:process 1 :type :invoke}",
          "expected a function f");
    check(R"({"process":1,"type":"Invoke","f":"read"})", "{:process 1 :type :Invoke :f :read}",
          R"(type: expected invoke, ok, fail or info, found "Invoke")");
    check(R"({"process":1,"type":"a\nb","f":"read"})", "{:process 1 :type \"a\nb\" :f :read}",
          R"(type: expected invoke, ok, fail or info, found "a\nb")");
    check(R"({"process":1,"type":5,"f":"read"})", "{:process 1 :type 5 :f :read}",
          "type: expected a text, found 5");
    check(R"({"process":1,"type":"invoke","f":["read"]})", "{:process 1 :type :invoke :f [:read]}",
          R"(f: expected a text, found ["read"])");
    check(R"({"process":null,"type":"invoke","f":"read"})", "{:process nil :type :invoke :f :read}",
          "process: expected a whole number or a name, found null");
    check(R"({"process":[1],"type":"invoke","f":"read"})", "{:process [1] :type :invoke :f :read}",
          "process: expected a whole number or a name, found [1]");
    check(R"({"process":1.5,"type":"invoke","f":"read"})", "{:process 1.5 :type :invoke :f :read}",
          "process: expected a whole number of 64 bits, found 1.5");
    check(R"({"process":1,"type":"ok","type":"ok","f":"read"})",
          "{:process 1 :type :ok :type :ok :f :read}", "type: twice");
    check(R"({"process":1,"value":1,"value":2})", "{:process 1 :value 1 :value 2}", "value: twice");
}

TEST(history_codec, events_of_one_process_take_turns) {
    const auto check = [](const std::string& json, const std::string& edn, const std::string& why) {
        EXPECT_EQ(json_refusal(json_begin + json), "h:2: " + why);
        EXPECT_EQ(edn_refusal(edn_begin + edn), "h:2: " + why);
    };
    check(R"({"process":1,"type":"ok","f":"read"})", "{:process 1 :type :ok :f :read}",
          "a response of process 1, which has no open invocation");
    check(R"({"process":0,"type":"invoke","f":"read"})", "{:process 0 :type :invoke :f :read}",
          "process 0 waits for the response to its invocation of line 1");
    check(R"({"process":0,"type":"ok","f":"write"})", "{:process 0 :type :ok :f :write}",
          R"(a response to "write", but process 0 invoked "read" on line 1)");
    EXPECT_EQ(json_refusal(json_begin + R"({"process":0,)" +
                           R"("type":"ok","f":"read"})"
                           "\n" +
                           R"({"process":0,"type":"info","f":"read"})"),
              "h:3: a response of process 0, which has no open invocation");
    EXPECT_EQ(edn_refusal("{:process 3 :type :invoke :f :read :value [:x nil]}\n\n"
                          "{:process 3 :type :ok :f :read :value [:y 1]}",
                          keyed()),
              R"(h:3: a response for key "y", but process 3 invoked it for key "x" on line 1)");
}

TEST(history_codec, a_value_is_whole_and_of_64_bits) {
    const std::string why = "h:2: value: expected a whole number of 64 bits, found ";
    for (const char* found : {"1.5", "1.0", "1e3", "-0.0", "9223372036854775808",
                              "-9223372036854775809", "123456789012345678901234567890"}) {
        EXPECT_EQ(json_value(found), why + found);
        EXPECT_EQ(json_value("[[0," + std::string(found) + "]]"), why + found);
        EXPECT_EQ(edn_value(found), why + found);
        EXPECT_EQ(edn_value("[#{0 " + std::string(found) + "}]"), why + found);
    }
    EXPECT_EQ(json_value("1e400"), "h:2: a number that is out of range");
    for (const char* found : {"1e400", "1/2", "1.5M", "##NaN", "##Inf", "##-Inf", "0x10"}) {
        EXPECT_EQ(edn_value(found), why + found);
    }
    for (const char* found : {"NaN", "Infinity", "-Infinity", "01", "+1", "0x10", "nil", "'a'"}) {
        EXPECT_TRUE(json_value(found).starts_with("h:2: not JSON, from byte ")) << found;
    }
    EXPECT_EQ(json_value(R"({"a":1})"), "h:2: value: expected a value, found an object");
    EXPECT_EQ(json_value(R"([1,{"a":{}}])"), "h:2: value: expected a value, found an object");
    EXPECT_EQ(edn_value("{:a 1}"), "h:2: value: expected a value, found a map");
    EXPECT_EQ(edn_value("[1\n {:a {}}]"), "h:3: value: expected a value, found a map");
}

TEST(history_codec, keyed_values_that_are_no_pairs_are_refused) {
    const std::string why = "h:1: value: expected [key, value], found ";
    EXPECT_EQ(edn_refusal("{:process 1 :type :invoke :f :read :value 5}", keyed()), why + "5");
    EXPECT_EQ(
        json_refusal(R"({"process":1,"type":"invoke","f":"read","value":["x",1,2]})", keyed()),
        why + R"(["x",1,2])");
}

TEST(history_codec, what_is_not_json_is_refused_with_its_line) {
    EXPECT_EQ(json_refusal(json_begin + "\n{\"process\":1,"),
              "h:3: not JSON, from byte 14 of the line on");
    EXPECT_EQ(json_refusal(json_begin + json_begin.substr(0, 40) + json_begin),
              "h:2: not JSON, from byte 41 of the line on");
    EXPECT_EQ(json_refusal("[" + json_begin + "]"), "h:1: expected an object, found a list");
    EXPECT_EQ(json_refusal("5"), "h:1: expected an object, found 5");
    EXPECT_EQ(json_refusal("1.5"), "h:1: expected an object, found a number");
    EXPECT_EQ(json_refusal("\"a\""), "h:1: expected an object, found \"a\"");
    using namespace std::string_literals;
    for (const std::string& value :
         {"\"\xff\""s, "\"\xc0\x80\""s, "\"\xed\xa0\x80\""s, "\"a"s, "\0"s, "\"\0\""s,
          "\"\\ud800\""s, "\"\\x\""s, "[1,"s, "[1}"s, ""s}) {
        EXPECT_TRUE(json_value(value).starts_with("h:2: not JSON, from byte "))
            << json_value(value);
    }
}

TEST(history_codec, what_is_not_edn_is_refused_with_its_line) {
    const auto refused = [](const std::string& bytes) { return edn_refusal(edn_begin + bytes); };
    using namespace std::string_literals;
    EXPECT_EQ(refused("5"), "h:2: expected a map such as {:process 0, :type :invoke, ...}");
    EXPECT_EQ(refused("\0"s), "h:2: expected a map such as {:process 0, :type :invoke, ...}");
    EXPECT_EQ(refused("{:process 1 :type :invoke\n\n"), "h:2: a form that nothing closes");
    EXPECT_EQ(refused("{:process 1 :value \n[1 2}"), "h:3: expected a value, found }");
    EXPECT_EQ(refused("{:process 1 :value\n}"), "h:3: expected a value, found }");
    EXPECT_EQ(refused("{:process 1 :a {:b}}"), "h:2: expected a value, found }");
    EXPECT_EQ(refused("{:process 1 :value\n\"a}\n\n"), "h:3: a text that no \" ends");
    EXPECT_EQ(refused("{:process 1} }"), "h:2: expected a type: invoke, ok, fail or info");
    EXPECT_EQ(refused(R"({"process":0,"type":"invoke","f":"read"})"), "h:2: expected a process");
    EXPECT_EQ(refused("}"), "h:2: expected a map such as {:process 0, :type :invoke, ...}");
    EXPECT_EQ(refused("\n#jepsen.history.Op"), "h:3: a tag with nothing behind it");
    EXPECT_EQ(refused("{#"), "h:2: a tag with nothing behind it");
    EXPECT_EQ(refused("#_"), "h:2: a form that nothing closes");
    EXPECT_EQ(edn_refusal("\n[" + edn_begin), "h:2: a list of events that nothing closes");
    EXPECT_EQ(edn_refusal("[]\n" + edn_begin),
              "h:2: something behind the end of the list of events");
    const std::string no_text = "h:2: a text that is not UTF-8";
    for (const char* bytes :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\\ud800"}) {
        EXPECT_EQ(edn_value("\"" + std::string(bytes) + "\""), no_text);
    }
    EXPECT_EQ(edn_value("\xff"), "h:2: bytes that are no word of UTF-8");
    EXPECT_EQ(edn_value("a\0b"s), "h:2: bytes that are no word of UTF-8");
    EXPECT_EQ(edn_value("a\x1b[2J"), "h:2: bytes that are no word of UTF-8");
    EXPECT_EQ(edn_value("\"\\u12x4\""), "h:2: \\u: expected four hexadecimal digits");
    EXPECT_EQ(edn_value("\"\\u12"), "h:2: \\u: expected four hexadecimal digits");
    EXPECT_EQ(edn_value("\"\\x\""),
              "h:2: \\ in a text: expected one of n, t, r, b, f, u, \" and \\ behind it");
}

TEST(history_codec, no_more_is_read_than_the_bounds_say) {
    history_options options;
    options.bounds = {200, 100, 3};
    const std::string begin = R"({"process":1,"type":"invoke","f":"f","value":)";
    EXPECT_EQ(json_refusal(begin + "[[[]]]}", options), "read 1 operations");
    EXPECT_EQ(json_refusal(begin + "[[[[]]]]}", options), "h:1: values in values, deeper than 3");
    EXPECT_EQ(json_refusal(R"({"process":1,"x":{"a":{"b":[{}]}}})", options),
              "h:1: values in values, deeper than 3");
    const std::string edn = "{:process 1 :type :invoke :f :f :value ";
    EXPECT_EQ(edn_refusal(edn + "[#{(0)}]}", options), "read 1 operations");
    for (const char* deep : {"[[[[0]]]]", "[#{[()]}]", "{:a {:a {:a {}}}}", "#_#_#_#_ 1 2 3 4 5"}) {
        EXPECT_EQ(edn_refusal("\n" + edn + deep + "}", options),
                  "h:2: values in values, deeper than 3");
    }
    EXPECT_EQ(json_refusal("\n{" + std::string(100, ' ') + "}", options),
              "h:2: a line of 102 bytes, expected at most 100");
    EXPECT_EQ(json_refusal(std::string(150, ' ') + "\n", options), "read 0 operations");
    const std::string too_large = "h:1: a form of more than 100 bytes";
    EXPECT_EQ(edn_refusal(edn + std::string(101, 'a') + "}", options), too_large);
    EXPECT_EQ(edn_refusal(edn + "\"" + std::string(110, 'a') + "\"}", options), too_large);
    EXPECT_EQ(edn_refusal(edn + "[1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
                                "1 1 1 1 1 1 1 1 1 1 1]}",
                          options),
              too_large);
    EXPECT_EQ(edn_refusal("#_[" + std::string(100, ',') + "1]", options), too_large);
    EXPECT_EQ(edn_refusal(";" + std::string(150, ' '), options), "read 0 operations");
    const std::string long_file(201, '\n');
    EXPECT_EQ(json_refusal(long_file, options), "h:1: more than 200 bytes");
    EXPECT_EQ(edn_refusal(long_file, options), "h:1: more than 200 bytes");
}

TEST(history_codec, nesting_cannot_exhaust_the_stack) {
    for (const char* each : {"[", "{", "#{", "(", "#_", "#a", "#a [", "{:a "}) {
        std::string bytes = "{:process 0 :x ";
        while (bytes.size() < 1'000'000) bytes += each;
        EXPECT_TRUE(edn_refusal(bytes).starts_with("h:1: ")) << each;
    }
    const std::string lists(1'000'000, '[');
    EXPECT_TRUE(json_refusal(R"({"x":)" + lists).starts_with("h:1: "));
}

TEST(history_codec, an_error_is_a_short_line) {
    const std::string huge(100'000, 'a');
    const std::string found = edn_refusal("{:process 0 :type :" + huge + " :f :f}");
    EXPECT_LT(found.size(), 500U);
    EXPECT_TRUE(found.ends_with("aaa...")) << found;
}

}  // namespace
