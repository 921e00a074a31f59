#pragma once

#include <optional>

#include "isolation.hpp"

namespace partita::cli {

/// check_determinism in a worker; nothing when the worker does not survive it.
[[nodiscard]] std::optional<divergence> heap_divergence(const application&, const schedule&,
                                                        const isolation_options&);

/// Whether a trial runs otherwise in a fresh worker whose string hashes are shaken from the start.
[[nodiscard]] std::optional<divergence> hashing_divergence(const application&, const schedule&,
                                                           const isolation_options&);

}  // namespace partita::cli
