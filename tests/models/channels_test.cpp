#include <gtest/gtest.h>

#include <stdexcept>

#include <relay_application.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using stored_list = std::vector<std::pair<std::int64_t, std::int64_t>>;

struct image {
    std::int64_t value = 0;
    std::string pixels;
};
PARTITA_MESSAGE(image, value, pixels)

/// Notes what it gets.
struct gallery {
    using accepts = messages<image>;
    void on_message(context& self, const image& got) { self.note(number{got.value}); }
};

/// `n1 show VALUE BYTES [CHANNEL [KEY]]` sends an image to n2.
application_builder gallery_application() {
    command_definition shows;
    shows.name = "show";
    shows.usage = "show VALUE BYTES [CHANNEL [KEY]]";
    shows.arguments_least = 2;
    shows.arguments_most = 4;
    shows.run = [](fiber_context& self, const command& it) {
        static const std::string none;
        const std::string& name = it.arguments.size() > 2 ? it.arguments[2] : none;
        send_options options{.channel = name == "bulk"    ? channel("bulk")
                                        : name == "state" ? channel("state")
                                                          : channel()};
        if (it.arguments.size() > 3) options.partition_key = std::stoull(it.arguments[3]);
        self.send(
            at("n2", "gallery"),
            image{std::stoll(it.arguments[0]), std::string(std::stoull(it.arguments[1]) - 96, 'x')},
            options);
        return response::ok();
    };
    return define_application("gallery")
        .nodes({.least = 2, .most = 2, .usual = 2})
        .on_start([](node& here, const settings&) { here.spawn<gallery>("gallery"); })
        .channel({.name = "bulk", .parallelism = 8})
        .channel({.name = "state", .monotonic = true})
        .command(shows)
        .workload({"n1 show 1 150"});
}

outcome run_lines(const std::string& parameters, const std::string& lines) {
    const application of = gallery_application();
    outcome seen = run(of, schedule_of("app gallery " + parameters + "\n" + lines));
    EXPECT_EQ(seen.verdict, verdict::holds) << (seen.violation ? seen.violation->explanation : "");
    return seen;
}

std::vector<std::string> drops(const outcome& of) {
    std::vector<std::string> all;
    for (const traced_event& each : of.trace.events()) {
        if (each.kind == event_kind::drop) all.emplace_back(of.trace.text(each));
    }
    return all;
}

std::uint64_t key_in_lane(std::uint32_t lane) {
    std::uint64_t key = 0;
    while (lane_of(key, 8) != lane) ++key;
    return key;
}

TEST(channels, a_large_message_holds_up_what_follows_it_in_its_lane) {
    const std::string large = "n1 show 1 8000000 bulk " + std::to_string(key_in_lane(0)) + "\n";
    const auto after_large = [&](const std::string& small) {
        return stored_at(run_lines("bandwidth=100MB/s", large + "n1 show 2 150" + small));
    };
    const auto key = [](std::uint32_t lane) { return std::to_string(key_in_lane(lane)); };
    EXPECT_EQ(after_large(" bulk " + key(0)), (stored_list{{1, 81}, {2, 81}}));
    EXPECT_EQ(after_large(" bulk " + key(1)), (stored_list{{2, 1}, {1, 81}}));
    EXPECT_EQ(after_large(""), (stored_list{{2, 1}, {1, 81}}));
    EXPECT_EQ(stored_at(run_lines("", large + "n1 show 2 150")), (stored_list{{1, 1}, {2, 1}}));
}

TEST(channels, a_window_is_a_parameter_too) {
    EXPECT_EQ(stored_at(run_lines("window=64KB", "n1 show 1 640000")), (stored_list{{1, 19}}));
    EXPECT_EQ(stored_at(run_lines("window=64KB latency=10ms", "n1 show 1 640000")),
              (stored_list{{1, 190}}));
}

TEST(channels, a_queue_makes_a_client_wait_and_loses_nothing) {
    const std::string lines = "n1 show 1 10000\nn1 show 2 10000\nn1 show 3 10000";
    const outcome seen = run_lines("bandwidth=1MB/s queue=10KB", lines);
    EXPECT_EQ(stored_at(seen), (stored_list{{1, 11}, {2, 21}, {3, 31}}));
    EXPECT_EQ(seen.history.at(0).responded, time_point(10ms)) << "when the first had left";
    EXPECT_TRUE(drops(seen).empty());
    EXPECT_EQ(run_lines("bandwidth=1MB/s", lines).history.at(2).responded, time_point{});
}

