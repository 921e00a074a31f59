#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <parity_stage.hpp>
#include <tcp_proxy.hpp>

// Two nodes with a bad network between them: n1 says numbers to n2, and all of them arrive, once
// and in order.

namespace partita::parity {
namespace {

using namespace std::chrono_literals;
using testing::eventually;

struct parcel {
    std::uint64_t value = 0;
    blob content;
};
PARTITA_MESSAGE(parcel, value, content)

/// What arrived, for another thread to look at.
class arrivals {
   public:
    void add(std::uint64_t value) {
        const std::lock_guard guard(mutex_);
        values_.push_back(value);
    }
    [[nodiscard]] std::vector<std::uint64_t> values() const {
        const std::lock_guard guard(mutex_);
        return values_;
    }
    [[nodiscard]] std::size_t count() const { return values().size(); }

   private:
    mutable std::mutex mutex_;
    std::vector<std::uint64_t> values_;
};

struct taker {
    using accepts = messages<parcel>;
    arrivals* into;
    void on_message(context&, const parcel& it) { into->add(it.value); }
};

std::vector<std::uint64_t> up_to(std::uint64_t last) {
    std::vector<std::uint64_t> all(last);
    for (std::uint64_t at = 0; at < last; ++at) all[at] = at + 1;
    return all;
}

class two_nodes_on_a_bad_network : public ::testing::Test {
   protected:
    /// n1 listens on 1 behind a proxy on 11, n2 on 2 behind one on 12.
    void start(const std::function<void(socket_node_options&)>& change = {}) {
        n1_ = node(1, change);
        n2_ = node(2, change);
        n2_->run([this](partita::node& here) { here.spawn<taker>("taker", &came_); });
        connect(*n1_, 2);
        connect(*n2_, 1);
        ASSERT_TRUE(eventually([this] { return connected(); })) << log_.text();
    }
    [[nodiscard]] bool connected() {
        return testing::is_connected(*n1_, node_id("n2")) &&
               testing::is_connected(*n2_, node_id("n1"));
    }
    /// A fiber of n1 that says 1 to `last`.
    void say_numbers(std::uint64_t last, std::size_t bytes, duration pause,
                     const send_options& how) {
        n1_->post([=, this](partita::node& here) {
            here.spawn_fiber("", [=, this](fiber_context& self) {
                const blob content(std::string(bytes, 'p'));
                for (std::uint64_t value = 1; value <= last; ++value) {
                    self.send(test::at("n2", "taker"), parcel{value, content}, how);
                    ++said_;
                    if (pause > duration{0}) self.sleep(pause);
                }
            });
        });
    }

    tcp_proxy before_n1{own_address(11), own_address(1)};
    tcp_proxy before_n2{own_address(12), own_address(2)};
    arrivals came_;
    std::atomic<std::uint64_t> said_{0};
    testing::log_lines log_;
    std::unique_ptr<socket_node> n1_;
    std::unique_ptr<socket_node> n2_;

