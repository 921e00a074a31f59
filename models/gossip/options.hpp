#pragma once

#include <cstdint>
#include <vector>

#include <partita/models/application.hpp>

namespace partita::gossip {

enum class protocol_kind : std::uint8_t {
    direct_mail,
    direct_mail_acked,
    anti_entropy,
    rumor_mongering,
};

/// See bugs.cpp.
enum class bug : std::uint8_t {
    none,
    no_certificate,
    early_collection,
    renewed_certificate,
    same_message_id,
    no_back_up,
    no_tie_break,
    mailed_twice_only,
};

/// The parameters of a node, read once when it starts.
struct gossip_options {
    protocol_kind protocol = protocol_kind::rumor_mongering;
    duration certificate_life{};
    bug planted = bug::none;
    std::vector<node_id> nodes{};

    [[nodiscard]] bool has(bug which) const { return planted == which; }
    [[nodiscard]] bool mails() const { return protocol <= protocol_kind::direct_mail_acked; }
};
[[nodiscard]] gossip_options options_of(const settings&);
[[nodiscard]] std::vector<parameter> gossip_parameters();

}  // namespace partita::gossip
