#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <partita/runtime/ids.hpp>
#include <partita/runtime/payload.hpp>

namespace partita {

/// What becomes of one message on the network, when something else than the latency model says so.
struct message_fate {
    /// When it arrives, each time; never: it is lost. A time that is past is now. It arrives in
    /// whatever life the node then has.
    std::vector<time_point> arrivals;
    std::string_view reason;         ///< why it is lost; must outlive the world
    std::optional<payload> content;  ///< what arrives; none: what was sent
};

}  // namespace partita
