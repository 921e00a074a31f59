#include "net/tls.hpp"

#include <new>
#include <system_error>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace partita::detail {

namespace {

constexpr std::size_t read_buffer_bytes = std::size_t{64} * 1024;

/// OpenSSL's own writes with write(), and SIGPIPE then ends the process when the other side has
/// gone; a library may not change what the process does with signals.
int write_without_signal(BIO* bio, const char* bytes, int count) {
    BIO_clear_retry_flags(bio);
    const int socket = static_cast<int>(BIO_get_fd(bio, nullptr));
    const auto sent = ::send(socket, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    const int returned = static_cast<int>(sent);
    if (returned <= 0 && BIO_sock_should_retry(returned) != 0) BIO_set_retry_write(bio);
    return returned;
}

/// OpenSSL's socket BIO, but for that.
BIO_METHOD* make_socket_method() {
    const BIO_METHOD* base = BIO_s_socket();
    BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOCKET, "partita socket");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_write(method, write_without_signal);
    BIO_meth_set_read(method, BIO_meth_get_read(base));
    BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(base));
    BIO_meth_set_create(method, BIO_meth_get_create(base));
    BIO_meth_set_destroy(method, BIO_meth_get_destroy(base));
    return method;
}

const BIO_METHOD* socket_method() {
    static const BIO_METHOD* const method = make_socket_method();
    return method;
}

/// Without it OpenSSL would ask for the password of an encrypted key at the terminal, and wait.
int no_password(char*, int, int, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

void set_policy(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // Resumption would spare the other side from showing a certificate that may have expired.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_read_buffer_len(context, read_buffer_bytes);
}

tl::unexpected<std::string> cannot_read(const char* what, const std::string& file) {
    return tl::unexpected("cannot use the " + std::string(what) + " file " + file + ": " +
                          openssl_reason());
}

tl::expected<void, std::string> use_key(SSL_CTX* context, const std::string& file) {
    bool is_encrypted = false;
    SSL_CTX_set_default_passwd_cb(context, no_password);
    SSL_CTX_set_default_passwd_cb_userdata(context, &is_encrypted);
    const int used = SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    if (is_encrypted) return tl::unexpected("the key file " + file + " is encrypted");
    if (used != 1) return cannot_read("key", file);
    return {};
}

}  // namespace

std::string openssl_reason() {
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

void tls_context::release::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }

tl::expected<tls_context, std::string> tls_context::load(const tls_options& files) {
    ERR_clear_error();
    handle context(SSL_CTX_new(TLS_method()));
    if (!context) return tl::unexpected("cannot set up TLS: " + openssl_reason());
    set_policy(context.get());
    if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_file.c_str()) != 1) {
        return cannot_read("certificate", files.certificate_file);
    }
    if (auto used = use_key(context.get(), files.key_file); !used) {
        return tl::unexpected(std::move(used.error()));
    }
    if (SSL_CTX_load_verify_file(context.get(), files.authority_file.c_str()) != 1) {
        return cannot_read("authority", files.authority_file);
    }
    return tls_context(std::move(context));
}

std::unique_ptr<SSL, ssl_release> tls_context::session(int socket) const {
    std::unique_ptr<SSL, ssl_release> ssl(SSL_new(context_.get()));
    BIO* bio = BIO_new(socket_method());
    if (!ssl || bio == nullptr) throw std::bad_alloc();
    BIO_set_fd(bio, socket, BIO_NOCLOSE);
    SSL_set_bio(ssl.get(), bio, bio);
    return ssl;
}

std::unique_ptr<tls_stream> tls_context::dialler(int socket) const {
    auto ssl = session(socket);
    SSL_set_connect_state(ssl.get());
    return std::make_unique<tls_stream>(std::move(ssl));
}

std::unique_ptr<tls_stream> tls_context::acceptor(int socket) const {
    auto ssl = session(socket);
    SSL_set_accept_state(ssl.get());
    return std::make_unique<tls_stream>(std::move(ssl));
}

}  // namespace partita::detail
