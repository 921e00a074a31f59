#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include <partita/runtime/random_source.hpp>
#include <partita/runtime/socket_node.hpp>

#include "raw_peer.hpp"
#include "socket_cluster.hpp"

// Strangers, broken peers and slow ones: each costs its connection and a line, never the node.

namespace {

using namespace partita;
using namespace partita::testing;
using namespace std::chrono_literals;
using detail::frame_kind;

struct knock {
    std::uint64_t number = 0;
    blob weight;
};
PARTITA_MESSAGE(knock, number, weight)
struct come_in {
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(come_in, number)

class door {
   public:
    using accepts = messages<knock>;
    void on_message(context& self, const knock& it) {
        self.reply(self.caller(), come_in{it.number});
    }
};

/// Sends more than a queue holds, and cannot wait.
class hasty {
   public:
    using accepts = messages<come_in>;
    hasty(actor_id to, blob weight) : to_(to), weight_(std::move(weight)) {}
    void on_start(context& self) {
        for (std::uint64_t at = 0; at < 100; ++at) self.send(to_, knock{at, weight_});
    }
    void on_message(context&, const come_in&) {}

   private:
    actor_id to_;
    blob weight_;
};

class a_node_on_sockets : public ::testing::Test {
   protected:
    void start(const std::function<void(socket_node_options&)>& change = {}) {
        auto options = node_called("n1", log);
        if (change) change(options);
        node_ = opened(options, [](node& here) { here.spawn<door>("door"); });
    }
    [[nodiscard]] std::string address() const { return node_->self().address; }

    /// It still takes part: another node connects and is answered.
    [[nodiscard]] bool serves() {
        const auto guest = opened(node_called("guest", log, {contact_at(address())}));
        std::promise<bool> answered;
        guest->post([&](node& here) {
            here.spawn_fiber("", [&](fiber_context& self) {
                const auto at = actor_id::named(node_id("n1"), "door");
                bool came = false;
                for (int time = 0; time < 100 && !came; ++time) {
                    came = self.call<come_in>(at, knock{1, {}}, 200ms).has_value();
                }
                answered.set_value(came);
            });
        });
        return answered.get_future().get();
    }

