#pragma once

#include <partita/models/perturbation.hpp>

#include "isolation.hpp"

namespace partita::cli {

/// run_isolated in a worker that hashes strings that way from its start.
[[nodiscard]] outcome run_in_worker(const application&, const schedule&, const isolation_options&,
                                    string_hashing);

}  // namespace partita::cli