   private:
    std::unique_ptr<socket_node> node(int number,
                                      const std::function<void(socket_node_options&)>& change) {
        auto options = testing::node_called("n" + std::to_string(number), log_);
        options.listen = own_address(number);
        options.advertise = own_address(10 + number);
        options.overlay_with = [](const peer_spec& self, std::uint64_t) {
            return std::make_unique<full_mesh>(self.id, std::vector{node_id("n1"), node_id("n2")});
        };
        if (change) change(options);
        return testing::opened(options);
    }
    static void connect(socket_node& from, int to) {
        const std::string name = "n" + std::to_string(to);
        from.connect({node_id(name), name, own_address(10 + to), ""});
    }
};

TEST_F(two_nodes_on_a_bad_network, reliable_messages_survive_resets_again_and_again) {
    start();
    constexpr std::uint64_t last = 400;
    say_numbers(last, 2'000, 2ms, {.reliable = true});
    while (said_ < last) {
        before_n2.reset_all();
        before_n1.reset_all();
        std::this_thread::sleep_for(40ms);
    }
    EXPECT_TRUE(eventually([this] { return came_.count() >= last; })) << came_.count();
    EXPECT_EQ(came_.values(), up_to(last));
    EXPECT_GE(before_n2.resets(), 3U);
}

TEST_F(two_nodes_on_a_bad_network, plain_messages_may_be_lost_by_resets_but_keep_their_order) {
    start();
    constexpr std::uint64_t last = 400;
    say_numbers(last, 2'000, 1ms, {});
    while (said_ < last) {
        before_n2.reset_all();
        std::this_thread::sleep_for(30ms);
    }
    ASSERT_TRUE(eventually([this] { return connected(); }));
    // What comes behind all that: whatever is still to come has come before it.
    say_numbers(1, 0, duration{0}, {.reliable = true});
    ASSERT_TRUE(eventually([this] { return came_.count() != 0 && came_.values().back() == 1; }));
    auto values = came_.values();
    values.pop_back();
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    EXPECT_EQ(std::adjacent_find(values.begin(), values.end()), values.end());
    EXPECT_GT(values.size(), 20U);
}

TEST_F(two_nodes_on_a_bad_network, a_half_open_connection_is_noticed_and_made_again) {
    start([](auto& options) {
        options.timing.ping_idle = 50ms;
        options.timing.ping_timeout = 50ms;
        options.timing.ping_attempts = 3;
        options.limits.handshake_max = 500ms;
    });
    constexpr std::uint64_t last = 300;
    say_numbers(last, 100, 1ms, {.reliable = true});
    ASSERT_TRUE(eventually([this] { return came_.count() > 10; }));
    before_n1.freeze(true);
    before_n2.freeze(true);
    EXPECT_TRUE(eventually([this] { return !testing::is_connected(*n1_, node_id("n2")); }));
    EXPECT_TRUE(eventually([this] { return !testing::is_connected(*n2_, node_id("n1")); }));
    EXPECT_GT(log_.count("no answer to pings"), 0U) << log_.text();
    before_n1.freeze(false);
    before_n2.freeze(false);
    EXPECT_TRUE(eventually([this] { return came_.count() >= last; })) << came_.count();
    EXPECT_EQ(came_.values(), up_to(last));
    EXPECT_TRUE(eventually([this] { return connected(); }));
}

TEST_F(two_nodes_on_a_bad_network, a_slow_peer_makes_senders_wait_and_loses_nothing) {
    // More than the buffers of the kernel take.
    constexpr std::size_t queue = 256 * 1024;
    constexpr std::size_t content = 32 * 1024;
    start([](auto& options) { options.limits.queue_bytes_max = queue; });
    before_n2.limit(1'500'000);
    constexpr std::uint64_t last = 150;
    say_numbers(last, content, duration{0}, {});
    std::uint64_t most = 0;
    bool waited = false;
    EXPECT_TRUE(eventually([&] {
        const std::uint64_t queued = n1_->count().queued_bytes;
        most = std::max(most, queued);
        waited = waited || (queued > queue / 2 && said_ < last);
        return came_.count() >= last;
    })) << came_.count();
    EXPECT_EQ(came_.values(), up_to(last));
    EXPECT_TRUE(waited);
    EXPECT_LE(most, queue / 2 + 2 * content);
    EXPECT_EQ(n1_->count().messages_shed, 0U);
}

TEST_F(two_nodes_on_a_bad_network, a_port_that_somebody_else_has_is_one_clear_error) {
    start();
    auto options = testing::node_called("n3", log_);
    options.listen = own_address(1);
    const auto refused = socket_node::open(options, {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("in use"), std::string::npos) << refused.error();
    EXPECT_NE(refused.error().find(own_address(1)), std::string::npos) << refused.error();
    n1_.reset();
    EXPECT_TRUE(socket_node::open(options, {})) << "the port of a node that stopped is free";
}

}  // namespace
}  // namespace partita::parity
