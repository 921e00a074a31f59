#include <algorithm>
#include <map>
#include <tuple>

#include <parity_program.hpp>

namespace partita::parity {
namespace {

class parity_of_channels : public parity {};
INSTANTIATE_TEST_SUITE_P(on, parity_of_channels, both_places, place_name);

struct item {
    std::uint64_t sender = 0;
    std::uint64_t value = 0;
    blob content;
};
PARTITA_MESSAGE(item, sender, value, content)
struct digest {
    std::uint64_t bytes = 0;
    std::uint64_t value = 0;
};
PARTITA_MESSAGE(digest, bytes, value)

constexpr channel wide{"wide"};
constexpr channel news{"news"};
constexpr channel packed{"packed"};

/// Notes when a sender's items are not in order, and once all of them came.
struct collector {
    using accepts = messages<item>;
    std::size_t expected = 0;
    std::map<std::pair<node_id, std::uint64_t>, std::uint64_t> last{};
    std::size_t count = 0;
    void on_message(context& self, const item& it) {
        std::uint64_t& before = last[{self.sender().node, it.sender}];
        if (it.value != before + 1) say(self, "out of order");
        before = it.value;
        if (++count == expected) say(self, "all of " + std::to_string(last.size()) + " senders");
    }
};

TEST_P(parity_of_channels, eight_connections_keep_the_order_of_each_sender) {
    constexpr std::uint64_t senders = 5;
    constexpr std::uint64_t items = 200;
    stage_->start({.nodes = 4,
                   .boot =
                       [](node& here) {
                           if (is(here, "n4")) {
                               here.spawn<collector>("collector", 3 * senders * items);
                               return;
                           }
                           for (std::uint64_t sender = 1; sender <= senders; ++sender) {
                               here.spawn_fiber("", [sender](fiber_context& self) {
                                   for (std::uint64_t value = 1; value <= items; ++value) {
                                       const blob content(std::string(value % 9 * 700, 'c'));
                                       self.send(at("n4", "collector"),
                                                 item{sender, value, content}, {.channel = wide});
                                       if (value % 16 == 0) self.sleep(1ms);
                                   }
                               });
                           }
                       },
                   .channels = {{.name = "wide", .parallelism = 8}}});
    EXPECT_EQ(said("n4", 1), (texts{"all of 15 senders"}));
}

constexpr std::uint64_t newest = 300;

/// Takes news, which may only become newer, up to the newest.
struct reader {
    using accepts = messages<item>;
    std::uint64_t last = 0;
    void on_message(context& self, const item& it) {
        if (it.value < last) say(self, "went back");
        if (last != newest && it.value == newest) say(self, "up to date");
        last = it.value;
    }
};

TEST_P(parity_of_channels, a_monotonic_channel_drops_what_is_obsolete_and_never_goes_back) {
    stage_->start({.boot =
                       [](node& here) {
                           if (is(here, "n2")) here.spawn<reader>("reader");
                       },
                   .channels = {{.name = "news", .monotonic = true, .send_window = 20ms}},
                   .simulated_bandwidth = 10'000'000});
    stage_->on("n1", [](node& here) {
        // All at once, so that most of them find another waiting.
        here.spawn<starter>("", [](context& self) {
            const blob content(std::string(20'000, 'n'));
            for (std::uint64_t value = 1; value < newest; ++value) {
                self.send(at("n2", "reader"), item{1, value, content}, {.channel = news});
            }
        });
    });
    play("n1", [](fiber_context& self) {
        // What is said again and again gets through, even if it is dropped at first.
        for (int time = 0; time < 50; ++time) {
            self.send(at("n2", "reader"), item{1, newest, {}}, {.channel = news});
            self.sleep(5ms);
        }
    });
    EXPECT_EQ(said("n2", 1), (texts{"up to date"}));
    EXPECT_GT(stage_->seen().drops("monotonic channel: an earlier one still waits"), 0U);
}

std::string content_of(std::size_t bytes, bool repeats) {
    std::string content(bytes, 'r');
    for (std::size_t at = 0; at < bytes && !repeats; ++at) {
        content[at] = static_cast<char>(mix_bits(at / 8) >> 8 * (at % 8));
    }
    return content;
}

/// Answers with the digest of what came.
struct notary {
    using accepts = messages<item>;
    void on_message(context& self, const item& it) {
        self.reply(self.caller(), digest{it.content.size(), digest_of(it.content.bytes())});
    }
};

/// Sends contents of these sizes from n1 to the notary of n2, and says what came back.
void send_contents(fiber_context& self, std::initializer_list<std::size_t> sizes,
                   const send_options& how) {
    for (const std::size_t bytes : sizes) {
        for (const bool repeats : {true, false}) {
            const blob content(content_of(bytes, repeats));
            const auto answer =
                self.call<digest>(at("n2", "notary"), item{1, bytes, content}, 60s, how);
            const bool whole =
                answer && answer->bytes == bytes && answer->value == digest_of(content.bytes());
            say(self, std::to_string(bytes) + (whole ? "" : " damaged"));
        }
    }
}

TEST_P(parity_of_channels, blobs_of_every_size_arrive_whole) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n2")) here.spawn<notary>("notary");
    }});
    play("n1", [](fiber_context& self) {
        send_contents(self, {0, 1, 71, 4'095, 4'096, 16'384, 131'073, 3'000'000}, {});
    });
    EXPECT_EQ(said("n1", 16), (texts{"0", "0", "1", "1", "71", "71", "4095", "4095", "4096", "4096",
                                     "16384", "16384", "131073", "131073", "3000000", "3000000"}));
}

TEST_P(parity_of_channels, compression_changes_nothing_that_an_actor_sees) {
    stage_->start({.boot =
                       [](node& here) {
                           if (is(here, "n2")) here.spawn<notary>("notary");
                       },
                   .channels = {{.name = "packed", .compression = 3}}});
    play("n1", [](fiber_context& self) {
        send_contents(self, {0, 300, 5'000, 1'000'000}, {.channel = packed});
    });
    EXPECT_EQ(said("n1", 8), (texts{"0", "0", "300", "300", "5000", "5000", "1000000", "1000000"}));
}

}  // namespace
}  // namespace partita::parity
