// An IP link with a delay, in place of the kernel's netem, which not every kernel has:
//     delay_link ADDRESS_A ADDRESS_B ONE_WAY_US
// Makes two network namespaces with a TUN device each (/24, MTU 1500) and carries whole packets
// from one to the other after a fixed time, so that TCP's windows and congestion control see the
// delay. Packets are as large as segmentation offload makes them. Prints
//     up /proc/PID/fd/A /proc/PID/fd/B
// where nsenter --net=PATH finds the namespaces. Both end with this process: at SIGTERM, or when
// stdin closes. Needs root.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace partita::bench {
namespace {

using link_clock = std::chrono::steady_clock;

constexpr std::size_t packet_bytes_most = 70'000;
constexpr std::size_t reads_a_turn = 64;
constexpr std::size_t queued_bytes_most = 256u << 20;  // the rest is dropped, as a router would
constexpr int mtu = 1'500;
constexpr int device_queue_packets = 10'000;

int checked(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
    return result;
}

/// A device's settings, made through a socket of its namespace.
class interface_settings {
   public:
    explicit interface_settings(const char* name)
        : socket_(checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")), name_(name) {}
    ~interface_settings() { close(socket_); }
    interface_settings(const interface_settings&) = delete;
    interface_settings& operator=(const interface_settings&) = delete;

    void address(unsigned long which, const std::string& text) {
        sockaddr_in value{};
        value.sin_family = AF_INET;
        if (inet_pton(AF_INET, text.c_str(), &value.sin_addr) != 1) {
            throw std::runtime_error("'" + text + "': expected an IPv4 address");
        }
        ifreq request = empty();
        std::memcpy(&request.ifr_addr, &value, sizeof value);
        set(which, request);
    }
    void number(unsigned long which, int value) {
        ifreq request = empty();
        request.ifr_ifru.ifru_ivalue = value;
        set(which, request);
    }
    void up() {
        ifreq request = empty();
        request.ifr_flags = IFF_UP | IFF_RUNNING;
        set(SIOCSIFFLAGS, request);
    }

   private:
    [[nodiscard]] ifreq empty() const {
        ifreq request{};
        std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name_);
        return request;
    }
    void set(unsigned long which, ifreq& request) {
        checked(ioctl(socket_, which, &request), name_);
    }

    int socket_;
    const char* name_;
};

/// One end of the link: a TUN device alone with the loopback device in a namespace of its own.
struct link_end {
    int name_space = -1;
    int device = -1;
};

constexpr const char* device_name = "delay0";

int new_tun() {
    const int device =
        checked(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
    std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device_name);
    checked(ioctl(device, TUNSETIFF, &request), "TUNSETIFF");
    checked(ioctl(device, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6), "TUNSETOFFLOAD");
    return device;
}

/// Leaves the process in the new namespace, which does not matter: it opens no sockets later.
link_end new_end(const std::string& address) {
    checked(unshare(CLONE_NEWNET), "a network namespace (root?)");
    link_end made;
    made.name_space = checked(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "/proc/self/ns/net");
    made.device = new_tun();
    interface_settings tun(device_name);
    tun.address(SIOCSIFADDR, address);
    tun.address(SIOCSIFNETMASK, "255.255.255.0");
    tun.number(SIOCSIFMTU, mtu);
    tun.number(SIOCSIFTXQLEN, device_queue_packets);
    tun.up();
    interface_settings("lo").up();
    return made;
}

/// Packets on their way in one direction, oldest first: the delay is the same for all.
class direction {
   public:
    explicit direction(std::chrono::microseconds delay) : delay_(delay) {}

