#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>
#include <sys/uio.h>

/// What a connection reads and writes through: a non-blocking socket, plain or under TLS.
namespace partita::detail {

enum class io_status : std::uint8_t {
    moved,              ///< `bytes` of them; of a handshake or a shutdown: it is done
    would_block_read,   ///< try again once the socket is readable, whatever was tried
    would_block_write,  ///< ... writable
    closed,             ///< the other side sent all it will
    failed              ///< for ever; `failure` says why, as one line
};

struct io_result {
    io_status status = io_status::moved;
    std::size_t bytes = 0;  ///< more than 0 only if moved
    std::string failure;
};

/// Bytes in order, until closed or failed; never blocks. Used by one thread at a time. Does not own
/// the socket, which must be non-blocking and outlive it. Under TLS, reading may have to wait until
/// the socket is writable, and writing until it is readable.
class byte_stream {
   public:
    virtual ~byte_stream() = default;
    /// Requires: done before anything else; repeated while it would block.
    [[nodiscard]] virtual io_result handshake() = 0;
    /// Fills a part of the span or all of it. Only would_block_read says that nothing more has
    /// come: bytes may wait inside the stream while the socket has none.
    [[nodiscard]] virtual io_result read(std::span<std::byte>) = 0;
    /// Writes some of the pieces' bytes, in order. After would_block, the next write offers at
    /// least the same bytes (from wherever they are by then): TLS may have sealed some already.
    [[nodiscard]] virtual io_result write(std::span<const iovec>) = 0;
    /// Says that nothing more will be written; the other side reads `closed`. Requires: no write
    /// stands unfinished.
    [[nodiscard]] virtual io_result shutdown() = 0;
};

/// The socket itself.
class plain_stream final : public byte_stream {
   public:
    explicit plain_stream(int socket) : socket_(socket) {}
    [[nodiscard]] io_result handshake() override { return {}; }
    [[nodiscard]] io_result read(std::span<std::byte>) override;
    [[nodiscard]] io_result write(std::span<const iovec>) override;
    [[nodiscard]] io_result shutdown() override;

   private:
    int socket_;
};

/// Frees an SSL; made by tls_context.
struct ssl_release {
    void operator()(SSL*) const noexcept;
};

/// One end of a TLS session; tls_context makes it.
///
/// Pieces smaller than a record (16 KiB) are gathered into one, so that many small messages cost
/// one seal and one system call; from larger ones, records are made where the bytes lie. One call
/// writes at most tls_write_bytes_max, so that one connection cannot hold up the others.
///
/// A connection cut without TLS's own goodbye is `failed`, not `closed`: whoever stands between can
/// end it at any time, but not unnoticed. In TLS 1.3 the dialler's handshake is done before the
/// acceptor looked at its certificate: a dialler that is turned away learns it from its first read.
class tls_stream final : public byte_stream {
   public:
    explicit tls_stream(std::unique_ptr<SSL, ssl_release>);
    [[nodiscard]] io_result handshake() override;
    [[nodiscard]] io_result read(std::span<std::byte>) override;
    [[nodiscard]] io_result write(std::span<const iovec>) override;
    [[nodiscard]] io_result shutdown() override;

    /// Whether the other's certificate names this node, as X509_check_host decides: its DNS names,
    /// or its common name if it has none. Requires: handshake done.
    [[nodiscard]] bool certificate_names(std::string_view node) const;
    /// 32 bytes that the two ends of this session share and nobody else can know (RFC 9266,
    /// tls-exporter): for handshake_options::binding. Requires: handshake done.
    [[nodiscard]] std::string binding() const;
    [[nodiscard]] const SSL* ssl() const { return ssl_.get(); }

   private:
    [[nodiscard]] io_result stopped(int returned);
    [[nodiscard]] io_result write_record(const std::byte* record, std::size_t bytes);
    [[nodiscard]] io_result failed(std::string why);

    std::unique_ptr<SSL, ssl_release> ssl_;
    std::unique_ptr<std::byte[]> gathered_;
    /// What OpenSSL must be offered again, exactly; 0 = nothing.
    std::size_t unfinished_bytes_ = 0;
    std::string failure_;
};

inline constexpr std::size_t tls_record_bytes_max = std::size_t{16} * 1024;
inline constexpr std::size_t tls_write_bytes_max = 64 * tls_record_bytes_max;

/// The names that the other's certificate bears, for a message about it. Requires: handshake done.
[[nodiscard]] std::vector<std::string> peer_names(const tls_stream&);

}  // namespace partita::detail