    log_lines log;
    std::unique_ptr<socket_node> node_;
};

TEST_F(a_node_on_sockets, ends_a_connection_that_sends_nonsense_with_one_line) {
    start([](auto& options) { options.limits.handshake_max = 300ms; });
    random_source bytes(1);
    for (int time = 0; time < 50; ++time) {
        const raw_socket stranger(address());
        std::vector<std::byte> nonsense(1 + bytes.below(5'000));
        for (std::byte& each : nonsense) each = static_cast<std::byte>(bytes.below(256));
        stranger.write(nonsense);
        stranger.wait_for_close();
    }
    ASSERT_TRUE(eventually([&] { return log.count("a connection ended") == 50; })) << log.text();
    EXPECT_EQ(node_->count().messages_received, 0U);
    EXPECT_TRUE(serves());
}

TEST_F(a_node_on_sockets, ends_a_connection_that_does_not_greet_in_time) {
    start([](auto& options) { options.limits.handshake_max = 50ms; });
    const raw_socket silent(address());
    silent.wait_for_close();
    const raw_socket half(address());
    half.write(std::array<std::byte, 7>{});
    half.wait_for_close();
    EXPECT_TRUE(eventually([&] { return log.count("too long") == 2; })) << log.text();
    EXPECT_TRUE(serves());
}

TEST_F(a_node_on_sockets, takes_no_message_before_the_handshake) {
    start();
    const raw_socket stranger(address());
    raw_frames frames(stranger);
    frames.send(frame_kind::message, std::vector<std::byte>(100));
    stranger.wait_for_close();
    EXPECT_EQ(node_->count().messages_received, 0U);
    EXPECT_TRUE(eventually([&] { return node_->count().malformed == 1; })) << log.text();
}

TEST_F(a_node_on_sockets, ends_a_greeted_connection_at_its_first_bad_frame) {
    start();
    const auto spoiled = [&](const std::function<void(raw_frames&, const raw_socket&)>& spoil) {
        const raw_socket peer(address());
        raw_frames frames(peer);
        ASSERT_TRUE(frames.dial_as("n7"));
        spoil(frames, peer);
        peer.wait_for_close();
    };
    spoiled([](raw_frames& frames, const raw_socket&) { frames.send(frame_kind::hello, {}); });
    spoiled([](raw_frames& frames, const raw_socket&) {
        frames.send(frame_kind::message, std::vector<std::byte>(10));
    });
    spoiled([](raw_frames&, const raw_socket& peer) {
        // A frame that was sent before: its number is out of order.
        peer.write(detail::small_frame(frame_kind::ping, 0, {}));
    });
    spoiled([](raw_frames&, const raw_socket& peer) {
        auto frame = detail::small_frame(frame_kind::ping, 2, {});
        frame[13] ^= std::byte{1};
        peer.write(frame);
    });
    EXPECT_TRUE(eventually([&] { return node_->count().malformed == 4; })) << log.text();
    EXPECT_EQ(node_->count().messages_received, 0U);
    EXPECT_TRUE(serves());
}

TEST_F(a_node_on_sockets, does_not_mind_a_peer_that_vanishes_in_the_middle_of_a_frame) {
    start();
    for (int time = 0; time < 20; ++time) {
        const raw_socket peer(address());
        raw_frames frames(peer);
        ASSERT_TRUE(frames.dial_as("n7"));
        detail::frame_header header;
        header.kind = frame_kind::message;
        header.body_bytes = 60'000'000;
        header.sequence = 2;
        peer.write(detail::encode(header));
        peer.write(std::vector<std::byte>(1'000));
    }
    EXPECT_TRUE(serves());
}

TEST_F(a_node_on_sockets, refuses_connections_beyond_its_limit_and_takes_them_again_later) {
    start([](auto& options) { options.limits.connections_max = 8; });
    {
        std::vector<raw_socket> strangers;
        for (int made = 0; made < 12; ++made) strangers.emplace_back(address());
        EXPECT_TRUE(eventually([&] { return node_->count().refused == 4; }));
    }
    EXPECT_TRUE(serves());
}

TEST_F(a_node_on_sockets, survives_a_thousand_connections_that_come_and_go) {
    start();
    for (int made = 0; made < 1'000; ++made) {
        const raw_socket stranger(address());
        ASSERT_TRUE(stranger.connected()) << made;
    }
    EXPECT_TRUE(eventually([&] { return node_->count().refused == 1'000; }))
        << node_->count().refused;
    EXPECT_TRUE(serves());
}

TEST_F(a_node_on_sockets, keeps_its_memory_bounded_before_a_peer_that_never_reads) {
    const deaf_peer deaf("n9");
    constexpr std::size_t bound = 4 << 20;
    start([&](auto& options) {
        options.limits.queue_bytes_max = bound;
        options.overlay_with = [](const peer_spec& self, std::uint64_t) {
            return std::make_unique<full_mesh>(self.id, std::vector{node_id("n9")});
        };
    });
    node_->connect({node_id("n9"), "n9", deaf.address(), ""});
    ASSERT_TRUE(eventually([&] { return is_connected(*node_, node_id("n9")); })) << log.text();
    const blob weight(std::string(100'000, 'w'));
    const auto to = actor_id::named(node_id("n9"), "nobody");
    // The fiber outlives this function, and so must what it uses.
    const auto sent = std::make_shared<std::atomic<int>>(0);
    node_->post([=](node& here) {
        here.spawn_fiber("patient", [=](fiber_context& self) {
            for (;;) {
                self.send(to, knock{1, weight});
                ++*sent;
            }
        });
    });
    // The fiber stops where half of the queue is full; what the kernel holds comes on top.
    ASSERT_TRUE(eventually([&] { return *sent > 10; }));
    int before = 0;
    EXPECT_TRUE(eventually([&] {
        const int now = *sent;
        std::this_thread::sleep_for(20ms);
        return std::exchange(before, now) == now;
    }));
    EXPECT_LE(node_->count().queued_bytes, bound);
    EXPECT_EQ(node_->count().messages_shed, 0U);
    // One that cannot wait loses messages when the queue is full, and the node goes on.
    node_->run([&](node& here) { here.spawn<hasty>("", to, weight); });
    EXPECT_TRUE(eventually([&] { return node_->count().messages_shed != 0; }));
    EXPECT_LE(node_->count().queued_bytes, bound + weight.size());
}

TEST_F(a_node_on_sockets, gives_up_a_peer_that_answers_no_ping) {
    const deaf_peer deaf("n9");
    start([&](auto& options) {
        options.timing.ping_idle = 20ms;
        options.timing.ping_timeout = 10ms;
        options.timing.ping_attempts = 3;
        options.overlay_with = [](const peer_spec& self, std::uint64_t) {
            return std::make_unique<full_mesh>(self.id, std::vector{node_id("n9")});
        };
    });
    node_->connect({node_id("n9"), "n9", deaf.address(), ""});
    EXPECT_TRUE(eventually([&] { return log.count("no answer to pings") != 0; })) << log.text();
    EXPECT_TRUE(eventually([&] { return deaf.greeted() >= 2; })) << "it is dialled again";
}

}  // namespace
