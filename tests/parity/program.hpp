#pragma once

#include <chrono>
#include <string>
#include <vector>

/// What the test program does besides running tests, and what it is told.
namespace partita::parity {

/// `--node ...`: a node in a process of its own, until it is killed.
int live_until_killed(const std::vector<std::string>& arguments);

/// `--soak-seconds=N`: for how long the soak disturbs its nodes.
inline std::chrono::seconds soak_time{4};

}  // namespace partita::parity
