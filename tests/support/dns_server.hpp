#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace partita::test {

using dns_bytes = std::vector<unsigned char>;

enum class dns_type : std::uint16_t { a = 1, cname = 5, txt = 16, aaaa = 28, srv = 33 };
enum class dns_code : unsigned char {
    ok = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    refused = 5
};

inline void append_number(dns_bytes& to, std::size_t number) {
    to.push_back(static_cast<unsigned char>(number >> 8));
    to.push_back(static_cast<unsigned char>(number));
}

inline void append_name(dns_bytes& to, std::string_view name) {
    while (!name.empty()) {
        const auto label = name.substr(0, name.find('.'));
        to.push_back(static_cast<unsigned char>(label.size()));
        to.insert(to.end(), label.begin(), label.end());
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    to.push_back(0);
}

/// One resource record of an answer.
struct dns_entry {
    std::string owner;
    dns_type type;
    dns_bytes content;
};

inline void append_entry(dns_bytes& to, const dns_entry& entry) {
    append_name(to, entry.owner);
    append_number(to, static_cast<std::size_t>(entry.type));
    append_number(to, 1);  // the Internet
    append_number(to, 0);
    append_number(to, 30);  // seconds to live
    append_number(to, entry.content.size());
    to.insert(to.end(), entry.content.begin(), entry.content.end());
}

inline dns_entry address_entry(std::string owner, const std::string& address) {
    const bool six = address.find(':') != std::string::npos;
    dns_bytes content(six ? 16 : 4);
    inet_pton(six ? AF_INET6 : AF_INET, address.c_str(), content.data());
    return {std::move(owner), six ? dns_type::aaaa : dns_type::a, std::move(content)};
}

inline dns_entry alias_entry(std::string owner, std::string_view target) {
    dns_bytes content;
    append_name(content, target);
    return {std::move(owner), dns_type::cname, std::move(content)};
}

inline dns_entry service_entry(std::string owner, std::string_view target, std::uint16_t port) {
    dns_bytes content{0, 10, 0, 20};  // priority, weight
    append_number(content, port);
    append_name(content, target);
    return {std::move(owner), dns_type::srv, std::move(content)};
}

/// What the server says to one question.
struct dns_reply {
    dns_code code = dns_code::ok;
    std::vector<dns_entry> answers = {};
    std::vector<dns_entry> additional = {};
    bool tcp_only = false;                                ///< over UDP: empty and truncated
    bool silent = false;                                  ///< no answer at all
    std::function<dns_bytes(dns_bytes)> spoil = nullptr;  ///< makes of the answer what it likes
};

struct dns_query {
    std::string name;
    dns_type type;
    bool operator<(const dns_query& other) const {
        return std::tie(name, type) < std::tie(other.name, other.type);
    }
};

/// A name server on a port of 127.0.0.1, UDP and TCP, in a thread of its own. It knows the replies
/// it was given; to everything else it says that there is no such name.
class dns_server {
   public:
    dns_server() : wake_(eventfd(0, EFD_CLOEXEC)) {
        bind_both();
        thread_ = std::thread([this] { serve(); });
    }
    ~dns_server() {
        eventfd_write(wake_, 1);
        thread_.join();
        for (const int descriptor : {udp_, tcp_, wake_}) close(descriptor);
    }
    dns_server(const dns_server&) = delete;
    dns_server& operator=(const dns_server&) = delete;

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    /// From now on.
    void reply(const std::string& name, dns_type type, dns_reply given) {
        const std::lock_guard lock(mutex_);
        replies_[{name, type}] = std::move(given);
    }
    /// How often that has been asked.
    [[nodiscard]] int asked(const std::string& name, dns_type type) {
        const std::lock_guard lock(mutex_);
        return asked_[{name, type}];
    }
    [[nodiscard]] int asked_over_tcp() {
        const std::lock_guard lock(mutex_);
        return asked_over_tcp_;
    }

   private:
    static void check(int result, const char* what) {
        if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    }

    /// UDP takes any free port; TCP needs the same one, which may be taken.
    void bind_both() {
        constexpr int tries_max = 100;
        for (int tried = 1;; ++tried) {
            sockaddr_in place{};
            place.sin_family = AF_INET;
            place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            socklen_t length = sizeof(place);
            auto* const generic = reinterpret_cast<sockaddr*>(&place);
            check(udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
            check(bind(udp_, generic, length), "bind");
            check(getsockname(udp_, generic, &length), "getsockname");
            check(tcp_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
            if (bind(tcp_, generic, length) == 0) {
                check(listen(tcp_, 8), "listen");
                port_ = ntohs(place.sin_port);
                return;
            }
            const int wrong = errno;
            close(udp_);
            close(tcp_);
            errno = wrong;
            if (tried == tries_max) check(-1, "bind");
        }
    }

    void serve() {
        while (true) {
            std::array<pollfd, 3> polled{
                {{wake_, POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}}};
            poll(polled.data(), polled.size(), -1);
            if (polled[0].revents != 0) return;
            if (polled[1].revents != 0) serve_packet();
            if (polled[2].revents != 0) serve_connection();
        }
    }

    void serve_packet() {
        dns_bytes query(65'536);
        sockaddr_in from{};
        socklen_t length = sizeof(from);
        auto* const generic = reinterpret_cast<sockaddr*>(&from);
        const auto got = recvfrom(udp_, query.data(), query.size(), 0, generic, &length);
        if (got < 0) return;
        query.resize(static_cast<std::size_t>(got));
        if (const auto answer = answer_to(query, false)) {
            sendto(udp_, answer->data(), answer->size(), 0, generic, length);
        }
    }

    /// One question, one answer, each behind its length.
    void serve_connection() {
        const int connection = accept(tcp_, nullptr, nullptr);
        if (connection < 0) return;
        const timeval most{10, 0};
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
        dns_bytes size(2);
        if (recv(connection, size.data(), 2, MSG_WAITALL) == 2) {
            dns_bytes query(static_cast<std::size_t>(size[0] << 8 | size[1]));
            recv(connection, query.data(), query.size(), MSG_WAITALL);
            if (const auto answer = answer_to(query, true)) {
                dns_bytes sent;
                append_number(sent, answer->size());
                sent.insert(sent.end(), answer->begin(), answer->end());
                send(connection, sent.data(), sent.size(), MSG_NOSIGNAL);
            }
        }
        close(connection);
    }

    [[nodiscard]] std::optional<dns_bytes> answer_to(const dns_bytes& query, bool over_tcp) {
        constexpr std::size_t header = 12;
        std::size_t at = header;
        std::string name;
        while (at < query.size() && query[at] != 0) {
            const std::size_t length = query[at];
            if (at + 1 + length >= query.size()) return std::nullopt;
            if (!name.empty()) name += '.';
            name.append(reinterpret_cast<const char*>(&query[at + 1]), length);
            at += length + 1;
        }
        if (at + 5 > query.size()) return std::nullopt;
        const dns_query asked{name, static_cast<dns_type>(query[at + 1] << 8 | query[at + 2])};
        const dns_bytes question(query.begin() + header,
                                 query.begin() + static_cast<std::ptrdiff_t>(at + 5));
        const dns_reply reply = reply_to(asked, over_tcp);
        if (reply.silent) return std::nullopt;
        auto answer = encoded({query[0], query[1]}, question, reply, reply.tcp_only && !over_tcp);
        return reply.spoil ? reply.spoil(std::move(answer)) : answer;
    }

    [[nodiscard]] dns_reply reply_to(const dns_query& query, bool over_tcp) {
        const std::lock_guard lock(mutex_);
        ++asked_[query];
        asked_over_tcp_ += over_tcp ? 1 : 0;
        const auto known = replies_.find(query);
        return known != replies_.end() ? known->second : dns_reply{.code = dns_code::nxdomain};
    }

    static dns_bytes encoded(dns_bytes number, const dns_bytes& question, const dns_reply& reply,
                             bool truncated) {
        dns_bytes answer = std::move(number);
        answer.push_back(truncated ? 0x87 : 0x85);  // an authoritative answer, recursion desired
        answer.push_back(static_cast<unsigned char>(0x80 | static_cast<unsigned>(reply.code)));
        append_number(answer, 1);
        append_number(answer, truncated ? 0 : reply.answers.size());
        append_number(answer, 0);
        append_number(answer, truncated ? 0 : reply.additional.size());
        answer.insert(answer.end(), question.begin(), question.end());
        if (truncated) return answer;
        for (const auto* const section : {&reply.answers, &reply.additional}) {
            for (const dns_entry& entry : *section) append_entry(answer, entry);
        }
        return answer;
    }

    int wake_;
    int udp_ = -1;
    int tcp_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::map<dns_query, dns_reply> replies_;
    std::map<dns_query, int> asked_;
    int asked_over_tcp_ = 0;
    std::thread thread_;
};

}  // namespace partita::test
