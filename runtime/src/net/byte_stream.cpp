#include "net/byte_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "net/tls.hpp"

namespace partita::detail {

namespace {

io_result moved(std::size_t bytes) { return {io_status::moved, bytes, {}}; }

std::string system_reason(int code) { return std::generic_category().message(code); }

/// A system call on the socket that did not do anything, and the state it leaves us in.
io_result stopped_by_system(io_status blocked) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {blocked, 0, {}};
    return {io_status::failed, 0, system_reason(errno)};
}

std::size_t bytes_of(std::span<const iovec> pieces) {
    std::size_t total = 0;
    for (const iovec& piece : pieces) total += piece.iov_len;
    return total;
}

/// Walks over the bytes of pieces without joining them.
class piece_cursor {
   public:
    explicit piece_cursor(std::span<const iovec> pieces) : pieces_(pieces) { skip_empty(); }
    /// Those of the piece at hand.
    [[nodiscard]] std::span<const std::byte> here() const {
        if (pieces_.empty()) return {};
        const auto* start = static_cast<const std::byte*>(pieces_.front().iov_base);
        return {start + used_, pieces_.front().iov_len - used_};
    }
    void skip(std::size_t bytes) {
        while (bytes != 0) {
            const std::size_t step = std::min(bytes, here().size());
            used_ += step;
            bytes -= step;
            skip_empty();
        }
    }
    /// Copies the next ones without moving on.
    void peek(std::byte* to, std::size_t bytes) const {
        for (piece_cursor ahead = *this; bytes != 0;) {
            const std::size_t step = std::min(bytes, ahead.here().size());
            std::memcpy(to, ahead.here().data(), step);
            ahead.skip(step);
            to += step;
            bytes -= step;
        }
    }

   private:
    void skip_empty() {
        while (!pieces_.empty() && used_ == pieces_.front().iov_len) {
            pieces_ = pieces_.subspan(1);
            used_ = 0;
        }
    }
    std::span<const iovec> pieces_;
    std::size_t used_ = 0;
};

}  // namespace

io_result plain_stream::read(std::span<std::byte> to) {
    if (to.empty()) return moved(0);
    ssize_t got = 0;
    do {
        got = ::recv(socket_, to.data(), to.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) return moved(static_cast<std::size_t>(got));
    return got == 0 ? io_result{io_status::closed, 0, {}}
                    : stopped_by_system(io_status::would_block_read);
}

io_result plain_stream::write(std::span<const iovec> pieces) {
    if (bytes_of(pieces) == 0) return moved(0);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg only reads them
    message.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 ? moved(static_cast<std::size_t>(sent))
                     : stopped_by_system(io_status::would_block_write);
}

io_result plain_stream::shutdown() {
    if (::shutdown(socket_, SHUT_WR) == 0) return moved(0);
    return {io_status::failed, 0, system_reason(errno)};
}

void ssl_release::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

tls_stream::tls_stream(std::unique_ptr<SSL, ssl_release> ssl) : ssl_(std::move(ssl)) {}

io_result tls_stream::handshake() {
    if (!failure_.empty()) return failed(failure_);
    ERR_clear_error();
    const int returned = SSL_do_handshake(ssl_.get());
    if (returned != 1) return stopped(returned);
    // Many records a system call, instead of two calls a record. Not before: what followed the
    // handshake would be taken off the socket by it, and who then waits for the socket waits long.
    SSL_set_read_ahead(ssl_.get(), 1);
    return moved(0);
}

io_result tls_stream::read(std::span<std::byte> to) {
    if (!failure_.empty()) return failed(failure_);
    std::size_t total = 0;
    while (total < to.size()) {
        std::size_t got = 0;
        ERR_clear_error();
        const int returned = SSL_read_ex(ssl_.get(), to.data() + total, to.size() - total, &got);
        if (returned != 1) {
            io_result stop = stopped(returned);
            // What came before the stop comes first; the stop is met again by the next read.
            return total == 0 ? std::move(stop) : moved(total);
        }
        total += got;
    }
    return moved(total);
}

io_result tls_stream::write(std::span<const iovec> pieces) {
    if (!failure_.empty()) return failed(failure_);
    const std::size_t offered = std::min(bytes_of(pieces), tls_write_bytes_max);
    piece_cursor cursor(pieces);
    std::size_t total = 0;
    while (total < offered) {
        std::size_t bytes = std::min(offered - total, tls_record_bytes_max);
        if (unfinished_bytes_ > bytes) return failed("a write that left out what it began");
        if (unfinished_bytes_ != 0) bytes = unfinished_bytes_;
        const std::byte* record = cursor.here().data();
        if (cursor.here().size() < bytes) {
            if (!gathered_) gathered_.reset(new std::byte[tls_record_bytes_max]);
            cursor.peek(gathered_.get(), bytes);
            record = gathered_.get();
        }
        io_result written = write_record(record, bytes);
        if (written.status != io_status::moved)
            return total == 0 ? std::move(written) : moved(total);
        cursor.skip(written.bytes);
        total += written.bytes;
    }
    return moved(total);
}

/// At most one record at a time: what OpenSSL left unfinished is then all of what it was offered,
/// and does not depend on where the bytes lie when they are offered again.
io_result tls_stream::write_record(const std::byte* record, std::size_t bytes) {
    std::size_t written = 0;
    ERR_clear_error();
    const int returned = SSL_write_ex(ssl_.get(), record, bytes, &written);
    unfinished_bytes_ = returned == 1 ? 0 : bytes;
    return returned == 1 ? moved(written) : stopped(returned);
}

io_result tls_stream::shutdown() {
    if (!failure_.empty()) return failed(failure_);
    ERR_clear_error();
    const int returned = SSL_shutdown(ssl_.get());
    // 0: ours is sent, theirs has not come yet, which only reading should wait for.
    return returned >= 0 ? moved(0) : stopped(returned);
}

/// Why OpenSSL stopped; must follow its call at once.
io_result tls_stream::stopped(int returned) {
    const int code = errno;
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {io_status::would_block_read, 0, {}};
        case SSL_ERROR_WANT_WRITE:
            return {io_status::would_block_write, 0, {}};
        case SSL_ERROR_ZERO_RETURN:
            return {io_status::closed, 0, {}};
        case SSL_ERROR_SYSCALL:
            return failed(code != 0 ? system_reason(code) : "cut off");
        default:
            break;
    }
    const bool is_refusal =
        ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    const std::string reason = openssl_reason();
    if (!is_refusal) return failed("TLS: " + reason);
    return failed(std::string("TLS: the certificate is refused: ") +
                  X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get())));
}

