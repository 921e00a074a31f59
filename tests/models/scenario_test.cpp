#include <partita/models/scenario.hpp>

#include <gtest/gtest.h>

#include <partita/models/commit.hpp>

namespace {

using namespace partita;

constexpr std::string_view lost_commit = R"(# The coordinator tells its caller too early.
app lampson-2pc nodes=4

# All is well,
n1 broadcast 41
----
n1 broadcast 41 : OK

# and then one commit is lost.
n1 broadcast 42
omit n1 -> n3 commit #2
omit n1 -> n3 abort #1
----
n1 broadcast 42 : OK
omit n1 -> n3 commit #2
omit n1 -> n3 abort #1 : NOT MET

verdict
----
violated: reliable-broadcast: ok but not delivered by all
because the caller was told ok, but n3 never delivered 42
)";

scenario read(std::string_view text) {
    auto made = parse_scenario(text, "s");
    if (!made) throw std::runtime_error(made.error().message);
    return *made;
}
outcome played(const scenario& it) { return run(commit::lampson_2pc(), it.schedule); }
std::string error_of(std::string_view text) {
    const auto made = parse_scenario(text, "s");
    return made ? "no error" : made.error().message;
}
std::string mismatch_of(std::string_view text) {
    const scenario it = read(text);
    const auto wrong = mismatch(it, played(it));
    return wrong ? std::to_string(wrong->line) + ": " + wrong->message : "none";
}
std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string made(text);
    return made.replace(made.find(what), what.size(), by);
}

TEST(scenario, is_a_schedule_in_blocks_with_what_each_shows) {
    const scenario it = read(lost_commit);
    EXPECT_TRUE(it.has_expectations());
    ASSERT_EQ(it.blocks.size(), 3U);
    EXPECT_EQ(it.blocks[1].expected.size(), 3U);
    EXPECT_EQ(it.schedule.steps.size(), 2U);
    EXPECT_EQ(mismatch_of(lost_commit), "none");
    EXPECT_EQ(rewritten(it, played(it)), lost_commit);
}

TEST(scenario, tells_the_first_line_that_is_not_as_expected) {
    EXPECT_EQ(mismatch_of(replaced(lost_commit, "broadcast 42 : OK", "broadcast 42 : FAIL, error")),
              "14: - n1 broadcast 42 : FAIL, error\n+ n1 broadcast 42 : OK");
    EXPECT_EQ(mismatch_of(replaced(lost_commit, "\nomit n1 -> n3 abort #1 : NOT MET", "")),
              "16: - (nothing more)\n+ omit n1 -> n3 abort #1 : NOT MET");
    EXPECT_EQ(mismatch_of(replaced(lost_commit, "41 : OK\n", "41 : OK\nand more\n")),
              "8: - and more\n+ (nothing more)");
}

TEST(scenario, that_says_no_verdict_must_hold) {
    const std::string silent(lost_commit.substr(0, lost_commit.find("verdict")));
    EXPECT_EQ(mismatch_of(silent).substr(0, 57),
              "17: - holds (no `verdict` says otherwise)\n+ violated: rel");
    const scenario it = read(silent);
    EXPECT_EQ(rewritten(it, played(it)), lost_commit);
}

TEST(scenario, without_expectations_gets_them_by_a_rewrite) {
    const scenario it = read("app lampson-2pc\nn1 broadcast 7 # seven\n");
    EXPECT_FALSE(it.has_expectations());
    EXPECT_EQ(mismatch(it, played(it)), std::nullopt);
    EXPECT_EQ(rewritten(it, played(it)),
              "app lampson-2pc\nn1 broadcast 7 # seven\n----\nn1 broadcast 7 : OK\n");
}

TEST(scenario, errors_name_the_line_of_the_file) {
    EXPECT_EQ(error_of("app a\nn1 go\n----\nanything { goes\n\nwait soon\n"),
              "s:6:6: expected a duration such as 1500ms (units ns, us, ms, s, m, h), found "
              "\"soon\"");
    EXPECT_EQ(error_of("app a\nverdict\nverdict\n"), "s:3:1: a second `verdict`");
    EXPECT_EQ(error_of("app a\nverdict\nn1 go\n"), "s:3:1: a step behind `verdict`");
    EXPECT_EQ(error_of("app a\nn1 go }\n"),
              "s:2:7: a } that no { opens (as a plain word it stands in quotes)");
}

}  // namespace
