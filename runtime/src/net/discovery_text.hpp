#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <partita/runtime/discovery.hpp>

namespace partita::detail {

/// An address and port of a name server.
struct server_address {
    std::variant<in_addr, in6_addr> address;
    std::uint16_t port = 53;
};

/// Nothing if the text is no numeric address, with or without a port.
[[nodiscard]] std::optional<server_address> server_address_of(std::string_view);
[[nodiscard]] std::string_view name_of(dns_record);
/// A duration in the largest unit that divides it: `1500ms`.
[[nodiscard]] std::string duration_text(duration);
/// What is invalid, as one line; nothing for a source that can be looked up.
[[nodiscard]] std::optional<std::string> objection_to(const discovery_source&);

}  // namespace partita::detail
