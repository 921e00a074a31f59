#pragma once

#include <string>
#include <vector>

#include <partita/cli/file_suite.hpp>
#include <partita/models/application.hpp>

namespace partita {

/// One test for each file `*.scenario` of a directory and those below it, in order of path. A
/// directory that cannot be read, or has none, gives one test that says so and fails.
[[nodiscard]] std::vector<file_test> scenario_tests(const std::string& directory,
                                                    std::vector<application>);

}  // namespace partita

/// Registers a GoogleTest test for each scenario, at namespace scope of a file that includes
/// <gtest/gtest.h>:
///
///     PARTITA_SCENARIO_SUITE(stories, "scenarios", lock_service(), counter())
///
/// The suite's name must be an identifier; behind the directory come the applications.
#define PARTITA_SCENARIO_SUITE(Suite, Directory, ...) \
    PARTITA_FILE_SUITE(Suite, ::partita::scenario_tests(Directory, {__VA_ARGS__}))
