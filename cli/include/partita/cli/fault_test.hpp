#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <partita/models/application.hpp>
#include <partita/models/live_trial.hpp>

namespace partita {

/// How far a fault test goes.
struct fault_test_options {
    /// Of the application: `{{"nodes", "3"}}`.
    std::map<std::string, std::string> parameters{};
    /// The most faults at once, all of one class.
    std::uint32_t faults_max = 1;
    /// The most trials of one class; what is beyond is told, not tried.
    std::uint64_t trials_max = 10'000;
};

/// One class of faults as a test.
struct fault_test {
    std::string name;  ///< `undisturbed`, `omission`, `crash`, ...
    struct result {
        std::string wrong;  ///< empty: the test passed in every trial
        std::string told;   ///< how many trials there were
        bool cut_short = false;
    };
    std::function<result()> run;
};

/// The classes of faults under which a test is repeated, a test each: undisturbed, and then every
/// single message that it sends, or event on a node, with an omission, a delay (3 s), reordering
/// (10 ms), a duplication, a crash, a crash and restart (after 1 s), a pause (3 s), a partition
/// (the node is cut off from then on). All but a crash end when the body settles or returns.
[[nodiscard]] std::vector<fault_test> fault_tests(std::function<void(live_trial&)> body,
                                                  application, const fault_test_options& = {});

}  // namespace partita

/// Makes of a test one that is repeated under every fault, each class of faults a test case of its
/// own (`locks.has_one_holder/omission`). At namespace scope of a file that includes
/// <gtest/gtest.h> and <gtest/gtest-spi.h>:
///
///     PARTITA_FAULT_TEST(locks, has_one_holder, lock_service()) {
///         const auto first = trial.take("n1 acquire a");
///         const auto second = trial.take("n2 acquire a");
///         EXPECT_FALSE(first == response::ok("granted") && second == response::ok("granted"));
///         if (!trial.is_disturbed()) { EXPECT_EQ(first, response::ok("granted")); }
///     }
///
/// Behind the application, options: `{.faults_max = 2}`. `trial` is a live_trial. A trial fails
/// when an assertion does, and when a property of the application does not hold. The message gives
/// the smallest schedule of each different failure.
#define PARTITA_FAULT_TEST(Suite, Name, ...)                                                       \
    namespace {                                                                                    \
    struct Suite##_##Name##_partita {                                                              \
        static void body(::partita::live_trial& trial);                                            \
        static void script(::partita::live_trial& trial) {                                         \
            ::testing::TestPartResultArray seen;                                                   \
            {                                                                                      \
                const ::testing::ScopedFakeTestPartResultReporter listening(                       \
                    ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD,    \
                    &seen);                                                                        \
                body(trial);                                                                       \
            }                                                                                      \
            for (int at = 0; at < seen.size(); ++at) {                                             \
                const auto& each = seen.GetTestPartResult(at);                                     \
                if (!each.failed()) continue;                                                      \
                const char* const file = each.file_name() == nullptr ? "" : each.file_name();      \
                throw ::partita::assertion_failed(                                                 \
                    std::string(file) + ":" + std::to_string(each.line_number()), each.message()); \
            }                                                                                      \
        }                                                                                          \
        class test : public ::testing::Test {                                                      \
           public:                                                                                 \
            explicit test(std::function<::partita::fault_test::result()> run)                      \
                : run_(std::move(run)) {}                                                          \
            void TestBody() override {                                                             \
                const ::partita::fault_test::result done = run_();                                 \
                RecordProperty("trials", done.told);                                               \
                if (done.cut_short) std::printf("[ cut short] %s\n", done.told.c_str());           \
                if (!done.wrong.empty()) GTEST_FAIL() << done.wrong;                               \
            }                                                                                      \
                                                                                                   \
           private:                                                                                \
            std::function<::partita::fault_test::result()> run_;                                   \
        };                                                                                         \
        [[maybe_unused]] static inline const bool registered = [] {                                \
            for (const ::partita::fault_test& each :                                               \
                 ::partita::fault_tests(script, __VA_ARGS__)) {                                    \
                ::testing::RegisterTest(                                                           \
                    #Suite, (#Name "/" + each.name).c_str(), nullptr, nullptr, __FILE__, __LINE__, \
                    [run = each.run]() -> ::testing::Test* { return new test(run); });             \
            }                                                                                      \
            return true;                                                                           \
        }();                                                                                       \
    };                                                                                             \
    }                                                                                              \
    void Suite##_##Name##_partita::body([[maybe_unused]] ::partita::live_trial& trial)
