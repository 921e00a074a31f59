#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include <partita/runtime/discovery.hpp>

#include "dns_server.hpp"
#include "net/discovery_message.hpp"

namespace {

using namespace std::chrono_literals;
using partita::discover;
using partita::discovery_agent;
using partita::discovery_options;
using partita::dns_discovery;
using partita::dns_record;
using partita::static_discovery;
using partita::test::address_entry;
using partita::test::alias_entry;
using partita::test::dns_bytes;
using partita::test::dns_code;
using partita::test::dns_reply;
using partita::test::dns_server;
using partita::test::dns_type;
using partita::test::service_entry;

using addresses = std::vector<std::string>;

constexpr auto service = "_partita._tcp.kv.test";

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A long timeout, which only a test of silence may reach.
discovery_options a_records_at(const dns_server& server) {
    return {.source = dns_discovery{.name = "kv.test", .port = 9000, .server = server.address()},
            .lookup_timeout = 60s};
}

discovery_options services_at(const dns_server& server) {
    return {
        .source =
            dns_discovery{.name = service, .record = dns_record::srv, .server = server.address()},
        .lookup_timeout = 60s};
}

dns_reply a_reply(const addresses& hosts) {
    dns_reply reply;
    for (const auto& host : hosts) reply.answers.push_back(address_entry("kv.test", host));
    return reply;
}

std::string error_of(const discovery_options& options) {
    const auto found = discover(options);
    return found ? "found " + std::to_string(found->size()) : found.error();
}

TEST(discover, a_static_list_is_sorted_and_each_address_is_there_once) {
    const discovery_options options{.source =
                                        static_discovery{{"n2:1", "[::1]:1", "n1:1", "n2:1"}}};
    EXPECT_EQ(discover(options), (addresses{"[::1]:1", "n1:1", "n2:1"}));
}

TEST(discover, invalid_options_are_an_error_like_any_other) {
    EXPECT_EQ(error_of({}), "discovery list:: the list of addresses is empty");
    EXPECT_EQ(error_of({.source = dns_discovery{.name = "kv"}}),
              "discovery dns:a:kv:0: no port for the addresses of kv");
    EXPECT_TRUE(contains(
        error_of({.source = dns_discovery{.name = "kv", .record = dns_record::srv, .port = 1}}),
        "a port (1) beside srv"));
    EXPECT_TRUE(contains(
        error_of({.source = dns_discovery{.name = "kv", .port = 1, .server = "localhost"}}),
        "expected a name server's address"));
}

TEST(discover, a_records_give_addresses_with_the_port_of_the_options) {
    dns_server server;
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.3", "10.0.0.1", "10.0.0.3"}));
    EXPECT_EQ(discover(a_records_at(server)), (addresses{"10.0.0.1:9000", "10.0.0.3:9000"}));
    EXPECT_EQ(server.asked("kv.test", dns_type::aaaa), 0);
}

TEST(discover, aaaa_records_give_addresses_in_brackets) {
    dns_server server;
    server.reply("kv.test", dns_type::aaaa, a_reply({"::1", "fd00::2"}));
    auto options = a_records_at(server);
    std::get<dns_discovery>(options.source).record = dns_record::aaaa;
    EXPECT_EQ(discover(options), (addresses{"[::1]:9000", "[fd00::2]:9000"}));
    EXPECT_EQ(server.asked("kv.test", dns_type::a), 0);
}

TEST(discover, a_dot_at_the_end_of_the_name_changes_nothing) {
    dns_server server;
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.1"}));
    auto options = a_records_at(server);
    std::get<dns_discovery>(options.source).name = "kv.test.";
    EXPECT_EQ(discover(options), (addresses{"10.0.0.1:9000"}));
}

TEST(discover, aliases_are_followed_and_strangers_in_the_answer_are_not_believed) {
    dns_server server;
    dns_reply reply;
    reply.answers = {address_entry("stranger.test", "10.6.6.6"),
                     address_entry("c.test", "10.0.0.1"), alias_entry("b.test", "C.test"),
                     alias_entry("KV.test", "b.test")};
    server.reply("kv.test", dns_type::a, reply);
    EXPECT_EQ(discover(a_records_at(server)), (addresses{"10.0.0.1:9000"}));
}

TEST(discover, a_circle_of_aliases_is_a_name_without_addresses) {
    dns_server server;
    dns_reply reply;
    reply.answers = {alias_entry("kv.test", "b.test"), alias_entry("b.test", "kv.test")};
    server.reply("kv.test", dns_type::a, reply);
    EXPECT_EQ(error_of(a_records_at(server)),
              "no A records of kv.test from " + server.address() + ": the name has none");
}

TEST(discover, services_with_additional_records_need_no_further_question) {
    dns_server server;
    dns_reply reply;
    reply.answers = {service_entry(service, "n1.kv.test", 9001),
                     service_entry(service, "n2.kv.test", 9002)};
    reply.additional = {
        address_entry("n1.kv.test", "10.0.0.1"), address_entry("N2.kv.test", "10.0.0.2"),
        address_entry("n2.kv.test", "fd00::2"), address_entry("stranger.test", "10.6.6.6")};
    server.reply(service, dns_type::srv, reply);
    EXPECT_EQ(discover(services_at(server)),
              (addresses{"10.0.0.1:9001", "10.0.0.2:9002", "[fd00::2]:9002"}));
    EXPECT_EQ(server.asked("n1.kv.test", dns_type::a), 0);
}

TEST(discover, services_without_additional_records_have_their_targets_resolved) {
    dns_server server;
    dns_reply reply;
    reply.answers = {service_entry(service, "n1.kv.test", 9001),
                     service_entry(service, "n1.kv.test", 9002),
                     service_entry(service, "n2.kv.test", 9003)};
    reply.additional = {address_entry("n2.kv.test", "10.0.0.2")};
    server.reply(service, dns_type::srv, reply);
    dns_reply target;
    target.answers = {address_entry("n1.kv.test", "10.0.0.1")};
    server.reply("n1.kv.test", dns_type::a, target);
    target.answers = {address_entry("n1.kv.test", "fd00::1")};
    server.reply("n1.kv.test", dns_type::aaaa, target);
    EXPECT_EQ(discover(services_at(server)),
              (addresses{"10.0.0.1:9001", "10.0.0.1:9002", "10.0.0.2:9003", "[fd00::1]:9001",
                         "[fd00::1]:9002"}));
    EXPECT_EQ(server.asked("n1.kv.test", dns_type::a), 1);
    EXPECT_EQ(server.asked("n2.kv.test", dns_type::a), 0);
}

TEST(discover, a_target_that_is_gone_is_left_out) {
    dns_server server;
    dns_reply reply;
    reply.answers = {service_entry(service, "gone.kv.test", 9001),
                     service_entry(service, "n2.kv.test", 9002)};
    reply.additional = {address_entry("n2.kv.test", "10.0.0.2")};
    server.reply(service, dns_type::srv, reply);
    EXPECT_EQ(discover(services_at(server)), (addresses{"10.0.0.2:9002"}));
    reply.answers.pop_back();
    server.reply(service, dns_type::srv, reply);
    EXPECT_TRUE(contains(error_of(services_at(server)), "none of their targets has an address"));
}

TEST(discover, a_target_that_nobody_could_tell_of_fails_the_look_up) {
    dns_server server;
    dns_reply reply;
    reply.answers = {service_entry(service, "n1.kv.test", 9001),
                     service_entry(service, "n2.kv.test", 9002)};
    reply.additional = {address_entry("n2.kv.test", "10.0.0.2")};
    server.reply(service, dns_type::srv, reply);
    server.reply("n1.kv.test", dns_type::a, {.code = dns_code::servfail});
    EXPECT_EQ(error_of(services_at(server)),
              "no SRV records of " + std::string(service) + " from " + server.address() +
                  ": address of n1.kv.test: the server failed (SERVFAIL)");
}

TEST(discover, a_service_that_is_not_offered_has_no_records) {
    dns_server server;
    dns_reply reply;
    reply.answers = {service_entry(service, "", 9000), service_entry(service, "n1.kv.test", 0)};
    server.reply(service, dns_type::srv, reply);
    EXPECT_TRUE(contains(error_of(services_at(server)), "the name has none"));
    EXPECT_EQ(server.asked("n1.kv.test", dns_type::a), 0);
}

TEST(discover, a_truncated_answer_is_asked_for_again_over_tcp) {
    dns_server server;
    addresses expected;
    dns_reply reply = a_reply({});
    for (int number = 100; number < 200; ++number) {
        const std::string host = "10.0.0." + std::to_string(number);
        reply.answers.push_back(address_entry("kv.test", host));
        expected.push_back(host + ":9000");
    }
    reply.tcp_only = true;
    server.reply("kv.test", dns_type::a, reply);
    EXPECT_EQ(discover(a_records_at(server)), expected);
    EXPECT_EQ(server.asked_over_tcp(), 1);
}

TEST(discover, the_error_names_question_and_server_and_tells_what_was_wrong) {
    dns_server server;
    const auto options = a_records_at(server);
    const std::string begin = "no A records of kv.test from " + server.address() + ": ";
    EXPECT_EQ(error_of(options), begin + "no such name (NXDOMAIN)");
    const std::vector<std::pair<dns_reply, std::string>> cases{
        {{.code = dns_code::ok}, "the name has none"},
        {a_reply({"fd00::1"}), "the name has none"},
        {{.code = dns_code::refused}, "the server refused the question (REFUSED)"},
        {{.code = dns_code::servfail}, "the server failed (SERVFAIL)"},
        {{.code = dns_code::formerr}, "the server did not understand the question (FORMERR)"},
    };
    for (const auto& [reply, expected] : cases) {
        server.reply("kv.test", dns_type::a, reply);
        EXPECT_EQ(error_of(options), begin + expected);
    }
}

TEST(discover, silence_ends_with_the_timeout) {
    dns_server server;
    server.reply("kv.test", dns_type::a, {.silent = true});
    auto options = a_records_at(server);
    options.lookup_timeout = 50ms;
    EXPECT_EQ(error_of(options),
              "no A records of kv.test from " + server.address() + ": no answer within 50ms");
    EXPECT_GE(server.asked("kv.test", dns_type::a), 1);
}

TEST(discover, silence_about_a_target_ends_with_the_timeout) {
    dns_server server;
    dns_reply reply;
    reply.answers = {service_entry(service, "n1.kv.test", 9001)};
    server.reply(service, dns_type::srv, reply);
    server.reply("n1.kv.test", dns_type::a, {.silent = true});
    auto options = services_at(server);
    options.lookup_timeout = 500ms;
    EXPECT_TRUE(contains(error_of(options), "address of n1.kv.test: no answer within 500ms"));
}

TEST(discover, a_server_that_is_not_there_is_an_error) {
    discovery_options options;
    {
        const dns_server server;
        options = a_records_at(server);
    }
    EXPECT_TRUE(contains(error_of(options), "no connection to the server"));
}

TEST(discover, a_malformed_answer_is_an_error) {
    dns_server server;
    const std::vector<std::function<dns_bytes(dns_bytes)>> spoils{
        [](dns_bytes answer) {  // cut short
            answer.pop_back();
            return answer;
        },
        [](dns_bytes answer) {  // an address of three bytes
            answer[answer.size() - 5] = 3;
            return answer;
        },
        [](dns_bytes answer) {  // more records than there are
            answer[7] = 9;
            return answer;
        },
    };
    for (const auto& spoil : spoils) {
        auto reply = a_reply({"10.0.0.1"});
        reply.spoil = spoil;
        server.reply("kv.test", dns_type::a, reply);
        EXPECT_TRUE(contains(error_of(a_records_at(server)), ": malformed answer"));
    }
}

dns_reply rich_reply() {
    dns_reply reply;
    reply.answers = {alias_entry(service, "s.test"), service_entry("s.test", "n1.kv.test", 9001),
                     service_entry("s.test", "n2.kv.test", 9002)};
    reply.additional = {address_entry("n1.kv.test", "10.0.0.1"),
                        address_entry("n2.kv.test", "fd00::2")};
    return reply;
}

/// Behind the number of the question, which the resolver needs to find it again.
dns_bytes damaged(dns_bytes answer, std::mt19937& random) {
    const auto below = [&](std::size_t bound) { return random() % bound; };
    if (below(8) == 0) answer.resize(2 + below(answer.size() - 2));
    if (below(8) == 0) answer.resize(answer.size() + below(600), 0xc0);
    const std::size_t first = below(4) == 0 ? 2 : 12;
    for (std::size_t edits = below(12) + 1; edits > 0 && answer.size() > first; --edits) {
        answer[first + below(answer.size() - first)] = static_cast<unsigned char>(random());
    }
    return answer;
}

TEST(discover, two_hundred_damaged_answers_neither_crash_nor_hang_it) {
    dns_server server;
    std::mt19937 random(7);  // NOLINT: the same damage every time
    auto reply = rich_reply();
    reply.spoil = [&random](dns_bytes answer) { return damaged(std::move(answer), random); };
    server.reply(service, dns_type::srv, reply);
    auto options = services_at(server);
    options.lookup_timeout = 10ms;
    int answered = 0;
    for (int packet = 0; packet < 200; ++packet) {
        const auto found = discover(options);
        if (found || !contains(found.error(), "no answer")) ++answered;
        EXPECT_FALSE(found && found->empty());
    }
    EXPECT_GT(answered, 0);
    EXPECT_GE(server.asked(service, dns_type::srv), 200);
}

TEST(discover, random_packets_that_answer_nothing_are_ignored) {
    dns_server server;
    std::mt19937 random(7);
    dns_reply reply;
    reply.spoil = [&random](const dns_bytes&) {
        dns_bytes noise(random() % 64);
        for (auto& byte : noise) byte = static_cast<unsigned char>(random());
        return noise;
    };
    server.reply("kv.test", dns_type::a, reply);
    auto options = a_records_at(server);
    options.lookup_timeout = 10ms;
    for (int packet = 0; packet < 50; ++packet) EXPECT_FALSE(discover(options));
}

/// What the server would send, without the sockets.
dns_bytes message_of(const dns_reply& reply) {
    dns_bytes answer{0, 1, 0x85, 0x80};
    partita::test::append_number(answer, 1);
    partita::test::append_number(answer, reply.answers.size());
    partita::test::append_number(answer, 0);
    partita::test::append_number(answer, reply.additional.size());
    partita::test::append_name(answer, service);
    for (const std::size_t number : {33, 1}) partita::test::append_number(answer, number);
    for (const auto* const section : {&reply.answers, &reply.additional}) {
        for (const auto& entry : *section) partita::test::append_entry(answer, entry);
    }
    return answer;
}

TEST(dns_message, every_way_to_cut_it_short_is_found) {
    const dns_bytes whole = message_of(rich_reply());
    const auto message = partita::detail::read_dns_message(whole);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->canonical_name(), "s.test");
    EXPECT_EQ(message->services.size(), 2U);
    EXPECT_EQ(message->additional.size(), 2U);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(partita::detail::read_dns_message({whole.data(), size})) << size;
    }
}

