#include <partita/runtime/socket_node.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>

#include "socket_cluster.hpp"

namespace {

using namespace partita;
using namespace partita::testing;
using namespace std::chrono_literals;

struct parcel {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;
    blob content;
};
PARTITA_MESSAGE(parcel, sender, number, content)
struct receipt {
    std::uint64_t number = 0;
    std::uint64_t digest = 0;
};
PARTITA_MESSAGE(receipt, number, digest)

constexpr channel wide{"wide"};

/// Answers each parcel with the digest of its content.
class post_office {
   public:
    using accepts = messages<parcel>;
    void on_message(context& self, const parcel& it) {
        self.reply(self.caller(), receipt{it.number, digest_of(it.content.bytes())});
    }
};

/// Takes down in which order the parcels of each sender came.
class ledger {
   public:
    using accepts = messages<parcel>;
    explicit ledger(std::map<std::uint64_t, std::vector<std::uint64_t>>& seen,
                    std::atomic<std::size_t>& count)
        : seen_(seen), count_(count) {}
    void on_message(context&, const parcel& it) {
        seen_[it.sender].push_back(it.number);
        ++count_;
    }

   private:
    std::map<std::uint64_t, std::vector<std::uint64_t>>& seen_;
    std::atomic<std::size_t>& count_;
};

std::string content_of(std::size_t bytes) {
    std::string content(bytes, ' ');
    for (std::size_t at = 0; at < bytes; ++at)
        content[at] = static_cast<char>(mix_bits(at / 8) >> 8);
    return content;
}

void start_office(node& here) { here.spawn<post_office>("office"); }

/// Calls the office of n1 from a fiber on that node, and waits for the receipt.
tl::expected<receipt, call_error> sent(socket_node& from, const parcel& it,
                                       const send_options& options = {}) {
    std::promise<tl::expected<receipt, call_error>> answer;
    from.post([&](node& here) {
        here.spawn_fiber("", [&](fiber_context& self) {
            answer.set_value(
                self.call<receipt>(actor_id::named(node_id("n1"), "office"), it, 10s, options));
        });
    });
    return answer.get_future().get();
}

class socket_nodes : public ::testing::Test {
   protected:
    std::unique_ptr<socket_node> second(const socket_node& first, socket_node_options options) {
        const std::vector<peer_spec> contacts{contact_at(first.self().address)};
        options.overlay_with = [contacts](const peer_spec& self, std::uint64_t incarnation) {
            return make_overlay({.contacts = contacts}, self, incarnation);
        };
        return opened(options);
    }
    bool are_connected(socket_node& one, socket_node& other) {
        return eventually(
            [&] { return is_connected(one, other.id()) && is_connected(other, one.id()); });
    }

    log_lines log;
};

TEST_F(socket_nodes, that_know_one_address_find_each_other_and_call) {
    const auto n1 = opened(node_called("n1", log), start_office);
    const auto n2 = second(*n1, node_called("n2", log));
    ASSERT_TRUE(are_connected(*n1, *n2)) << log.text();
    const auto answer = sent(*n2, {1, 7, blob("hello")});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->number, 7U);
    EXPECT_EQ(answer->digest, digest_of(blob("hello").bytes()));
}

