#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/frame.hpp"
#include "net/handshake.hpp"

namespace partita::testing {

/// A blocking TCP socket under a test's own control, for what no node would do.
class raw_socket {
   public:
    explicit raw_socket(int descriptor) : descriptor_(descriptor) {}
    /// Connected to that address.
    explicit raw_socket(const std::string& address)
        : raw_socket(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_in to = endpoint(address);
        connected_ = connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    raw_socket(raw_socket&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), connected_(other.connected_) {}
    raw_socket& operator=(raw_socket&&) = delete;
    ~raw_socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    [[nodiscard]] bool connected() const { return connected_; }
    void write(std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        }
    }
    /// False: the other side closed before so many came.
    [[nodiscard]] bool read(std::span<std::byte> into) const {
        while (!into.empty()) {
            const ssize_t got = ::recv(descriptor_, into.data(), into.size(), 0);
            if (got <= 0) return false;
            into = into.subspan(static_cast<std::size_t>(got));
        }
        return true;
    }
    /// Blocks until the other side closes; what it sends meanwhile is dropped.
    void wait_for_close() const {
        std::array<std::byte, 4096> ignored{};
        while (::recv(descriptor_, ignored.data(), ignored.size(), 0) > 0) {
        }
    }

    [[nodiscard]] static sockaddr_in endpoint(const std::string& address) {
        const auto parsed = detail::parse_address(address);
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_port = htons(static_cast<std::uint16_t>(std::stoi(parsed->port)));
        inet_pton(AF_INET, parsed->host.c_str(), &made.sin_addr);
        return made;
    }

   private:
    int descriptor_;
    bool connected_ = true;
};

/// The frames of one side of a raw socket, one at a time.
class raw_frames {
   public:
    explicit raw_frames(const raw_socket& socket) : socket_(socket) {}

    void send(detail::frame_kind kind, std::span<const std::byte> body) {
        socket_.write(detail::small_frame(kind, sent_.take(), body));
    }
    /// Nothing: the other side closed, or sent what is no frame.
    std::optional<std::pair<detail::frame_kind, std::vector<std::byte>>> receive() {
        std::array<std::byte, detail::frame_header_bytes> head{};
        if (!socket_.read(head)) return std::nullopt;
        const auto header = detail::decode(head, {});
        if (!header) return std::nullopt;
        std::vector<std::byte> body(header->body_bytes);
        if (!socket_.read(body)) return std::nullopt;
        return std::pair(header->kind, std::move(body));
    }
    /// Plays one side of a handshake to its end; false when it failed.
    template <typename Side>
    bool shake_hands(Side& side) {
        for (;;) {
            const auto frame = receive();
            if (!frame) return false;
            const detail::handshake_step step = side.on_frame(frame->first, frame->second);
            if (step.send) send(step.send->kind, step.send->body);
            if (step.failed) return false;
            if (step.done) return true;
        }
    }
    /// As dialler of that lane.
    bool dial_as(const std::string& name, const std::string& cluster = "partita") {
        detail::handshake_options self;
        self.self = {name, 1, "127.0.0.1:1", ""};
        self.cluster = cluster;
        self.nonce.fill(7);
        detail::dialling side(self, {}, "", {});
        const detail::handshake_frame hello = side.start();
        send(hello.kind, hello.body);
        return shake_hands(side);
    }

   private:
    const raw_socket& socket_;
    detail::frame_sequence sent_;
};

/// Calls itself by that name, shakes hands with whoever connects, and never reads again.
class deaf_peer {
   public:
    explicit deaf_peer(std::string name)
        : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const sockaddr_in any = raw_socket::endpoint("127.0.0.1:0");
        const int small = 4096;
        setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        ::bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof any);
        ::listen(listener_, 16);
        thread_ = std::thread([this, called = std::move(name)] { serve(called); });
    }
    ~deaf_peer() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    [[nodiscard]] std::string address() const {
        sockaddr_in own{};
        socklen_t size = sizeof own;
        getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &size);
        return "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
    }
    [[nodiscard]] int greeted() const { return greeted_; }

   private:
    void serve(const std::string& called) {
        std::vector<raw_socket> kept;
        while (!stopping_) {
            const int came = ::accept(listener_, nullptr, nullptr);
            if (came < 0) return;
            raw_socket socket(came);
            detail::handshake_options self;
            self.self = {called, 1, address(), ""};
            self.cluster = "partita";
            self.nonce.fill(3);
            detail::accepting side(self, {});
            if (raw_frames(socket).shake_hands(side)) ++greeted_;
            kept.push_back(std::move(socket));
        }
    }

    int listener_;
    std::thread thread_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> greeted_{0};
};

}  // namespace partita::testing