TEST(dns_message, damage_is_read_or_refused) {
    std::mt19937 random(11);
    int read = 0;
    int refused = 0;
    for (int trial = 0; trial < 20'000; ++trial) {
        const auto message =
            partita::detail::read_dns_message(damaged(message_of(rich_reply()), random));
        if (message) static_cast<void>(message->canonical_name());
        ++(message ? read : refused);
    }
    EXPECT_GT(read, 0);
    EXPECT_GT(refused, 0);
}

TEST(dns_message, a_name_that_points_at_itself_is_refused) {
    dns_bytes bytes = message_of({});
    bytes[12] = 0xc0;
    bytes[13] = 12;
    EXPECT_FALSE(partita::detail::read_dns_message(bytes));
}

/// What an agent said, and a way to wait for it. The bound of a wait is for a broken agent only.
class listener {
   public:
    partita::discovery_callbacks callbacks() {
        return {.found = [this](const addresses& now) { note(found_, now); },
                .failed = [this](const std::string& why) { note(failed_, why); }};
    }
    [[nodiscard]] std::vector<addresses> wait_for_found(std::size_t count) {
        return wait_for(found_, count);
    }
    [[nodiscard]] std::vector<std::string> wait_for_failed(std::size_t count) {
        return wait_for(failed_, count);
    }

