// Counterexamples as GoogleTest tests: the macro registers one a file; what it runs is tried here.

#include "program_runs.hpp"

#include <partita/cli/program.hpp>
#include <partita/cli/regression_suite.hpp>
#include <partita/models/commit.hpp>

PARTITA_REGRESSION_SUITE(kept_counterexamples,
                         std::string(partita::test::source_dir) + "/tests/cli/regressions",
                         partita::commit::lampson_2pc(), partita::commit::skeen_3pc())

namespace partita::test {
namespace {

TEST(regression_suite, registers_a_test_for_each_file) {
    const auto& all = *testing::UnitTest::GetInstance();
    for (int at = 0; at < all.total_test_suite_count(); ++at) {
        if (std::string(all.GetTestSuite(at)->name()) != "kept_counterexamples") continue;
        ASSERT_EQ(all.GetTestSuite(at)->total_test_count(), 1);
        EXPECT_STREQ(all.GetTestSuite(at)->GetTestInfo(0)->name(), "undisturbed");
        return;
    }
    FAIL() << "the suite is not registered";
}

TEST(regression_suite, fails_when_a_counterexample_reproduces_and_says_how_to_see_it) {
    const workplace here;
    here.write("b-lost.schedule", lost_commit);
    here.write("a fine.schedule", "app lampson-2pc nodes=4\nn1 broadcast 42\n");
    here.write("notes.txt", "not a schedule");
    const auto tests = regression_tests((here / "").string(), stock_applications());
    ASSERT_EQ(tests.size(), 2u);
    EXPECT_EQ(tests[0].name, "a_fine");
    EXPECT_EQ(tests[0].run(), "");
    EXPECT_EQ(tests[1].name, "b_lost");
    const std::string said = tests[1].run();
    EXPECT_TRUE(contains(said, "n2 never delivered 42")) << said;
    EXPECT_TRUE(contains(said, "replay: partita replay ")) << said;
}

TEST(regression_suite, fails_when_a_counterexample_is_stale_or_cannot_be_read) {
    const workplace here;
    here.write("gone.schedule",
               "app lampson-2pc nodes=4\nn1 broadcast 42\nomit n1 -> n3 abort #1\n");
    here.write("wrong.schedule", "nonsense \"\n");
    const auto tests = regression_tests((here / "").string(), stock_applications());
    ASSERT_EQ(tests.size(), 2u);
    EXPECT_TRUE(contains(tests[0].run(), "stale")) << tests[0].run();
    EXPECT_TRUE(contains(tests[1].run(), "wrong.schedule:1:")) << tests[1].run();
}

TEST(regression_suite, a_directory_without_counterexamples_is_a_failing_test) {
    const workplace here;
    for (const std::string& directory : {(here / "").string(), (here / "absent").string()}) {
        const auto tests = regression_tests(directory, stock_applications());
        ASSERT_EQ(tests.size(), 1u);
        EXPECT_NE(tests[0].run(), "");
    }
}

}  // namespace
}  // namespace partita::test
