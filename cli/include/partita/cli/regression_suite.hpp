#pragma once

#include <functional>
#include <string>
#include <vector>

#include <partita/models/application.hpp>

namespace partita {

/// One exported counterexample as a regression test.
struct regression_test {
    std::string name;  ///< of its file, without `.schedule`, as a name of a test
    std::string file;
    /// Replays it in a worker process. Empty when it no longer fails, else what is wrong: it
    /// reproduces, it no longer fits the program, or the file cannot be read.
    std::function<std::string()> run;
};

/// One test for each file `*.schedule` of a directory, in order of name. A directory that cannot be
/// read, or has none, gives one test that says so and fails.
[[nodiscard]] std::vector<regression_test> regression_tests(const std::string& directory,
                                                            std::vector<application>);

}  // namespace partita

/// Registers a GoogleTest test for each counterexample in a directory (`partita corpus export`), at
/// namespace scope of a file that includes <gtest/gtest.h>:
///
///     PARTITA_REGRESSION_SUITE(regressions, "regressions", lock_service(), counter())
///
/// The suite's name must be an identifier; behind the directory come the applications.
#define PARTITA_REGRESSION_SUITE(Suite, Directory, ...)                                            \
    namespace {                                                                                    \
    class Suite##_partita_test : public ::testing::Test {                                          \
       public:                                                                                     \
        explicit Suite##_partita_test(std::function<std::string()> run) : run_(std::move(run)) {}  \
        void TestBody() override {                                                                 \
            if (const std::string wrong = run_(); !wrong.empty()) GTEST_FAIL() << wrong;           \
        }                                                                                          \
                                                                                                   \
       private:                                                                                    \
        std::function<std::string()> run_;                                                         \
    };                                                                                             \
    [[maybe_unused]] const bool Suite##_partita_registered = [] {                                  \
        for (const ::partita::regression_test& each :                                              \
             ::partita::regression_tests(Directory, {__VA_ARGS__})) {                              \
            ::testing::RegisterTest(                                                               \
                #Suite, each.name.c_str(), nullptr, nullptr, each.file.c_str(), 1,                 \
                [run = each.run]() -> ::testing::Test* { return new Suite##_partita_test(run); }); \
        }                                                                                          \
        return true;                                                                               \
    }();                                                                                           \
    }