   private:
    template <typename Value>
    void note(std::vector<Value>& to, const Value& value) {
        const std::lock_guard lock(mutex_);
        to.push_back(value);
        changed_.notify_all();
    }
    template <typename Value>
    std::vector<Value> wait_for(std::vector<Value>& values, std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return values.size() >= count; }));
        return values;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<addresses> found_;
    std::vector<std::string> failed_;
};

void wait_until_asked(dns_server& server, int times) {
    while (server.asked("kv.test", dns_type::a) < times) std::this_thread::sleep_for(1ms);
}

/// With two more, everything has been said about the look-ups before.
void wait_for_polls(dns_server& server, int more) {
    wait_until_asked(server, server.asked("kv.test", dns_type::a) + more);
}

discovery_options polled_at(const dns_server& server) {
    auto options = a_records_at(server);
    options.polling_interval = 1ms;
    return options;
}

TEST(discovery_agent, tells_each_change_once) {
    dns_server server;
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.1", "10.0.0.2"}));
    listener heard;
    const discovery_agent agent(polled_at(server), heard.callbacks());
    EXPECT_EQ(heard.wait_for_found(1),
              (std::vector<addresses>{{"10.0.0.1:9000", "10.0.0.2:9000"}}));
    for (int turn = 0; turn < 4; ++turn) {  // the order is no change
        server.reply("kv.test", dns_type::a,
                     turn % 2 == 0 ? a_reply({"10.0.0.2", "10.0.0.1"})
                                   : a_reply({"10.0.0.1", "10.0.0.2", "10.0.0.1"}));
        wait_for_polls(server, 2);
    }
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.3"}));
    wait_for_polls(server, 5);
    EXPECT_EQ(heard.wait_for_found(2),
              (std::vector<addresses>{{"10.0.0.1:9000", "10.0.0.2:9000"}, {"10.0.0.3:9000"}}));
    EXPECT_TRUE(heard.wait_for_failed(0).empty());
}