TEST_F(socket_nodes, carry_contents_of_every_size_unharmed) {
    const auto n1 = opened(node_called("n1", log), start_office);
    const auto n2 = second(*n1, node_called("n2", log));
    ASSERT_TRUE(are_connected(*n1, *n2)) << log.text();
    for (const std::size_t bytes : {0UL, 1UL, 100UL, 4'095UL, 4'096UL, 16'383UL, 16'384UL, 65'537UL,
                                    131'072UL, 1'000'001UL, 8'388'608UL, 20'000'000UL}) {
        const blob content(content_of(bytes));
        const auto answer = sent(*n2, {1, bytes, content});
        ASSERT_TRUE(answer) << bytes;
        EXPECT_EQ(answer->number, bytes);
        EXPECT_EQ(answer->digest, digest_of(content.bytes())) << bytes;
    }
}

TEST_F(socket_nodes, compress_what_a_channel_says_and_unpack_it) {
    auto options = node_called("n1", log);
    options.channels = {{.name = "wide", .compression = 3}};
    const auto n1 = opened(options, start_office);
    options.name = "n2";
    const auto n2 = second(*n1, options);
    ASSERT_TRUE(are_connected(*n1, *n2)) << log.text();
    for (const std::string& text : {std::string(3'000'000, 'z'), content_of(200'000),
                                    std::string("short"), std::string(300, 'y')}) {
        const auto answer = sent(*n2, {1, 1, blob(text)}, {.channel = wide});
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->digest, digest_of(blob(text).bytes()));
    }
}

TEST_F(socket_nodes, keep_the_order_of_each_sender_over_eight_connections) {
    std::map<std::uint64_t, std::vector<std::uint64_t>> seen;
    std::atomic<std::size_t> count{0};
    auto options = node_called("n1", log);
    options.channels = {{.name = "wide", .parallelism = 8}};
    const auto n1 = opened(options, [&](node& here) { here.spawn<ledger>("ledger", seen, count); });
    options.name = "n2";
    const auto n2 = second(*n1, options);
    ASSERT_TRUE(are_connected(*n1, *n2)) << log.text();
    constexpr std::uint64_t senders = 20;
    constexpr std::uint64_t parcels = 200;
    n2->post([&](node& here) {
        for (std::uint64_t sender = 0; sender < senders; ++sender) {
            here.spawn_fiber("", [=](fiber_context& self) {
                const auto to = actor_id::named(node_id("n1"), "ledger");
                for (std::uint64_t number = 0; number < parcels; ++number) {
                    const blob content(content_of(number % 7 == 0 ? 50'000 : 10));
                    self.send(to, parcel{sender, number, content}, {.channel = wide});
                    if (number % 20 == 0) self.sleep(1ms);
                }
            });
        }
    });
    ASSERT_TRUE(eventually([&] { return count == senders * parcels; })) << count;
    n1->run([&](node&) {
        for (const auto& [sender, numbers] : seen) {
            EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << sender;
            EXPECT_EQ(numbers.size(), parcels);
        }
    });
}

TEST_F(socket_nodes, wait_with_what_is_sent_before_there_is_a_connection) {
    const auto both = [](const peer_spec& self, std::uint64_t) {
        return std::make_unique<full_mesh>(self.id, std::vector{node_id("n1"), node_id("n2")});
    };
    auto options = node_called("n1", log);
    options.overlay_with = both;
    auto n1 = opened(options, start_office);
    const peer_spec first = n1->self();
    n1.reset();
    options.name = "n2";
    const auto n2 = opened(options);
    n2->connect(first);
    std::promise<tl::expected<receipt, call_error>> answer;
    n2->post([&](node& here) {
        here.spawn_fiber("", [&](fiber_context& self) {
            const auto office = actor_id::named(node_id("n1"), "office");
            answer.set_value(self.call<receipt>(office, parcel{1, 1, blob("early")}, 9s));
        });
    });
    ASSERT_TRUE(eventually([&] { return log.count("no connection to") != 0; }));
    options.name = "n1";
    options.listen = first.address;
    n1 = opened(options, start_office);
    EXPECT_TRUE(answer.get_future().get());
}

TEST_F(socket_nodes, connect_again_when_a_peer_comes_back_and_tell_of_both) {
    auto n1 = opened(node_called("n1", log), start_office);
    const std::string address = n1->self().address;
    const auto n2 = second(*n1, node_called("n2", log));
    ASSERT_TRUE(are_connected(*n1, *n2)) << log.text();
    std::atomic<int> ups{0};
    std::atomic<int> downs{0};
    n2->run([&](node& here) {
        here.on_up([&](node_id) { ++ups; }, {.node = node_id("n1")});
        here.on_down([&](node_id, std::string_view) { ++downs; }, {.node = node_id("n1")});
    });
    for (int time = 1; time <= 3; ++time) {
        n1.reset();
        ASSERT_TRUE(eventually([&] { return downs == time; })) << log.text();
        auto options = node_called("n1", log);
        options.listen = address;
        n1 = opened(options, start_office);
        ASSERT_TRUE(eventually([&] { return ups == time; })) << log.text();
        ASSERT_TRUE(sent(*n2, {1, 1, blob("again")})) << log.text();
    }
}

TEST_F(socket_nodes, with_different_secrets_refuse_each_other_and_say_so) {
    auto options = node_called("n1", log);
    options.security.secret = "the secret of the first node";
    const auto n1 = opened(options, start_office);
    options.name = "n2";
    options.security.secret = "another secret, of the second";
    const auto n2 = second(*n1, options);
    ASSERT_TRUE(eventually([&] { return n1->count().refused != 0; }));
    EXPECT_FALSE(is_connected(*n1, n2->id()));
    EXPECT_EQ(n1->count().messages_received, 0U);
    EXPECT_NE(log.count("secret"), 0U) << log.text();
}

TEST_F(socket_nodes, of_different_clusters_refuse_each_other) {
    const auto n1 = opened(node_called("n1", log), start_office);
    auto options = node_called("n2", log);
    options.cluster = "elsewhere";
    const auto n2 = second(*n1, options);
    ASSERT_TRUE(eventually([&] { return n1->count().refused != 0; }));
    EXPECT_FALSE(is_connected(*n1, n2->id()));
    EXPECT_NE(log.count("cluster"), 0U) << log.text();
}

TEST_F(socket_nodes, say_which_option_is_wrong) {
    const auto n1 = opened(node_called("n1", log));
    const auto error_of = [&](auto&& change) {
        auto options = node_called("n2", log);
        change(options);
        const auto made = socket_node::open(options, {});
        return made ? std::string("opened") : made.error();
    };
    const auto has = [](const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    };
    const std::string taken = n1->self().address;
    EXPECT_PRED2(has, error_of([&](auto& of) { of.listen = taken; }), "in use");
    EXPECT_PRED2(has, error_of([](auto& of) { of.listen = "nonsense"; }), "host:port");
    EXPECT_PRED2(has, error_of([](auto& of) { of.listen = "127.0.0.1:99999"; }), "65535");
    EXPECT_PRED2(has, error_of([](auto& of) { of.name = ""; }), "name");
    EXPECT_PRED2(has, error_of([](auto& of) { of.threads = 0; }), "threads");
    EXPECT_PRED2(has, error_of([](auto& of) { of.security.secret = "short"; }), "secret");
    EXPECT_PRED2(has, error_of([](auto& of) { of.channels = {{.name = "x", .parallelism = 0}}; }),
                 "parallelism");
    EXPECT_PRED2(has, error_of([](auto& of) {
                     of.security.tls = tls_options{"/none/a", "/none/b", "/none/c"};
                 }),
                 "/none/");
}

TEST_F(socket_nodes, run_actors_of_one_node_on_several_threads) {
    std::array<std::atomic<bool>, 6> knows{};
    std::atomic<int> answers{0};
    std::array<std::atomic<int>, 4> errors{};  // by call_error
    auto options = node_called("n1", log);
    options.threads = 3;
    options.channels = {{.name = "wide", .parallelism = 4}};
    const auto n1 = opened(options, start_office);
    options.name = "n2";
    const auto n2 = second(*n1, options);
    ASSERT_TRUE(are_connected(*n1, *n2)) << log.text();
    // The other threads learn the way there, or back, a moment later than the first.
    ASSERT_TRUE(eventually([&] {
        for (std::size_t thread = 0; thread < 3; ++thread) {
            n2->post_to(thread, [&knows, thread](node& here) {
                knows[thread] = here.overlay().next_hop(node_id("n1")).has_value();
            });
            n1->post_to(thread, [&knows, thread](node& here) {
                knows[3 + thread] = here.overlay().next_hop(node_id("n2")).has_value();
            });
        }
        return std::all_of(knows.begin(), knows.end(),
                           [](const auto& each) { return each.load(); });
    }));
    for (std::size_t thread = 0; thread < 3; ++thread) {
        n2->post_to(thread, [&](node& here) {
            here.spawn_fiber("", [&](fiber_context& self) {
                for (std::uint64_t number = 0; number < 100; ++number) {
                    const auto answer = self.call<receipt>(
                        actor_id::named(node_id("n1"), "office"),
                        parcel{1, number, blob(content_of(number * 100))}, 10s, {.channel = wide});
                    if (answer && answer->number == number) ++answers;
                    if (!answer) ++errors.at(static_cast<std::size_t>(answer.error()));
                }
            });
        });
    }
    EXPECT_TRUE(eventually([&] { return answers == 300; }))
        << answers << ", timeouts " << errors[0] << ", no actor " << errors[1] << ", node down "
        << errors[2] << "\n"
        << log.text();
}

TEST_F(socket_nodes, hear_what_they_tell_themselves_when_a_timer_is_all_that_happens) {
    const auto n1 = opened(node_called("n1", log));
    std::promise<std::string> told;
    n1->post([&](node& here) {
        here.spawn_fiber("", [&](fiber_context& self) {
            self.sleep(50ms);
            self.monitor(actor_id::named(node_id("n2"), "nobody"));
            told.set_value(self.receive<down>()->reason);
        });
    });
    auto reason = told.get_future();
    ASSERT_EQ(reason.wait_for(20s), std::future_status::ready) << "it sleeps";
    EXPECT_FALSE(reason.get().empty());
}

}  // namespace
