#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <lanes.hpp>
#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;

constexpr std::uint64_t megabyte = 1'000'000;

struct load {
    std::int64_t value = 0;
    std::string ballast;
};
PARTITA_MESSAGE(load, value, ballast)

/// Notes the value of each load it gets.
struct unloader {
    using accepts = messages<load>;
    void on_message(context& self, const load& got) { self.note(number{got.value}); }
};

/// One that takes that many bytes on the wire, frame and all.
load of_wire_bytes(std::int64_t value, std::size_t bytes) {
    // The value, and the length of the text.
    constexpr std::size_t besides = link_model::frame_overhead_bytes + 8 + 4;
    return {value, std::string(bytes - besides, 'x')};
}

world_options limited(const link_model& link, std::vector<channel_options> channels = {}) {
    world_options options;
    options.link = link;
    options.node.channels = std::make_shared<const channel_table>(std::move(channels));
    return options;
}

/// n1 runs `send` at its start; each other node unloads as "u".
small_world loading(const world_options& options, std::function<void(context&)> send,
                    int nodes = 2) {
    return small_world(
        nodes,
        [send](node& here) {
            if (is(here, "n1")) {
                here.spawn<starter>("s", send);
            } else {
                here.spawn<unloader>("u");
            }
        },
        options);
}

/// When each value arrived, in the order of arrival.
std::vector<std::pair<std::int64_t, duration>> arrivals(small_world& it) {
    it.finish();
    std::vector<std::pair<std::int64_t, duration>> all;
    for (const auto& each : it->trace().notes<number>()) {
        all.emplace_back(each.value.value, each.at.time_since_epoch());
    }
    return all;
}
using arrival_list = std::vector<std::pair<std::int64_t, duration>>;

const auto unloading = at("n2", "u");

// ---- bandwidth and window ----------------------------------------------------------------------

TEST(lanes, a_message_takes_its_bytes_over_the_bandwidth_and_then_the_latency) {
    auto it = loading(limited({.bandwidth = 100 * megabyte}), [](context& self) {
        self.send(unloading, of_wire_bytes(1, 8 * megabyte));
        self.send(unloading, of_wire_bytes(2, 1'000));
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 81ms}, {2, 81ms + 10us}}));
}

TEST(lanes, without_limits_a_message_takes_its_latency) {
    auto it = loading(limited({}), [](context& self) {
        self.send(unloading, of_wire_bytes(1, 8 * megabyte));
        self.send(unloading, of_wire_bytes(2, 1'000));
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 1ms}, {2, 1ms}}));
}