io_result tls_stream::failed(std::string why) {
    failure_ = std::move(why);
    return {io_status::failed, 0, failure_};
}

bool tls_stream::certificate_names(std::string_view node) const {
    // What X509_check_host would read otherwise: a leading dot as all names that end so, a length
    // of 0 as that of a C string.
    if (node.empty() || node.front() == '.' || node.find('\0') != std::string_view::npos) {
        return false;
    }
    X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    return certificate != nullptr &&
           X509_check_host(certificate, node.data(), node.size(), 0, nullptr) == 1;
}

std::string tls_stream::binding() const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::array<unsigned char, 32> bytes{};
    if (SSL_export_keying_material(ssl_.get(), bytes.data(), bytes.size(), label.data(),
                                   label.size(), nullptr, 0, 0) != 1) {
        throw std::runtime_error("a TLS session without a binding: " + openssl_reason());
    }
    return {bytes.begin(), bytes.end()};
}

namespace {

std::string printable(const unsigned char* text, int length) {
    std::string line(text, text + std::clamp(length, 0, 255));
    std::replace_if(
        line.begin(), line.end(),
        [](unsigned char letter) { return letter < ' ' || letter == 127; }, '?');
    return line;
}

void add_dns_names(X509* certificate, std::vector<std::string>& names) {
    auto* all = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int index = 0; index < sk_GENERAL_NAME_num(all); ++index) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, index);
        if (name->type != GEN_DNS) continue;
        names.push_back(
            printable(ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName)));
    }
    GENERAL_NAMES_free(all);
}

void add_common_name(X509* certificate, std::vector<std::string>& names) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return;
    const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    names.push_back(printable(ASN1_STRING_get0_data(name), ASN1_STRING_length(name)));
}

}  // namespace

std::vector<std::string> peer_names(const tls_stream& stream) {
    std::vector<std::string> names;
    X509* certificate = SSL_get0_peer_certificate(stream.ssl());
    if (certificate == nullptr) return names;
    add_dns_names(certificate, names);
    if (names.empty()) add_common_name(certificate, names);
    return names;
}

}  // namespace partita::detail
