#pragma once

#include <partita/models/zoo.hpp>

namespace partita::kv {

/// What is promised whatever fails.
[[nodiscard]] bug_family bugs();
/// What is promised as long as no node crashes: hints and read repair alone make replicas equal.
[[nodiscard]] bug_family bugs_of_repair();

}  // namespace partita::kv
