#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace partita::parity {

/// Stands between a node and those that dial it, and does to their connections what networks do.
/// One thread of its own; the switches may be turned on any.
class tcp_proxy {
   public:
    /// Both are `host:port`, with an IPv4 address.
    tcp_proxy(const std::string& listen, const std::string& target)
        : listener_(::socket(AF_INET, kind, 0)), target_(endpoint(target)) {
        const sockaddr_in own = endpoint(listen);
        const int yes = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        // What is slow must not hide in the buffers of the kernel.
        ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
            ::listen(listener_, 64) != 0) {
            throw std::runtime_error("proxy: cannot listen on " + listen);
        }
        thread_ = std::thread([this] { serve(); });
    }
    ~tcp_proxy() {
        stopping_ = true;
        thread_.join();
        for (const pair& each : pairs_) end(each, false);
        ::close(listener_);
    }
    tcp_proxy(const tcp_proxy&) = delete;
    tcp_proxy& operator=(const tcp_proxy&) = delete;

    /// Nothing is forwarded or accepted, and nothing is closed, until it thaws.
    void freeze(bool frozen) { frozen_ = frozen; }
    /// Bytes a second in each direction of each connection; 0: as fast as it goes.
    void limit(std::size_t bytes_per_second) { limit_ = bytes_per_second; }
    /// Ends all connections by a reset.
    void reset_all() { ++resets_wanted_; }
    /// How many connections were reset.
    [[nodiscard]] std::size_t resets() const { return resets_; }
    [[nodiscard]] std::size_t accepted() const { return accepted_; }

   private:
    static constexpr int kind = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    static constexpr int buffer_bytes = 16 * 1024;
    static constexpr int glance_ms = 5;
    struct flow {
        int from = -1;
        int to = -1;
        std::vector<char> waiting{};
        std::size_t allowance = 0;
        bool ended = false;
    };
    struct pair {
        std::array<flow, 2> flows;
        bool broken = false;
    };

    static sockaddr_in endpoint(const std::string& address) {
        const std::size_t colon = address.rfind(':');
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
        if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &made.sin_addr) != 1) {
            throw std::runtime_error("proxy: no address: " + address);
        }
        return made;
    }

    void serve() {
        auto last = std::chrono::steady_clock::now();
        while (!stopping_) {
            wait();
            const auto now = std::chrono::steady_clock::now();
            const std::chrono::duration<double> passed = now - std::exchange(last, now);
            if (const unsigned wanted = resets_wanted_; wanted != resets_done_) {
                resets_done_ = wanted;
                resets_ += pairs_.size();
                for (const pair& each : pairs_) end(each, true);
                pairs_.clear();
            }
            if (frozen_) continue;
            accept_all();
            for (pair& each : pairs_) {
                for (flow& one : each.flows) move(one, each, passed.count());
            }
            pairs_.remove_if([](const pair& each) {
                if (each.broken) end(each, false);
                return each.broken;
            });
        }
    }

    void wait() {
        std::vector<pollfd> places;
        if (!frozen_) {
            places.push_back({listener_, POLLIN, 0});
            for (const pair& each : pairs_) {
                for (const flow& one : each.flows) {
                    if (limit_ != 0) continue;  // those have to wait for time to pass
                    if (!one.waiting.empty())
                        places.push_back({one.to, POLLOUT, 0});
                    else if (!one.ended)
                        places.push_back({one.from, POLLIN, 0});
                }
            }
        }
        ::poll(places.data(), places.size(), glance_ms);
    }

    void accept_all() {
        for (;;) {
            const int from = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (from < 0) return;
            const int to = ::socket(AF_INET, kind, 0);
            ::setsockopt(to, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
            ::setsockopt(to, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
            ::connect(to, reinterpret_cast<const sockaddr*>(&target_), sizeof target_);
            pairs_.push_back({{flow{from, to}, flow{to, from}}});
            ++accepted_;
        }
    }

    /// Reads and writes as much as it may now.
    void move(flow& one, pair& of, double seconds) const {
        const std::size_t rate = limit_;
        const std::size_t most = rate == 0 ? 256 * 1024 : std::size_t{16} * 1024;
        one.allowance += static_cast<std::size_t>(static_cast<double>(rate) * seconds);
        one.allowance = std::min(one.allowance, most);
        if (one.waiting.empty() && !one.ended) {
            std::vector<char> fresh(rate == 0 ? most : one.allowance);
            if (fresh.empty()) return;
            const ssize_t got = ::recv(one.from, fresh.data(), fresh.size(), 0);
            if (got > 0) {
                fresh.resize(static_cast<std::size_t>(got));
                one.allowance -= std::min(one.allowance, fresh.size());
                one.waiting = std::move(fresh);
            } else if (got == 0) {
                one.ended = true;
                ::shutdown(one.to, SHUT_WR);
                of.broken = of.flows[0].ended && of.flows[1].ended;
            } else if (errno != EAGAIN && errno != ENOTCONN) {
                of.broken = true;
            }
        }
        if (one.waiting.empty()) return;
        const ssize_t sent =
            ::send(one.to, one.waiting.data(), one.waiting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) one.waiting.erase(one.waiting.begin(), one.waiting.begin() + sent);
        if (sent < 0 && errno != EAGAIN && errno != ENOTCONN) of.broken = true;
    }

    static void end(const pair& ended, bool by_reset) {
        for (const int each : {ended.flows[0].from, ended.flows[0].to}) {
            const linger abrupt{1, 0};
            if (by_reset) ::setsockopt(each, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
            ::close(each);
        }
    }

    int listener_;
    sockaddr_in target_;
    std::list<pair> pairs_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> frozen_{false};
    std::atomic<std::size_t> limit_{0};
    std::atomic<unsigned> resets_wanted_{0};
    unsigned resets_done_ = 0;
    std::atomic<std::size_t> resets_{0};
    std::atomic<std::size_t> accepted_{0};
    std::thread thread_;
};

}  // namespace partita::parity
