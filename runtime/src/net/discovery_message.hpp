#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// An answer of DNS as it came off the wire (RFC 1035, section 4; SRV is RFC 2782). Names are in
/// lower case, without a dot at their end; the root is empty. Every byte may be an attacker's.
namespace partita::detail {

enum class record_type : std::uint16_t { a = 1, cname = 5, aaaa = 28, srv = 33 };

struct dns_message {
    struct alias {
        std::string owner;
        std::string target;
    };
    struct address {
        std::string owner;
        record_type type;
        std::string host;  ///< `10.0.0.1` or `[fd00::1]`
    };
    struct service {
        std::string owner;
        std::string target;
        std::uint16_t port;
    };

    std::string question;  ///< the name asked for
    std::vector<alias> aliases;
    std::vector<service> services;
    std::vector<address> addresses;   ///< of the answer section
    std::vector<address> additional;  ///< of the additional section

    /// The name whose records answer the question, at the end of the chain of aliases.
    [[nodiscard]] std::string_view canonical_name() const;
};

/// Nothing for a message that is cut short, has a bad name or lies about a length.
[[nodiscard]] std::optional<dns_message> read_dns_message(std::span<const unsigned char>);

}  // namespace partita::detail
