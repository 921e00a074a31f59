#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;

std::vector<duration> samples(const latency_model& model, int count = 20'000,
                              std::uint64_t seed = 1) {
    random_source random(seed);
    std::vector<duration> all;
    for (int index = 0; index < count; ++index) all.push_back(sample(model, random));
    return all;
}

double mean_ms(const std::vector<duration>& all) {
    double sum = 0;
    for (const duration each : all) sum += static_cast<double>(each.count()) / 1e6;
    return sum / static_cast<double>(all.size());
}

TEST(latency, constant_is_constant) {
    for (const duration each : samples(constant_latency{3ms}, 10)) EXPECT_EQ(each, 3ms);
}

TEST(latency, uniform_stays_in_its_range_and_reaches_both_ends) {
    const auto all = samples(uniform_latency{1ms, 5ms});
    EXPECT_NEAR(mean_ms(all), 3.0, 0.05);
    EXPECT_GE(*std::min_element(all.begin(), all.end()), 1ms);
    EXPECT_LE(*std::max_element(all.begin(), all.end()), 5ms);
    const auto few = samples(uniform_latency{1ns, 3ns}, 100);
    for (const auto value : {1ns, 2ns, 3ns})
        EXPECT_NE(std::find(few.begin(), few.end(), value), few.end());
}

TEST(latency, exponential_has_its_mean_median_and_floor) {
    auto all = samples(exponential_latency{1ms, 4ms});
    EXPECT_NEAR(mean_ms(all), 5.0, 0.1);
    std::sort(all.begin(), all.end());
    EXPECT_GE(all.front(), 1ms);
    EXPECT_NEAR(static_cast<double>(all[all.size() / 2].count()) / 1e6, 1 + 4 * 0.6931, 0.1);
    EXPECT_GT(all.back(), 25ms) << "no cut";
}

TEST(latency, pareto_is_heavy_tailed_and_cut) {
    auto all = samples(pareto_latency{1ms, 15, 10s});
    std::sort(all.begin(), all.end());
    EXPECT_GE(all.front(), 1ms);
    EXPECT_LE(all.back(), 10s);
    // P(X > x) = x^-1.5: the median is 2^(1/1.5), and one in a thousand is beyond 100.
    EXPECT_NEAR(static_cast<double>(all[all.size() / 2].count()) / 1e6, 1.587, 0.03);
    EXPECT_NEAR(static_cast<double>(all[all.size() * 999 / 1'000].count()) / 1e6, 100, 40);
    EXPECT_NEAR(mean_ms(samples(pareto_latency{1ms, 30, 10s})), 1.5, 0.05);
    for (const duration each : samples(pareto_latency{1ms, 11, 2ms}, 1'000)) EXPECT_LE(each, 2ms);
}

TEST(latency, is_the_same_in_every_build) {
    const auto first = [](const latency_model& model) {
        return samples(model, 3, 42).back().count();
    };
    EXPECT_EQ(first(uniform_latency{1ms, 5ms}), 2'114'404);
    EXPECT_EQ(first(exponential_latency{1ms, 4ms}), 6'111'896);
    EXPECT_EQ(first(pareto_latency{1ms, 15, 10s}), 2'344'290);
}

latency_model drawn_model() {
    const auto time = [] {
        return duration(*rc::gen::inRange<std::int64_t>(0, 3'600'000'000'000));
    };
    const auto least = time();
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
            return constant_latency{least};
        case 1:
            return uniform_latency{least, least + time()};
        case 2:
            return exponential_latency{least, time()};
        default:
            return pareto_latency{least, *rc::gen::inRange<std::uint32_t>(11, 1'001),
                                  least + time()};
    }
}

RC_GTEST_PROP(latency, text_round_trips_and_samples_are_never_negative, (std::uint64_t seed)) {
    const latency_model model = drawn_model();
    const auto read = parse_latency(to_text(model));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == model);
    random_source random(seed);
    for (int draw = 0; draw < 10; ++draw) RC_ASSERT(sample(model, random) >= 0s);
}

TEST(latency, bad_texts_are_refused_with_one_line) {
    for (const char* text : {"",
                             "1",
                             "ms",
                             "-1ms",
                             "1.5ms",
                             "1ms ",
                             " 1ms",
                             "1msx",
                             "1m",
                             "uniform:",
                             "uniform:1ms",
                             "uniform:5ms..1ms",
                             "uniform:1ms...5ms",
                             "exponential:1ms",
                             "exponential:1ms+",
                             "pareto:1ms*1.0..10s",
                             "pareto:1ms*100.1..10s",
                             "pareto:1ms*1.55..10s",
                             "pareto:1ms*1...10s",
                             "pareto:2s*1.5..1s",
                             "gaussian:1ms",
                             "9223372036854775807s",
                             "99999999999999999999ms",
                             "4000000s",
                             "uniform:1ms..5ms,"}) {
        const auto read = parse_latency(text);
        ASSERT_FALSE(read.has_value()) << text;
        EXPECT_EQ(read.error().code, error_code::bad_input);
        EXPECT_NE(read.error().message.find("'" + std::string(text) + "'"), std::string::npos);
        EXPECT_EQ(read.error().message.find('\n'), std::string::npos);
    }
}

/// n1 sends 1..count to n2 on alternating channels, at once or a little apart.
small_world streaming(const latency_model& latency, int count, duration gap) {
    world_options options;
    options.latency = latency;
    options.seed = 5;
    return small_world(
        2,
        [=](node& here) {
            if (is(here, "n2")) {
                here.spawn<recorder>("r");
                return;
            }
            here.spawn_fiber("f", [=](fiber_context& self) {
                for (int value = 1; value <= count; ++value) {
                    self.send(at("n2", "r"), number{value},
                              {channel(value % 2 == 0 ? "even" : "odd")});
                    if (gap > 0s) self.sleep(gap);
                }
            });
        },
        options);
}

TEST(network, order_holds_on_each_channel_and_only_there) {
    for (const latency_model& model :
         {latency_model{uniform_latency{0ms, 50ms}}, latency_model{exponential_latency{1ms, 20ms}},
          latency_model{pareto_latency{1ms, 11, 10s}}}) {
        for (const duration gap : {duration(0s), duration(1ms)}) {
            auto it = streaming(model, 200, gap);
            it.finish();
            const auto got = it.numbers("n2");
            ASSERT_EQ(got.size(), 200U);
            EXPECT_FALSE(std::is_sorted(got.begin(), got.end())) << "the channels are apart";
            std::vector<std::int64_t> even;
            std::vector<std::int64_t> odd;
            for (const std::int64_t each : got) (each % 2 == 0 ? even : odd).push_back(each);
            EXPECT_TRUE(std::is_sorted(even.begin(), even.end()));
            EXPECT_TRUE(std::is_sorted(odd.begin(), odd.end()));
        }
    }
}

TEST(network, the_default_takes_a_millisecond) {
    auto it = streaming(constant_latency{}, 1, 0s);
    it.finish();
    EXPECT_EQ(it->trace().notes<number>().at(0).at, time_point(1ms));
}

TEST(network, the_channel_is_in_the_address_of_every_message) {
    auto it = streaming(constant_latency{}, 3, 0s);
    it.finish();
    for (const traced_event& each : it->trace().events()) {
        if (each.kind != event_kind::send) continue;
        const auto value = it->trace().message_text(each);
        EXPECT_EQ(each.channel.name, value == "number{value: 2}" ? "even" : "odd");
        EXPECT_EQ(each.ordinal, value == "number{value: 3}" ? 2U : 1U) << "counted by channel";
    }
}

}  // namespace
