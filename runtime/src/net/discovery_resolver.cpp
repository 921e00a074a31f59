#include "discovery_resolver.hpp"

#include <arpa/nameser.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "discovery_text.hpp"

namespace partita::detail {
namespace {

using namespace std::chrono_literals;

void take_answer(void* asked, int status, int /*timeouts*/, unsigned char* bytes,
                 int length) noexcept {
    auto& to = *static_cast<question*>(asked);
    --*to.open;
    to.status = status;
    if (status != ARES_SUCCESS) return;
    auto message = read_dns_message({bytes, static_cast<std::size_t>(length)});
    if (message) {
        to.answer = std::move(*message);
    } else {
        to.status = ARES_EBADRESP;
    }
}

}  // namespace

std::vector<std::string> question::hosts() const {
    std::vector<std::string> found;
    if (status != ARES_SUCCESS) return found;
    const std::string_view owner = answer.canonical_name();
    for (const auto& one : answer.addresses) {
        if (one.type == type && one.owner == owner) found.push_back(one.host);
    }
    return found;
}

resolver::resolver(const dns_discovery& source, duration timeout, const stop_signal* stop)
    : end_(timeout), stop_(stop) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    status_ = library;
    if (status_ == ARES_SUCCESS) open(source, timeout, 0);
    // Of a server's refusal or failure c-ares makes a reason to try the next one, and with the last
    // one forgets what it was. With a single server we want to hear it.
    if (status_ == ARES_SUCCESS && has_one_server()) {
        ares_destroy(channel_);
        channel_ = nullptr;
        open(source, timeout, ARES_FLAG_NOCHECKRESP);
    }
}

void resolver::open(const dns_discovery& source, duration timeout, int flags) {
    constexpr int tries = 3;
    constexpr int shares = 7;  // c-ares doubles the time from try to try: 1 + 2 + 4
    const auto share = std::chrono::duration_cast<std::chrono::milliseconds>(timeout) / shares;
    std::array<char, 10> no_file{"/dev/null"};
    ares_options options{};
    options.flags = flags | ARES_FLAG_NOALIASES;  // HOSTALIASES is not ours to read
    options.timeout = static_cast<int>(
        std::clamp<std::int64_t>(share.count(), 1, std::chrono::milliseconds(24h).count()));
    options.tries = tries;
    int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    if (!source.server.empty()) {
        options.flags |= ARES_FLAG_NOSEARCH;
        options.ndomains = 0;
        options.resolvconf_path = no_file.data();
        given |= ARES_OPT_DOMAINS | ARES_OPT_RESOLVCONF;
    }
    status_ = ares_init_options(&channel_, &options, given);
    if (status_ == ARES_SUCCESS && !source.server.empty()) use_server(source);
}

void resolver::use_server(const dns_discovery& source) {
    const auto server = server_address_of(source.server);
    ares_addr_port_node node{};
    node.udp_port = node.tcp_port = server->port;
    if (const auto* const four = std::get_if<in_addr>(&server->address)) {
        node.family = AF_INET;
        node.addr.addr4 = *four;
    } else {
        node.family = AF_INET6;
        static_assert(sizeof(node.addr.addr6) == sizeof(in6_addr));
        std::memcpy(&node.addr.addr6, &std::get<in6_addr>(server->address), sizeof(in6_addr));
    }
    status_ = ares_set_servers_ports(channel_, &node);
}

bool resolver::has_one_server() const {
    ares_addr_port_node* first = nullptr;
    if (ares_get_servers_ports(channel_, &first) != ARES_SUCCESS) return false;
    const bool one = first != nullptr && first->next == nullptr;
    ares_free_data(first);
    return one;
}

bool resolver::interrupted() const {
    return end_.passed() || (stop_ != nullptr && stop_->wait_for(duration::zero()));
}

void resolver::ask(std::vector<question>& questions) {
    std::size_t open = questions.size();
    for (question& one : questions) {
        one.open = &open;
        const auto ask_one = one.searched ? ares_search : ares_query;
        ask_one(channel_, one.name.c_str(), ns_c_in, static_cast<int>(one.type), take_answer, &one);
    }
    while (open > 0) {
        if (interrupted()) {
            ares_cancel(channel_);  // calls take_answer for every one that is open
            return;
        }
        wait_and_process();
    }
}

void resolver::wait_and_process() {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto wanted = static_cast<unsigned>(
        ares_getsock(channel_, sockets.data(), static_cast<int>(sockets.size())));
    std::vector<pollfd> polled;
    for (unsigned index = 0; index < sockets.size(); ++index) {
        short events = 0;
        if (ARES_GETSOCK_READABLE(wanted, index)) events |= POLLIN;
        if (ARES_GETSOCK_WRITABLE(wanted, index)) events |= POLLOUT;
        if (events != 0) polled.push_back({sockets[index], events, 0});
    }
    const std::size_t sockets_polled = polled.size();
    if (stop_ != nullptr) polled.push_back({stop_->descriptor(), POLLIN, 0});

    timeval most{};
    int milliseconds = end_.milliseconds_left();
    if (const timeval* const next = ares_timeout(channel_, nullptr, &most)) {
        milliseconds = std::min(milliseconds,
                                static_cast<int>(next->tv_sec * 1'000 + next->tv_usec / 1'000 + 1));
    }
    poll(polled.data(), polled.size(), milliseconds);
    for (std::size_t index = 0; index < sockets_polled; ++index) {
        const pollfd& one = polled[index];
        ares_process_fd(channel_, (one.revents & ~POLLOUT) != 0 ? one.fd : ARES_SOCKET_BAD,
                        (one.revents & POLLOUT) != 0 ? one.fd : ARES_SOCKET_BAD);
    }
    // For the time that has passed.
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace partita::detail
