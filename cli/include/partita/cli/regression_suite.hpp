#pragma once

#include <string>
#include <vector>

#include <partita/cli/file_suite.hpp>
#include <partita/models/application.hpp>

namespace partita {

/// One test for each exported counterexample, `*.schedule`, of a directory, in order of name: it
/// fails when the counterexample reproduces, no longer fits the program, or cannot be read. A
/// directory that cannot be read, or has none, gives one test that says so and fails.
[[nodiscard]] std::vector<file_test> regression_tests(const std::string& directory,
                                                      std::vector<application>);

}  // namespace partita

/// Registers a GoogleTest test for each counterexample in a directory (`partita corpus export`), at
/// namespace scope of a file that includes <gtest/gtest.h>:
///
///     PARTITA_REGRESSION_SUITE(regressions, "regressions", lock_service(), counter())
///
/// The suite's name must be an identifier; behind the directory come the applications.
#define PARTITA_REGRESSION_SUITE(Suite, Directory, ...) \
    PARTITA_FILE_SUITE(Suite, ::partita::regression_tests(Directory, {__VA_ARGS__}))
