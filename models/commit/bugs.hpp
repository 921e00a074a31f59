#pragma once

#include <partita/models/zoo.hpp>

namespace partita::commit {

/// The bugs of atomic_commit().
[[nodiscard]] bug_family bugs();

/// That atomic_commit() blocks, which is no mistake of it: found where `require=nonblocking` asks
/// for what two-phase commit cannot do.
[[nodiscard]] bug_family blocking_bugs();

/// What Partisan's lampson_2pc and skeen_3pc are as they stand, without a parameter `bug`.
[[nodiscard]] bug_family lampson_bugs();
[[nodiscard]] bug_family skeen_bugs();

}  // namespace partita::commit
