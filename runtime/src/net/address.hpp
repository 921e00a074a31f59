#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace partita::detail {

/// `host:port`, `[::1]:port`; the host may be a name.
struct socket_address {
    std::string host;
    std::string port;
};

/// An error says what was expected.
[[nodiscard]] tl::expected<socket_address, std::string> parse_address(std::string_view);
[[nodiscard]] std::string to_text(const socket_address&);

}  // namespace partita::detail
