#pragma once

#include <functional>
#include <string>
#include <vector>

namespace partita {

/// One file as a test.
struct file_test {
    std::string name;  ///< of the file, as the name of a test
    std::string file;
    /// Runs it in a worker process. Empty when all is as it should be, else what is wrong.
    std::function<std::string()> run;
};

}  // namespace partita

/// Registers a GoogleTest test for each of these file_tests. Behind PARTITA_REGRESSION_SUITE and
/// PARTITA_SCENARIO_SUITE.
#define PARTITA_FILE_SUITE(Suite, ...)                                                             \
    namespace {                                                                                    \
    class Suite##_partita_file : public ::testing::Test {                                          \
       public:                                                                                     \
        explicit Suite##_partita_file(std::function<std::string()> run) : run_(std::move(run)) {}  \
        void TestBody() override {                                                                 \
            if (const std::string wrong = run_(); !wrong.empty()) GTEST_FAIL() << wrong;           \
        }                                                                                          \
                                                                                                   \
       private:                                                                                    \
        std::function<std::string()> run_;                                                         \
    };                                                                                             \
    [[maybe_unused]] const bool Suite##_partita_registered = [] {                                  \
        for (const ::partita::file_test& each : __VA_ARGS__) {                                     \
            ::testing::RegisterTest(                                                               \
                #Suite, each.name.c_str(), nullptr, nullptr, each.file.c_str(), 1,                 \
                [run = each.run]() -> ::testing::Test* { return new Suite##_partita_file(run); }); \
        }                                                                                          \
        return true;                                                                               \
    }();                                                                                           \
    }
