#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace partita {

/// A secret is `openssl rand -base64 32`, or better. Not a word: the accepting node proves itself
/// first, so whoever can connect to it can try guesses at home afterwards.
inline constexpr std::size_t secret_bytes_min = 16;
inline constexpr std::size_t secret_bytes_max = 1024;

/// PEM files for TLS. It is mutual: each side presents a certificate, and verifies that the other's
/// leads to `authority_file`, is valid today, and names the node (DNS name, else common name;
/// wildcards as X509_check_host reads them, without regard to case). A certificate with extended
/// key usages needs both serverAuth and clientAuth.
///
/// TLS 1.3 only: all nodes run this program, so no older peer has to be met, and there is nothing
/// to downgrade to. Every cipher of it is authenticated and forward secret, the certificates travel
/// encrypted, and it needs one round trip less. Sessions are not resumed: each connection verifies
/// anew.
struct tls_options {
    std::string certificate_file;  ///< of this node, then any intermediate ones
    std::string key_file;          ///< its private key, not encrypted
    std::string authority_file;    ///< the root certificates trusted, and no other
};

/// How the connections between nodes are protected. All nodes of a cluster need the same.
///
/// | given          | who may join             | who can read or alter messages on the way        |
/// |----------------|--------------------------|--------------------------------------------------|
/// | neither        | whoever can connect      | whoever stands between                           |
/// | secret         | holders of the secret    | whoever stands between                           |
/// | tls            | holders of a certificate | nobody                                           |
/// | secret and tls | holders of both          | nobody; the secret's proof holds for one session |
///
/// The secret itself never travels: both sides prove that they hold it (HMAC-SHA256 over nonces of
/// both and all that was said), in either direction. It is not used to encrypt: without TLS, one
/// who can alter packets may wait for the proofs and take the connection over. Names of nodes,
/// cluster and channels are told to anyone who connects. No member is protected from another
/// member, and with TLS the traffic's times and lengths remain visible.
struct security_options {
    std::string secret;  ///< empty: none; else secret_bytes_min to secret_bytes_max bytes
    std::optional<tls_options> tls;
};

/// What is wrong with these, as one line. Reads no file.
[[nodiscard]] inline tl::expected<void, std::string> check(const security_options& options) {
    const std::size_t bytes = options.secret.size();
    if (bytes != 0 && (bytes < secret_bytes_min || bytes > secret_bytes_max)) {
        return tl::unexpected("a secret has " + std::to_string(secret_bytes_min) + " to " +
                              std::to_string(secret_bytes_max) + " bytes, not " +
                              std::to_string(bytes));
    }
    if (!options.tls) return {};
    for (const auto* file :
         {&options.tls->certificate_file, &options.tls->key_file, &options.tls->authority_file}) {
        if (file->empty()) {
            return tl::unexpected<std::string>(
                "TLS needs three files: certificate, key and authority");
        }
    }
    return {};
}

}  // namespace partita