TEST(lanes, a_small_message_waits_behind_a_large_one) {
    auto it = loading(limited({.bandwidth = 100 * megabyte}), [](context& self) {
        self.send(unloading, of_wire_bytes(1, 8 * megabyte));
        self.send(unloading, of_wire_bytes(2, 150));
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 81ms}, {2, 81ms + 1'500ns}}));
}

TEST(lanes, on_a_channel_of_its_own_it_does_not) {
    auto it = loading(limited({.bandwidth = 100 * megabyte}), [](context& self) {
        self.send(unloading, of_wire_bytes(1, 8 * megabyte), {channel("bulk")});
        self.send(unloading, of_wire_bytes(2, 150));
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{2, 1ms + 1'500ns}, {1, 81ms}}));
}

/// Two partition keys that take different lanes of eight, and one that shares the first's.
struct three_keys {
    std::uint64_t one = 1;
    std::uint64_t other = 2;
    std::uint64_t same = 2;
    three_keys() {
        while (lane_of(other, 8) == lane_of(one, 8)) ++other;
        while (lane_of(same, 8) != lane_of(one, 8)) ++same;
    }
};

TEST(lanes, under_parallelism_it_waits_only_behind_those_of_its_own_lane) {
    const three_keys keys;
    const auto options =
        limited({.bandwidth = 100 * megabyte}, {{.name = "bulk", .parallelism = 8}});
    auto it = loading(options, [keys](context& self) {
        const auto to = [](std::uint64_t key) {
            return send_options{.channel = channel("bulk"), .partition_key = key};
        };
        self.send(unloading, of_wire_bytes(1, 8 * megabyte), to(keys.one));
        self.send(unloading, of_wire_bytes(2, 150), to(keys.other));
        self.send(unloading, of_wire_bytes(3, 150), to(keys.same));
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{2, 1ms + 1'500ns}, {1, 81ms}, {3, 81ms + 1'500ns}}));
}

TEST(lanes, a_window_moves_at_most_once_a_round_trip) {
    auto it = loading(limited({.window = 64'000}), [](context& self) {
        self.send(unloading, of_wire_bytes(1, 640'000));
        self.send(unloading, of_wire_bytes(2, 150));
    });
    // The tenth window leaves 9 round trips of 2 ms after the first.
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 19ms}, {2, 21ms}}));
}

TEST(lanes, a_window_that_fills_the_line_costs_nothing) {
    auto it = loading(limited({.bandwidth = 32 * megabyte, .window = 64'000}),
                      [](context& self) { self.send(unloading, of_wire_bytes(1, 640'000)); });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 21ms}}));
}

TEST(lanes, acknowledged_bytes_make_room_again) {
    auto it = loading(limited({.window = 1'000}), [](context& self) {
        self.spawn_fiber("f", [](fiber_context& fiber) {
            fiber.send(unloading, of_wire_bytes(1, 600));
            fiber.sleep(1ms);
            fiber.send(unloading, of_wire_bytes(2, 600));  // 200 of it wait for 1 ms more
            fiber.sleep(10ms);
            fiber.send(unloading, of_wire_bytes(3, 1'000));
        });
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 1ms}, {2, 3ms}, {3, 12ms}}));
}

/// What the model says of every byte, one after the other, in exact integers of 1/rate ns.
duration by_the_byte(const link_model& model, const std::vector<std::uint64_t>& sizes,
                     duration round_trip) {
    __extension__ using exact = unsigned __int128;
    const exact rate = model.bandwidth;
    std::vector<exact> left;  // when each byte has begun to leave
    exact free = 0;
    for (const std::uint64_t size : sizes) {
        for (std::uint64_t byte = 0; byte < size; ++byte) {
            exact begins = free;
            if (left.size() >= model.window) {
                const exact known = left[left.size() - model.window] +
                                    static_cast<exact>(round_trip.count()) * rate;
                begins = std::max(begins, known);
            }
            left.push_back(begins);
            free = begins + 1'000'000'000;
        }
    }
    return duration(static_cast<std::int64_t>((free + rate - 1) / rate));
}

RC_GTEST_PROP(lanes, bytes_leave_as_a_byte_by_byte_account_says, ()) {
    const link_model model{*rc::gen::inRange<std::uint64_t>(1'000, 1'000'000'000),
                           *rc::gen::inRange<std::uint64_t>(1, 3'000)};
    const duration round_trip(*rc::gen::inRange<std::int64_t>(0, 5'000'000));
    const auto sizes = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 2'000)));
    detail::line line;
    duration seen{};
    for (const std::uint64_t size : sizes) {
        seen = line.carry(model, size, time_point{}, round_trip).time_since_epoch();
    }
    // Bursts that are less than 1 ns apart count as one.
    const duration expected = by_the_byte(model, sizes, round_trip);
    RC_ASSERT(seen >= expected - 2ns);
    RC_ASSERT(seen <= expected + 2ns);
}

RC_GTEST_PROP(lanes, the_rate_is_the_bandwidth_or_a_window_a_round_trip, ()) {
    const auto latency = std::chrono::microseconds(*rc::gen::inRange(1, 10'000));
    const auto bandwidth = *rc::gen::inRange<std::uint64_t>(1'000'000, 1'000'000'000);
    const auto window = *rc::gen::inRange<std::uint64_t>(1'000, 1'000'000);
    const auto size = *rc::gen::inRange<std::size_t>(1'000, 100'000);
    constexpr int count = 30;
    const auto options = [&] {
        world_options made = limited({.bandwidth = bandwidth, .window = window});
        made.latency = constant_latency{latency};
        return made;
    }();
    auto it = loading(options, [size](context& self) {
        for (int each = 0; each < count; ++each) self.send(unloading, of_wire_bytes(each, size));
    });
    const auto all = arrivals(it);
    RC_ASSERT(all.size() == std::size_t{count});
    const double seconds = static_cast<double>((all.back().second - latency).count()) / 1e9;
    const double round_trip = static_cast<double>(2 * latency.count()) / 1e6;
    const double rate =
        std::min(static_cast<double>(bandwidth), static_cast<double>(window) / round_trip);
    // The last window need not wait for an acknowledgement.
    const double sent = static_cast<double>(size) * count;
    RC_ASSERT(seconds <= sent / rate + 1e-8);
    RC_ASSERT(seconds >= (sent - static_cast<double>(window) - static_cast<double>(size)) / rate);
    RC_ASSERT(seconds >= sent / static_cast<double>(bandwidth) - 1e-8);
}

// ---- order -------------------------------------------------------------------------------------

RC_GTEST_PROP(lanes, order_holds_for_each_sender_under_parallelism, ()) {
    const auto sizes = *rc::gen::container<std::vector<std::size_t>>(
        40, rc::gen::inRange<std::size_t>(200, 20'000));
    world_options options =
        limited({.bandwidth = *rc::gen::element(megabyte, 100 * megabyte, link_model::unlimited),
                 .window = *rc::gen::element<std::uint64_t>(1'000, 64'000, link_model::unlimited)},
                {{.name = "bulk", .parallelism = 8}});
    options.latency = *rc::gen::element<latency_model>(
        constant_latency{1ms}, uniform_latency{0ms, 50ms}, pareto_latency{1ms, 11, 10s});
    options.seed = *rc::gen::arbitrary<std::uint64_t>();
    auto it = loading(options, [sizes](context& self) {
        for (std::int64_t sender = 0; sender < 5; ++sender) {
            self.spawn_fiber("", [sender, sizes](fiber_context& fiber) {
                for (std::size_t at = 0; at < sizes.size(); ++at) {
                    const auto value = sender * 1'000 + static_cast<std::int64_t>(at);
                    fiber.send(unloading, of_wire_bytes(value, sizes[at]), {channel("bulk")});
                    if (at % 7 == 0) fiber.sleep(1ms);
                }
            });
        }
    });
    std::map<std::int64_t, std::int64_t> next;
    for (const auto& [value, when] : arrivals(it))
        RC_ASSERT(next[value / 1'000]++ == value % 1'000);
    RC_ASSERT(next.size() == 5U);
    for (const auto& [sender, count] : next) RC_ASSERT(count == std::int64_t(sizes.size()));
}

TEST(lanes, parallelism_lets_senders_overtake_each_other_without_limits_too) {
    const three_keys keys;
    for (const std::uint32_t parallelism : {1U, 8U}) {
        world_options options = limited({}, {{.name = "bulk", .parallelism = parallelism}});
        options.latency = uniform_latency{0ms, 50ms};
        auto it = loading(options, [keys](context& self) {
            for (std::int64_t value = 0; value < 100; ++value) {
                self.send(unloading, load{value, ""},
                          {.channel = channel("bulk"),
                           .partition_key = value % 2 == 0 ? keys.one : keys.other});
            }
        });
        std::vector<std::int64_t> all;
        std::vector<std::int64_t> even;
        for (const auto& [value, when] : arrivals(it)) {
            all.push_back(value);
            if (value % 2 == 0) even.push_back(value);
        }
        EXPECT_EQ(std::is_sorted(all.begin(), all.end()), parallelism == 1);
        EXPECT_TRUE(std::is_sorted(even.begin(), even.end()));
        EXPECT_EQ(all.size(), 100U);
    }
}

/// Holds back, for `time`, the load with value 1.
void delay_the_first(node& here, duration time, bool overtakable) {
    here.hooks().install("late", [=](direction way, const envelope& message) {
        disposition answer;
        if (way == direction::send && message.ordinal == 1) {
            answer.delay = time;
            answer.overtakable = overtakable;
        }
        return answer;
    });
}

TEST(lanes, an_interposed_delay_holds_its_lane_and_no_other) {
    const three_keys keys;
    for (const bool overtakable : {false, true}) {
        small_world it(
            2,
            [&](node& here) {
                if (is(here, "n2")) {
                    here.spawn<unloader>("u");
                    return;
                }
                delay_the_first(here, 300ms, overtakable);
                here.spawn<starter>("", [keys](context& self) {
                    const auto to = [](std::uint64_t key) {
                        return send_options{.channel = channel("bulk"), .partition_key = key};
                    };
                    self.send(unloading, of_wire_bytes(1, 1'000), to(keys.one));
                    self.send(unloading, of_wire_bytes(2, 1'000), to(keys.same));
                    self.send(unloading, of_wire_bytes(3, 1'000), to(keys.other));
                });
            },
            limited({.bandwidth = megabyte}, {{.name = "bulk", .parallelism = 8}}));
        if (overtakable) {
            EXPECT_EQ(arrivals(it), (arrival_list{{3, 2ms}, {2, 3ms}, {1, 302ms}}));
        } else {
            EXPECT_EQ(arrivals(it), (arrival_list{{3, 2ms}, {1, 302ms}, {2, 303ms}}));
        }
    }
}

// ---- bounds of the queue -----------------------------------------------------------------------

TEST(lanes, handlers_that_send_too_much_lose_what_does_not_fit) {
    auto it =
        loading(limited({.bandwidth = megabyte, .queue_bytes_max = 3'000}), [](context& self) {
            for (std::int64_t value = 1; value <= 5; ++value) {
                self.send(unloading, of_wire_bytes(value, 1'000));
            }
        });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 2ms}, {2, 3ms}, {3, 4ms}}));
    EXPECT_EQ(it.texts(event_kind::drop),
              (std::vector<std::string>{"send queue full", "send queue full"}));
}

TEST(lanes, an_empty_lane_takes_a_message_larger_than_the_queue) {
    auto it = loading(limited({.bandwidth = megabyte, .queue_bytes_max = 10}), [](context& self) {
        self.send(unloading, of_wire_bytes(1, 1'000));
        self.send(unloading, of_wire_bytes(2, 1'000));
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 2ms}}));
    EXPECT_EQ(it.texts(event_kind::drop), (std::vector<std::string>{"send queue full"}));
}

TEST(lanes, fibers_wait_for_a_congested_lane_and_nothing_is_dropped) {
    std::vector<std::int64_t> expected;
    for (std::int64_t value = 1; value <= 100; ++value) expected.push_back(value);
    for (const bool limited_queue : {false, true}) {
        auto it = loading(
            limited({.bandwidth = megabyte,
                     .queue_bytes_max = limited_queue ? 4'000 : link_model::unlimited}),
            [](context& self) {
                self.spawn_fiber("f", [](fiber_context& fiber) {
                    for (std::int64_t value = 1; value <= 100; ++value) {
                        fiber.send(unloading, of_wire_bytes(value, 1'000));
                    }
                    fiber.note(word{fiber.now() > time_point(90ms) ? "waited" : "did not wait"});
                });
            });
        std::vector<std::int64_t> got;
        for (const auto& [value, when] : arrivals(it)) got.push_back(value);
        EXPECT_EQ(got, expected);
        EXPECT_EQ(it.texts(event_kind::drop), std::vector<std::string>{});
        EXPECT_EQ(it.words(), std::vector<std::string>{limited_queue ? "waited" : "did not wait"});
    }
}

TEST(lanes, a_fiber_waits_for_its_own_lane_only) {
    auto it = loading(
        limited({.bandwidth = megabyte, .queue_bytes_max = 4'000}),
        [](context& self) {
            for (int each = 0; each < 4; ++each) self.send(unloading, of_wire_bytes(1, 1'000));
            self.spawn_fiber("f", [](fiber_context& fiber) {
                fiber.send(at("n3", "u"), of_wire_bytes(2, 1'000));
                fiber.send(unloading, of_wire_bytes(3, 1'000), {channel("other")});
                fiber.note(word{fiber.now() == time_point{} ? "at once" : "late"});
            });
        },
        3);
    it.finish();
    EXPECT_EQ(it.words(), std::vector<std::string>{"at once"});
}

TEST(lanes, a_monotonic_channel_keeps_the_newest_state_flowing) {
    // A state of 10 ms on the wire every millisecond; the second of them may wait after 5 ms.
    const auto options = limited({.bandwidth = megabyte},
                                 {{.name = "state", .monotonic = true, .send_window = 50ms}});
    auto it = loading(options, [](context& self) {
        self.spawn_fiber("f", [](fiber_context& fiber) {
            for (std::int64_t value = 0; value < 100; ++value) {
                fiber.send(unloading, of_wire_bytes(value, 10'000), {channel("state")});
                fiber.sleep(1ms);
            }
        });
    });
    arrival_list expected;
    for (std::int64_t value = 0; value < 100; value += 10) {
        expected.emplace_back(value, std::chrono::milliseconds(value + 11));
    }
    EXPECT_EQ(arrivals(it), expected) << "each was the newest when it left";
    const auto drops = it.texts(event_kind::drop);
    EXPECT_EQ(drops.size(), 90U);
    for (const std::string& each : drops) {
        EXPECT_EQ(each, "monotonic channel: an earlier one still waits");
    }
}

TEST(lanes, a_monotonic_channel_sends_again_once_its_window_is_over) {
    const auto options = limited({.bandwidth = megabyte},
                                 {{.name = "state", .monotonic = true, .send_window = 20ms}});
    auto it = loading(options, [](context& self) {
        self.spawn_fiber("f", [](fiber_context& fiber) {
            for (std::int64_t value = 0; value < 5; ++value) {
                fiber.send(unloading, of_wire_bytes(value, 100'000), {channel("state")});
                fiber.sleep(10ms);
            }
        });
    });
    EXPECT_EQ(arrivals(it), (arrival_list{{0, 101ms}, {2, 201ms}, {4, 301ms}}));
}

TEST(lanes, a_monotonic_channel_sheds_behind_a_delay_without_limits_too) {
    small_world it(
        2,
        [](node& here) {
            if (is(here, "n2")) {
                here.spawn<unloader>("u");
                return;
            }
            delay_the_first(here, 300ms, false);
            here.spawn_fiber("", [](fiber_context& fiber) {
                for (std::int64_t value = 1; value <= 4; ++value) {
                    fiber.send(unloading, load{value, ""}, {channel("state")});
                    if (value == 2) fiber.sleep(400ms);
                }
            });
        },
        limited({}, {{.name = "state", .monotonic = true}}));
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 301ms}, {3, 401ms}, {4, 401ms}}));
}

// ---- crashes -----------------------------------------------------------------------------------

TEST(lanes, what_waited_on_a_node_that_crashed_never_arrives) {
    auto it = loading(limited({.bandwidth = megabyte}), [](context& self) {
        for (std::int64_t value = 1; value <= 4; ++value) {
            self.send(unloading, of_wire_bytes(value, 10'000));
        }
    });
    it->run_for(25ms);
    it.crash("n1");
    EXPECT_EQ(arrivals(it), (arrival_list{{1, 11ms}, {2, 21ms}}));
    EXPECT_EQ(it.texts(event_kind::drop),
              (std::vector<std::string>{"connection lost", "connection lost"}));
}

TEST(lanes, a_new_connection_does_not_wait_behind_the_old_one) {
    for (const std::string crashed : {"n1", "n2"}) {
        auto it = loading(limited({.bandwidth = megabyte}), [](context& self) {
            self.send(unloading, of_wire_bytes(1, 2'000));
            self.send(unloading, of_wire_bytes(2, 8 * megabyte));
        });
        it->run_for(10ms);
        it.crash(crashed);
        it.restart(crashed);
        it->run_for(1ms);
        it->find(node_id("n1"))->spawn<starter>("", [](context& self) {
            self.send(unloading, of_wire_bytes(3, 1'000), {channel("other")});
            self.send(unloading, of_wire_bytes(4, 1'000));
        });
        const auto all = arrivals(it);
        const auto arrived = [&](std::int64_t value) {
            const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) {
                return each.first == value && each.second > 10ms;
            });
            return found == all.end() ? duration(-1) : found->second;
        };
        EXPECT_EQ(arrived(3), 13ms);
        // The sender begins anew when it is the one that crashed.
        EXPECT_EQ(arrived(4), crashed == "n2" ? 13ms : 10ms + 2ms + 8'000ms + 1ms + 1ms);
    }
}

// ---- determinism -------------------------------------------------------------------------------

/// n1 loads n2 and n3; which of the two comes first must not matter to either.
small_world two_ways(bool turned, const latency_model& latency) {
    world_options options =
        limited({.bandwidth = 10 * megabyte, .window = 5'000, .queue_bytes_max = 20'000},
                {{.name = "bulk", .parallelism = 3}, {.name = "state", .monotonic = true}});
    options.latency = latency;
    options.seed = 3;
    return loading(
        options,
        [turned](context& self) {
            const auto stream = [](const char* to) {
                return [to](fiber_context& fiber) {
                    for (std::int64_t value = 0; value < 60; ++value) {
                        fiber.send(at(to, "u"),
                                   of_wire_bytes(value, 3'000 + 50 * std::size_t(value)),
                                   {channel(value % 3 == 0 ? "state" : "bulk")});
                        if (value % 4 == 0) fiber.sleep(200us);
                    }
                };
            };
            self.spawn_fiber("", stream(turned ? "n3" : "n2"));
            self.spawn_fiber("", stream(turned ? "n2" : "n3"));
        },
        3);
}

TEST(lanes, equal_worlds_give_equal_hashes) {
    for (const latency_model& model :
         {latency_model{constant_latency{}}, latency_model{exponential_latency{1ms, 4ms}}}) {
        auto one = two_ways(false, model);
        auto two = two_ways(false, model);
        auto turned = two_ways(true, model);
        one.finish();
        two.finish();
        turned.finish();
        EXPECT_EQ(one->trace().hash(), two->trace().hash());
        EXPECT_NE(one->trace().hash(), turned->trace().hash());
        EXPECT_FALSE(one.texts(event_kind::drop).empty()) << "the bounds were reached";
    }
}

TEST(lanes, unrelated_traffic_changes_no_arrival) {
    const auto on_n2 = [](bool turned) {
        auto it = two_ways(turned, constant_latency{});
        it.finish();
        arrival_list all;
        for (const auto& each : it->trace().notes<number>()) {
            if (each.node == node_id("n2")) {
                all.emplace_back(each.value.value, each.at.time_since_epoch());
            }
        }
        return all;
    };
    EXPECT_GT(on_n2(false).size(), 10U);
    EXPECT_EQ(on_n2(false), on_n2(true));
}

// ---- text --------------------------------------------------------------------------------------

RC_GTEST_PROP(link_model, text_round_trips, ()) {
    const auto unit = *rc::gen::element<std::uint64_t>(1, 1'000, 1'000'000, 1'000'000'000);
    const std::uint64_t count = unit * *rc::gen::inRange<std::uint64_t>(1, 18'000'000'000);
    for (const std::uint64_t each : {count, link_model::unlimited}) {
        RC_ASSERT(parse_bandwidth(bandwidth_text(each)) == each);
        RC_ASSERT(parse_byte_count("window", byte_count_text(each)) == each);
    }
}

TEST(link_model, texts_are_as_people_write_them) {
    EXPECT_EQ(parse_bandwidth("100MB/s"), 100 * megabyte);
    EXPECT_EQ(parse_bandwidth("1GB/s"), 1'000 * megabyte);
    EXPECT_EQ(parse_bandwidth("64KB/s"), 64'000U);
    EXPECT_EQ(parse_bandwidth("1B/s"), 1U);
    EXPECT_EQ(parse_byte_count("window", "4MB"), 4 * megabyte);
    EXPECT_EQ(bandwidth_text(1'000 * megabyte), "1GB/s");
    EXPECT_EQ(byte_count_text(1'500), "1500B");
    EXPECT_EQ(byte_count_text(link_model::unlimited), "unlimited");
    EXPECT_EQ(parse_byte_count("window", "18446744073709551614B"), UINT64_MAX - 1);
}

TEST(link_model, bad_texts_are_refused_with_one_line) {
    for (const std::string text :
         {"", "1", "MB", "0MB", "-1MB", "1.5MB", "1MiB", "1mb", "1 MB", " 1MB", "1MB ", "1TB",
          "infinite", "18446744073709551615B", "18446744074GB", "99999999999999999999B"}) {
        const auto bandwidth = parse_bandwidth(text + "/s");
        const auto window = parse_byte_count("window", text);
        ASSERT_FALSE(bandwidth.has_value()) << text;
        ASSERT_FALSE(window.has_value()) << text;
        EXPECT_EQ(bandwidth.error().message, "bandwidth '" + text +
                                                 "/s': expected 100MB/s or the like (B/s, KB/s, "
                                                 "MB/s, GB/s), or unlimited");
        EXPECT_EQ(window.error().message, "window '" + text +
                                              "': expected 64KB or the like (B, KB, MB, GB), or "
                                              "unlimited");
        EXPECT_EQ(window.error().code, error_code::bad_input);
    }
    EXPECT_FALSE(parse_bandwidth("100MB").has_value()) << "no rate";
    EXPECT_FALSE(parse_byte_count("queue", "100MB/s").has_value()) << "no count";
    EXPECT_FALSE(parse_bandwidth("unlimited/s").has_value());
}

}  // namespace
