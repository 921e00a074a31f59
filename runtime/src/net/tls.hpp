#pragma once

#include <memory>
#include <string>

#include <partita/runtime/security.hpp>
#include <tl/expected.hpp>
#include "net/byte_stream.hpp"

namespace partita::detail {

/// What this node presents and whom it trusts, read once from the files of tls_options; makes the
/// TLS side of each connection, which may outlive it.
class tls_context {
   public:
    /// An error names the file and OpenSSL's reason, as one line.
    [[nodiscard]] static tl::expected<tls_context, std::string> load(const tls_options&);

    /// The dialling and the accepting end over a connected, non-blocking socket.
    [[nodiscard]] std::unique_ptr<tls_stream> dialler(int socket) const;
    [[nodiscard]] std::unique_ptr<tls_stream> acceptor(int socket) const;

   private:
    struct release {
        void operator()(SSL_CTX*) const noexcept;
    };
    using handle = std::unique_ptr<SSL_CTX, release>;
    explicit tls_context(handle context) : context_(std::move(context)) {}
    [[nodiscard]] std::unique_ptr<SSL, ssl_release> session(int socket) const;

    handle context_;
};

/// The reason of the first error OpenSSL noted on this thread, which this call clears.
[[nodiscard]] std::string openssl_reason();

}  // namespace partita::detail
