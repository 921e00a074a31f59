#include "net/address.hpp"

#include <charconv>
#include <cstdint>

namespace partita::detail {

tl::expected<socket_address, std::string> parse_address(std::string_view text) {
    const auto wrong = [&](std::string_view expected) {
        return tl::unexpected("'" + std::string(text) + "' is no address; expected " +
                              std::string(expected));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong("host:port");
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size()) {
        return wrong("a port of 0 to 65535 behind the last colon");
    }
    if (host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return wrong("brackets around an IPv6 address: [::1]:9000");
    }
    if (host.empty()) return wrong("a host before the colon");
    return socket_address{std::string(host), std::string(port)};
}

std::string to_text(const socket_address& from) {
    const bool version_6 = from.host.find(':') != std::string::npos;
    return (version_6 ? "[" + from.host + "]" : from.host) + ":" + from.port;
}

}  // namespace partita::detail
