#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include <partita/runtime/discovery.hpp>

namespace {

using namespace std::chrono_literals;
using partita::discovery_options;
using partita::dns_discovery;
using partita::dns_record;
using partita::parse_discovery;
using partita::static_discovery;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(discovery_text, names_the_source) {
    EXPECT_EQ(
        parse_discovery("list:n1:9000,10.0.0.2:9001,[::1]:9002")->source,
        (partita::discovery_source{static_discovery{{"n1:9000", "10.0.0.2:9001", "[::1]:9002"}}}));
    EXPECT_EQ(parse_discovery("dns:a:kv:9000")->source,
              (partita::discovery_source{dns_discovery{.name = "kv", .port = 9000}}));
    EXPECT_EQ(
        parse_discovery("dns:aaaa:kv.test.:1@[::1]:5353")->source,
        (partita::discovery_source{dns_discovery{
            .name = "kv.test.", .record = dns_record::aaaa, .port = 1, .server = "[::1]:5353"}}));
    EXPECT_EQ(parse_discovery("dns:srv:_p._tcp.kv@127.0.0.1")->source,
              (partita::discovery_source{dns_discovery{
                  .name = "_p._tcp.kv", .record = dns_record::srv, .server = "127.0.0.1"}}));
}

TEST(discovery_text, times_follow_slashes_and_the_others_keep_their_defaults) {
    const auto options = parse_discovery("dns:a:kv:9000/interval=1500ms/delay=2s");
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->initial_delay, 2s);
    EXPECT_EQ(options->polling_interval, 1500ms);
    EXPECT_EQ(options->lookup_timeout, 5s);
    EXPECT_EQ(parse_discovery("list:n1:1")->initial_delay, 0s);
    EXPECT_EQ(parse_discovery("list:n1:1")->polling_interval, 60s);
}

TEST(discovery_text, what_is_wrong_is_told_with_what_was_expected) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "expected list:HOST:PORT,HOST:PORT or dns:a:NAME:PORT"},
        {"consul:kv", "expected list:HOST:PORT"},
        {"list:", R"(expected HOST:PORT, found "")"},
        {"list:n1:1,", R"(expected HOST:PORT, found "")"},
        {"list:n1", "with a port from 1 to 65535"},
        {"list:n1:0", "with a port from 1 to 65535"},
        {"list:n1:65536", "with a port from 1 to 65535"},
        {"list:n1:9000@10.0.0.1:53", "expected HOST:PORT"},
        {"list:::1:9000", "an IPv6 address in brackets"},
        {"list:[::1:9000", "expected HOST:PORT"},
        {"list:[]:9000", "expected HOST:PORT"},
        {"list:a b:9000", "expected HOST:PORT"},
        {"dns:mx:kv", R"(expected the record a, aaaa or srv, found "mx")"},
        {"dns:a:kv", "expected a port from 1 to 65535 after the name"},
        {"dns:a::9000", "expected a DNS name"},
        {"dns:a:a..b:9000", "expected a DNS name"},
        {"dns:a:" + std::string(64, 'a') + ":9000", "expected a DNS name"},
        {"dns:srv:kv:9000", "without a port"},
        {"dns:a:kv:9000@", "expected a name server's address after @"},
        {"dns:a:kv:9000@ns.test:53", "expected a name server's address (127.0.0.1:53)"},
        {"dns:a:kv:9000@127.0.0.1:", "expected a name server's address (127.0.0.1:53)"},
        {"dns:a:kv:9000/", "expected delay=, interval= or timeout="},
        {"dns:a:kv:9000/every=1s", "expected delay=, interval= or timeout="},
        {"dns:a:kv:9000/delay=1", "expected a duration such as 1500ms"},
        {"dns:a:kv:9000/delay=-1s", "expected a duration such as 1500ms"},
        {"dns:a:kv:9000/delay=9000000000000000h", "expected a duration such as 1500ms"},
        {"dns:a:kv:9000/timeout=0s", "expected a duration above 0"},
    };
    for (const auto& [text, expected] : cases) {
        const auto options = parse_discovery(text);
        ASSERT_FALSE(options) << text;
        EXPECT_TRUE(contains(options.error(), expected)) << options.error();
        EXPECT_FALSE(contains(options.error(), "\n")) << options.error();
    }
    EXPECT_EQ(parse_discovery("list:\n\x1b[2J").error(),
              R"(discovery "list:??[2J": expected HOST:PORT, found "??[2J")");
}

std::string one_of(std::vector<std::string> words) { return *rc::gen::elementOf(words); }

discovery_options any_options() {
    discovery_options options;
    const auto port = *rc::gen::inRange<std::uint16_t>(1, 65535);
    if (*rc::gen::arbitrary<bool>()) {
        static_discovery list;
        const int count = *rc::gen::inRange(1, 4);
        for (int index = 0; index < count; ++index) {
            list.addresses.push_back(one_of({"n1", "a.b.", "10.0.0.1", "[::1]", "[fd00::2:3]"}) +
                                     ":" + std::to_string(port));
        }
        options.source = list;
    } else {
        const auto record = *rc::gen::element(dns_record::a, dns_record::aaaa, dns_record::srv);
        options.source = dns_discovery{
            .name = one_of({"kv", "kv.test.", "_p._tcp.kv"}),
            .record = record,
            .port = record == dns_record::srv ? std::uint16_t{0} : port,
            .server = one_of({"", "127.0.0.1", "10.0.0.1:5353", "[::1]", "[fd00::1]:53"})};
    }
    for (auto* const time :
         {&options.initial_delay, &options.polling_interval, &options.lookup_timeout}) {
        if (*rc::gen::arbitrary<bool>()) {
            *time = *rc::gen::element<partita::duration>(1ns, 1us, 1500ms, 61s, 60min, 100h,
                                                         partita::duration::max());
        }
    }
    return options;
}

RC_GTEST_PROP(discovery_text, options_survive_their_text, ()) {
    const auto options = any_options();
    const auto again = parse_discovery(to_text(options));
    RC_ASSERT(again.has_value());
    RC_ASSERT((*again == options));
}

RC_GTEST_PROP(discovery_text, no_text_breaks_the_parser, ()) {
    auto text = to_text(any_options());
    const int edits = *rc::gen::inRange(1, 6);
    for (int edit = 0; edit < edits; ++edit) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
        const auto gone = *rc::gen::inRange<std::size_t>(0, 3);
        text.replace(at, gone, one_of({"", ":", "@", "/", ",", "[", "]", "=", "9", ".", "\xff"}));
    }
    const auto options = parse_discovery(text);
    if (options) RC_ASSERT((parse_discovery(to_text(*options)) == options));
}

}  // namespace
