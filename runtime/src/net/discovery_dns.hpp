#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include <partita/runtime/discovery.hpp>

#include "discovery_wait.hpp"

namespace partita::detail {

/// discover() for DNS. Ends early, with an error, when the signal is set; it may be null. Requires:
/// a source without objections, a timeout of 1 ms or more.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> discover_by_dns(
    const dns_discovery&, duration timeout, const stop_signal*);

}  // namespace partita::detail