TEST(discovery_agent, a_failure_is_told_and_changes_nothing_that_was_found) {
    dns_server server;
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.1"}));
    listener heard;
    const discovery_agent agent(polled_at(server), heard.callbacks());
    static_cast<void>(heard.wait_for_found(1));
    server.reply("kv.test", dns_type::a, {.code = dns_code::nxdomain});
    EXPECT_TRUE(contains(heard.wait_for_failed(2).back(), "no such name (NXDOMAIN)"));
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.1"}));
    wait_for_polls(server, 3);
    EXPECT_EQ(heard.wait_for_found(1).size(), 1U);
}

TEST(discovery_agent, a_static_list_is_told_once) {
    listener heard;
    {
        const discovery_agent agent(
            {.source = static_discovery{{"n2:1", "n1:1"}}, .polling_interval = 1ms},
            heard.callbacks());
        static_cast<void>(heard.wait_for_found(1));
    }
    EXPECT_EQ(heard.wait_for_found(1), (std::vector<addresses>{{"n1:1", "n2:1"}}));
}

TEST(discovery_agent, callbacks_may_be_left_empty) {
    dns_server server;
    const discovery_agent agent(polled_at(server), {});
    wait_for_polls(server, 2);
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.1"}));
    wait_for_polls(server, 2);
}

// That these end at all is what they test: the waits they cut short are of hours.
TEST(discovery_agent, ends_in_the_middle_of_a_look_up) {
    dns_server server;
    server.reply("kv.test", dns_type::a, {.silent = true});
    auto options = polled_at(server);
    options.lookup_timeout = 10h;
    listener heard;
    {
        const discovery_agent agent(options, heard.callbacks());
        wait_until_asked(server, 1);
    }
    EXPECT_TRUE(heard.wait_for_failed(0).empty());
}

TEST(discovery_agent, ends_while_it_waits) {
    dns_server server;
    server.reply("kv.test", dns_type::a, a_reply({"10.0.0.1"}));
    auto options = a_records_at(server);
    options.polling_interval = partita::duration::max();
    listener heard;
    {
        const discovery_agent polling(options, heard.callbacks());
        static_cast<void>(heard.wait_for_found(1));
    }
    options.initial_delay = 10h;
    { const discovery_agent delayed(options, heard.callbacks()); }
    EXPECT_EQ(server.asked("kv.test", dns_type::a), 1);
}

}  // namespace
