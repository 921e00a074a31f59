#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include <partita/models/commit.hpp>
#include <partita/models/reliable_broadcast.hpp>
#include <partita/models/run.hpp>

#include <socket_venue.hpp>

// The stock protocols under one schedule, in a simulated world and on sockets.

namespace partita::parity {
namespace {

struct what_happened {
    partita::verdict verdict = verdict::holds;
    std::string violation;
    std::string responses;
    std::set<std::pair<std::string, std::string>> delivered;
    bool met = true;
    bool operator==(const what_happened&) const = default;
};

void PrintTo(const what_happened& it, std::ostream* to) {
    *to << to_text(it.verdict) << " (" << it.violation << "); " << it.responses << "; delivered:";
    for (const auto& [node, value] : it.delivered) *to << " " << node << " " << value;
    *to << (it.met ? "" : "; site not met");
}

template <typename Trial>
what_happened summary(const Trial& of, const trace& kept, bool met) {
    what_happened made{of.verdict, of.violation ? of.violation->kind : "", "", {}, met};
    for (const operation& each : of.history) made.responses += to_text(each.response) + ", ";
    for (const auto& each : kept.notes<delivered>()) {
        made.delivered.emplace(each.node.name(), each.value.value);
    }
    return made;
}

/// Runs the workload of the application with this deviation, or none, at both places.
void expect_the_same(const application& of, const std::string& deviation, verdict expected) {
    const std::string text = "app " + of.name + " nodes=3\nn1 broadcast hello\n" + deviation;
    const auto with = parse_schedule(text);
    ASSERT_TRUE(with) << with.error().message;
    const outcome simulated = run(of, *with);
    socket_venue venue(of, *with);
    const driven real = drive(of, *with, venue);
    const bool met = deviation.empty() || venue.met(0);
    const what_happened one = summary(simulated, simulated.trace, true);
    EXPECT_EQ(summary(real, venue.trace(), met), one) << text;
    EXPECT_EQ(one.verdict, expected) << text;
}

const std::string lost_commit = "omit n1 -> n2 commit #1";

TEST(protocols_on_sockets, lampson_2pc_delivers_everywhere) {
    expect_the_same(commit::lampson_2pc(), "", verdict::holds);
}
TEST(protocols_on_sockets, lampson_2pc_fails_when_a_commit_is_lost) {
    expect_the_same(commit::lampson_2pc(), lost_commit, verdict::violated);
}
TEST(protocols_on_sockets, bernstein_ctp_delivers_everywhere) {
    expect_the_same(commit::bernstein_ctp(), "", verdict::holds);
}
TEST(protocols_on_sockets, bernstein_ctp_asks_the_others_when_a_commit_is_lost) {
    expect_the_same(commit::bernstein_ctp(), lost_commit, verdict::holds);
}
TEST(protocols_on_sockets, skeen_3pc_delivers_everywhere) {
    expect_the_same(commit::skeen_3pc(), "", verdict::holds);
}
TEST(protocols_on_sockets, skeen_3pc_commits_by_itself_when_a_commit_is_lost) {
    expect_the_same(commit::skeen_3pc(), lost_commit, verdict::holds);
}

}  // namespace
}  // namespace partita::parity
