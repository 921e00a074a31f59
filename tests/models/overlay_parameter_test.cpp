#include <gtest/gtest.h>

#include <partita/models/commit.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

namespace {

using namespace partita;

schedule over(const std::string& overlay, const std::string& rest = {}) {
    const auto parsed = parse_schedule("app lampson-2pc nodes=4 overlay=" + overlay +
                                       "\nn1 broadcast 42\n" + rest);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return *parsed;
}

TEST(overlay_parameter, changes_the_overlay_and_nothing_of_the_application) {
    const application two_phase = commit::lampson_2pc();
    for (const std::string overlay : {"none", "full-mesh", "client-server"}) {
        const outcome made = run(two_phase, over(overlay));
        EXPECT_EQ(made.verdict, verdict::holds) << overlay;
        EXPECT_EQ(made.history.front().response, response::ok()) << overlay;
        EXPECT_EQ(run(two_phase, over(overlay)).trace_hash, made.trace_hash) << overlay;
    }
}

TEST(overlay_parameter, leaves_labels_as_they_are_when_a_server_relays) {
    const application two_phase = commit::lampson_2pc();
    for (const std::string overlay : {"none", "full-mesh", "client-server"}) {
        const outcome lost = run(two_phase, over(overlay, "omit n1 -> n3 commit #1\n"));
        EXPECT_EQ(lost.verdict, verdict::violated) << overlay;
        EXPECT_EQ(lost.met, std::vector<bool>{true}) << overlay;
    }
}

TEST(overlay_parameter, static_links_reach_only_who_was_joined) {
    // All joined at n1, so n1 reaches all: its commit does too.
    EXPECT_EQ(run(commit::lampson_2pc(), over("static")).verdict, verdict::holds);
}

}  // namespace
