#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include <partita/schedules/codec.hpp>

namespace {

using namespace std::chrono_literals;
using partita::parse_duration;
using partita::to_text;

std::string message_of(std::string_view text) {
    const auto parsed = parse_duration(text);
    return parsed ? "no error" : parsed.error().message;
}

TEST(duration, is_printed_in_the_largest_unit_that_loses_nothing) {
    EXPECT_EQ(to_text(std::chrono::nanoseconds{0}), "0s");
    EXPECT_EQ(to_text(7ns), "7ns");
    EXPECT_EQ(to_text(250us), "250us");
    EXPECT_EQ(to_text(1500ms), "1500ms");
    EXPECT_EQ(to_text(2s), "2s");
    EXPECT_EQ(to_text(90s), "90s");
    EXPECT_EQ(to_text(3min), "3m");
    EXPECT_EQ(to_text(60min), "1h");
    EXPECT_EQ(to_text(std::chrono::nanoseconds::max()), "9223372036854775807ns");
}

TEST(duration, is_read_in_every_unit) {
    EXPECT_EQ(parse_duration("7ns").value(), 7ns);
    EXPECT_EQ(parse_duration("250us").value(), 250us);
    EXPECT_EQ(parse_duration("1500ms").value(), 1500ms);
    EXPECT_EQ(parse_duration("2s").value(), 2s);
    EXPECT_EQ(parse_duration("3m").value(), 3min);
    EXPECT_EQ(parse_duration("1h").value(), 1h);
    EXPECT_EQ(parse_duration("0h").value(), 0ns);
    EXPECT_EQ(parse_duration("9223372036854775807ns").value(), std::chrono::nanoseconds::max());
}

TEST(duration, says_what_it_expected) {
    for (const auto* text :
         {"", "2", "s", "1.5s", "-2s", "+2s", "2 s", "2sec", "2S", " 2s", "2s "}) {
        const auto expected =
            "expected a duration such as 1500ms (units ns, us, ms, s, m, h), found \"" +
            std::string(text) + '"';
        EXPECT_EQ(message_of(text), expected);
    }
}

TEST(duration, past_the_range_is_an_error) {
    for (const auto* text :
         {"9223372036854775808ns", "9223372037s", "2562048h", "99999999999999999999ns"}) {
        EXPECT_EQ(message_of(text),
                  "expected a duration of at most 2^63 - 1 nanoseconds, found \"" +
                      std::string(text) + '"');
    }
}

RC_GTEST_PROP(duration, round_trips, ()) {
    const auto scale = *rc::gen::element<std::int64_t>(1, 1'000, 1'000'000'000, 3'600'000'000'000);
    const auto count =
        *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max() / scale);
    const std::chrono::nanoseconds duration{count * scale};
    RC_ASSERT(parse_duration(to_text(duration)).value() == duration);
}

RC_GTEST_PROP(duration, never_crashes_on_any_text, (const std::string& text)) {
    const auto parsed = parse_duration(text);
    if (parsed) {
        RC_ASSERT(parsed->count() >= 0);
    } else {
        RC_ASSERT(parsed.error().message.find('\n') == std::string::npos);
    }
}

}  // namespace
