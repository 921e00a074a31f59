#include <gtest/gtest.h>

#include <partita/cli/scenario_suite.hpp>
#include <partita/models/atomic_commit.hpp>
#include <partita/models/commit.hpp>

#include "test_paths.hpp"

namespace {

using partita::scenario_tests;

PARTITA_SCENARIO_SUITE(commit_scenarios,
                       partita::test::source_dir + std::string("/tests/scenarios/commit"),
                       partita::commit::lampson_2pc(), partita::commit::bernstein_ctp(),
                       partita::commit::skeen_3pc(), partita::commit::atomic_commit())

TEST(scenario_suite, of_a_directory_without_scenarios_says_so) {
    const auto tests = scenario_tests("/nonexistent", {});
    ASSERT_EQ(tests.size(), 1U);
    EXPECT_EQ(tests[0].run(), "/nonexistent: No such file or directory");
}

}  // namespace
