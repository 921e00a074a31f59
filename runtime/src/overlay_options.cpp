#include <array>
#include <utility>

#include <partita/runtime/overlay.hpp>

#include "overlay_gossip.hpp"
#include "overlay_static.hpp"

namespace partita {
namespace {

struct named_overlay {
    std::string_view text;
    overlay_kind kind;
    overlay_role role;
};
constexpr std::array overlays{
    named_overlay{"full-mesh", overlay_kind::full_mesh, overlay_role::none},
    named_overlay{"client-server:server", overlay_kind::client_server, overlay_role::server},
    named_overlay{"client-server:client", overlay_kind::client_server, overlay_role::client},
    named_overlay{"static", overlay_kind::static_links, overlay_role::none},
};

/// Client and server need a role, the others have none.
overlay_role role_in(const overlay_options& options) {
    if (options.kind != overlay_kind::client_server) return overlay_role::none;
    return options.role == overlay_role::none ? overlay_role::client : options.role;
}

}  // namespace

std::string to_text(const overlay_options& options) {
    for (const named_overlay& each : overlays) {
        if (each.kind == options.kind && each.role == role_in(options)) {
            return std::string(each.text);
        }
    }
    return {};
}

tl::expected<overlay_options, std::string> parse_overlay(std::string_view text) {
    for (const named_overlay& each : overlays) {
        if (each.text == text) return overlay_options{each.kind, each.role, {}};
    }
    return tl::unexpected("overlay \"" + std::string(text) +
                          "\": expected full-mesh, client-server:server, client-server:client or "
                          "static");
}

std::unique_ptr<overlay> make_overlay(const overlay_options& asked, peer_spec self,
                                      std::uint64_t incarnation) {
    overlay_options options = asked;
    options.role = role_in(asked);
    self.role = options.role == overlay_role::server   ? "server"
                : options.role == overlay_role::client ? "client"
                                                       : "";
    if (options.kind == overlay_kind::static_links) {
        return std::make_unique<detail::static_overlay>(std::move(self), incarnation, options);
    }
    return std::make_unique<detail::gossip_overlay>(std::move(self), incarnation, options);
}

peer_spec contact_named(std::string_view name) {
    return peer_spec{node_id(name), std::string(name), {}, {}};
}

peer_spec contact_at(std::string_view address) {
    return peer_spec{{}, {}, std::string(address), {}};
}

}  // namespace partita