    [[nodiscard]] std::optional<link_clock::time_point> next_due() const {
        if (queue_.empty()) return std::nullopt;
        return queue_.front().due;
    }
    void take_from(int device) {
        for (std::size_t read_count = 0; read_count < reads_a_turn; ++read_count) {
            const ssize_t got = read(device, incoming_.data(), incoming_.size());
            if (got <= 0) return;
            const auto bytes = static_cast<std::size_t>(got);
            if (queued_bytes_ + bytes > queued_bytes_most) continue;
            queued_bytes_ += bytes;
            queue_.push_back({link_clock::now() + delay_, spare()});
            queue_.back().bytes.assign(incoming_.data(), incoming_.data() + bytes);
        }
    }
    void give_to(int device, link_clock::time_point now) {
        while (!queue_.empty() && queue_.front().due <= now) {
            std::vector<char>& bytes = queue_.front().bytes;
            if (write(device, bytes.data(), bytes.size()) < 0 && errno == EAGAIN) return;
            queued_bytes_ -= bytes.size();
            spares_.push_back(std::move(bytes));
            queue_.pop_front();
        }
    }

   private:
    struct packet {
        link_clock::time_point due;
        std::vector<char> bytes;
    };

    std::vector<char> spare() {
        if (spares_.empty()) return {};
        std::vector<char> last = std::move(spares_.back());
        spares_.pop_back();
        return last;
    }

    std::chrono::microseconds delay_;
    std::deque<packet> queue_;
    std::size_t queued_bytes_ = 0;
    std::vector<std::vector<char>> spares_;
    std::vector<char> incoming_ = std::vector<char>(packet_bytes_most);
};

class delayed_link {
   public:
    delayed_link(const link_end& a, const link_end& b, std::chrono::microseconds one_way)
        : devices_{a.device, b.device},
          directions_{direction(one_way), direction(one_way)},
          poll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
        watch(devices_[0]);
        watch(devices_[1]);
        watch(STDIN_FILENO);
    }

    void carry() {
        while (!stdin_closed_) {
            wait();
            const auto now = link_clock::now();
            directions_[0].give_to(devices_[1], now);
            directions_[1].give_to(devices_[0], now);
        }
    }

   private:
    void watch(int descriptor) {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.fd = descriptor;
        checked(epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &wanted), "stdin is no pipe");
    }
    void wait() {
        std::optional<link_clock::time_point> due;
        for (const direction& each : directions_) {
            if (each.next_due() && (!due || *each.next_due() < *due)) due = each.next_due();
        }
        timespec most{};
        if (due) {
            const auto left = std::chrono::nanoseconds(*due - link_clock::now()).count();
            most.tv_nsec = left > 0 ? static_cast<long>(left % 1'000'000'000) : 0;
            most.tv_sec = left > 0 ? static_cast<time_t>(left / 1'000'000'000) : 0;
        }
        epoll_event events[3];
        const int seen = epoll_pwait2(poll_, events, 3, due ? &most : nullptr, nullptr);
        for (int at = 0; at < seen; ++at) handle(events[at].data.fd);
    }
    void handle(int descriptor) {
        for (std::size_t end = 0; end < devices_.size(); ++end) {
            if (devices_[end] == descriptor) directions_[end].take_from(descriptor);
        }
        if (descriptor != STDIN_FILENO) return;
        char ignored[256];
        stdin_closed_ = read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
    }

    std::array<int, 2> devices_;
    std::array<direction, 2> directions_;
    int poll_;
    bool stdin_closed_ = false;
};

std::chrono::microseconds delay_of(const std::string& word) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failed != std::errc() || end != word.data() + word.size() || value < 0) {
        throw std::runtime_error("'" + word + "': expected microseconds");
    }
    return std::chrono::microseconds(value);
}

void run(const std::string& address_a, const std::string& address_b, const std::string& delay) {
    const std::chrono::microseconds one_way = delay_of(delay);
    const link_end a = new_end(address_a);
    const link_end b = new_end(address_b);
    delayed_link link(a, b, one_way);
    std::printf("up /proc/%d/fd/%d /proc/%d/fd/%d\n", getpid(), a.name_space, getpid(),
                b.name_space);
    std::fflush(stdout);
    link.carry();
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    if (count != 4) {
        std::fputs("usage: delay_link ADDRESS_A ADDRESS_B ONE_WAY_US\n", stderr);
        return 2;
    }
    try {
        partita::bench::run(words[1], words[2], words[3]);
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "delay_link: %s\n", failure.what());
        return 1;
    }
}
