#pragma once

#include <functional>
#include <string>
#include <vector>

#include <partita/models/application.hpp>

namespace partita {

/// One scenario file as a test.
struct scenario_test {
    std::string
        name;  ///< of its file below the directory, without `.scenario`, as a name of a test
    std::string file;
    /// Runs it in a worker process. Empty when it shows what it expects, else what is wrong.
    std::function<std::string()> run;
};

/// One test for each file `*.scenario` of a directory and those below it, in order of path. A
/// directory that cannot be read, or has none, gives one test that says so and fails.
[[nodiscard]] std::vector<scenario_test> scenario_tests(const std::string& directory,
                                                        std::vector<application>);

}  // namespace partita

/// Registers a GoogleTest test for each scenario, at namespace scope of a file that includes
/// <gtest/gtest.h>:
///
///     PARTITA_SCENARIO_SUITE(stories, "scenarios", lock_service(), counter())
///
/// The suite's name must be an identifier; behind the directory come the applications.
#define PARTITA_SCENARIO_SUITE(Suite, Directory, ...)                                              \
    namespace {                                                                                    \
    class Suite##_partita_scenario : public ::testing::Test {                                      \
       public:                                                                                     \
        explicit Suite##_partita_scenario(std::function<std::string()> run)                        \
            : run_(std::move(run)) {}                                                              \
        void TestBody() override {                                                                 \
            if (const std::string wrong = run_(); !wrong.empty()) GTEST_FAIL() << wrong;           \
        }                                                                                          \
                                                                                                   \
       private:                                                                                    \
        std::function<std::string()> run_;                                                         \
    };                                                                                             \
    [[maybe_unused]] const bool Suite##_partita_scenarios_registered = [] {                        \
        for (const ::partita::scenario_test& each :                                                \
             ::partita::scenario_tests(Directory, {__VA_ARGS__})) {                                \
            ::testing::RegisterTest(#Suite, each.name.c_str(), nullptr, nullptr,                   \
                                    each.file.c_str(), 1, [run = each.run]() -> ::testing::Test* { \
                                        return new Suite##_partita_scenario(run);                  \
                                    });                                                            \
        }                                                                                          \
        return true;                                                                               \
    }();                                                                                           \
    }