TEST(channels, a_declared_monotonic_channel_sheds) {
    const std::string lines = "n1 show 1 10000 state\nn1 show 2 10000 state\nn1 show 3 10000";
    const outcome seen = run_lines("bandwidth=1MB/s", lines);
    EXPECT_EQ(stored_at(seen), (stored_list{{1, 11}, {3, 11}}));
    EXPECT_EQ(drops(seen),
              (std::vector<std::string>{"monotonic channel: an earlier one still waits"}));
}

TEST(channels, faults_find_messages_on_limited_links) {
    const std::string lines = "n1 show 1 10000\nn1 show 2 10000\n";
    const std::string limits = "bandwidth=1MB/s window=64KB queue=1MB";
    EXPECT_EQ(stored_at(run_lines(limits, lines)), (stored_list{{1, 11}, {2, 21}}));
    EXPECT_EQ(stored_at(run_lines(limits, lines + "omit n1 -> n2 image #1")),
              (stored_list{{2, 11}}));
    EXPECT_EQ(stored_at(run_lines(limits, lines + "delay n1 -> n2 image #1 by 300ms")),
              (stored_list{{1, 311}, {2, 321}}));
    EXPECT_EQ(stored_at(run_lines(limits, lines + "reorder n1 -> n2 image #1 by 300ms")),
              (stored_list{{2, 21}, {1, 311}}));
    EXPECT_EQ(stored_at(run_lines(limits, lines + "duplicate n1 -> n2 image #1")),
              (stored_list{{1, 11}, {1, 21}, {2, 31}}));
    EXPECT_EQ(stored_at(run_lines(limits, lines + "fault crash n1")), (stored_list{}));
}

TEST(channels, limits_written_out_change_no_hash) {
    const auto hash = [](const std::string& parameters) {
        return run(relay_application(), schedule_of("app relay " + parameters + "\nn1 put 7\n"))
            .trace_hash;
    };
    EXPECT_EQ(hash(""), hash("bandwidth=unlimited window=unlimited queue=unlimited"));
    EXPECT_EQ(hash("bandwidth=1MB/s"), hash("bandwidth=1000KB/s"));
    EXPECT_NE(hash(""), hash("bandwidth=1MB/s"));
}

TEST(channels, parameters_round_trip_as_text) {
    const std::string text = "app gallery bandwidth=100MB/s queue=1MB window=64KB\nn1 show 1 150\n";
    const schedule read = schedule_of(text);
    EXPECT_TRUE(check_schedule(gallery_application(), read).has_value());
    EXPECT_NE(to_text(read).find(text), std::string::npos) << to_text(read);
}

TEST(channels, bad_limits_are_refused) {
    const std::pair<std::string, std::string> cases[] = {
        {"bandwidth=fast", "bandwidth 'fast': expected 100MB/s"},
        {"bandwidth=100MB", "bandwidth '100MB': expected 100MB/s"},
        {"bandwidth=0B/s", "bandwidth '0B/s': expected"},
        {"window=64", "window '64': expected 64KB"},
        {"queue=1MB/s", "queue '1MB/s': expected 64KB"},
    };
    for (const auto& [parameter, expected] : cases) {
        const auto checked =
            check_schedule(gallery_application(), schedule_of("app gallery " + parameter + "\n"));
        ASSERT_FALSE(checked.has_value()) << parameter;
        EXPECT_EQ(checked.error().message.rfind(expected, 0), 0U) << checked.error().message;
    }
}

TEST(channels, the_parameters_of_every_application_are_known) {
    std::vector<std::string> names;
    for (const parameter& each : common_parameters(gallery_application())) {
        names.push_back(each.name);
        EXPECT_FALSE(each.about.empty());
        EXPECT_TRUE(settings_of(gallery_application(), {"gallery", {{each.name, each.usual}}}));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"nodes", "seed", "latency", "bandwidth", "window",
                                               "queue", "overlay"}));
}

TEST(channels, options_out_of_range_are_refused_by_the_builder) {
    const auto refused = [](channel_options declared) {
        try {
            (void)define_application("x").channel(std::move(declared));
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(refused({.name = "bulk", .parallelism = 0}),
              "channel 'bulk' of x: expected parallelism from 1 to 64");
    EXPECT_EQ(refused({.name = "bulk", .parallelism = 65}),
              "channel 'bulk' of x: expected parallelism from 1 to 64");
    EXPECT_EQ(refused({.name = "bulk", .compression = 20}),
              "channel 'bulk' of x: expected compression from 0 to 19");
    EXPECT_EQ(refused({.name = "bulk", .send_window = -1ms}),
              "channel 'bulk' of x: expected a send window of 0 or more");
    EXPECT_EQ(refused({.name = "bulk", .parallelism = 64}), "");
}

}  // namespace
