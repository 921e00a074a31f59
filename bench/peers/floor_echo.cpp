// The floor below any runtime of actors: the same two-node workload on bare sockets. One thread a
// side, one epoll, K connections, actors that are a counter and a time stamp. No mailbox, no
// scheduler, no addressing, no codec.
//     --connections K   an actor uses the connection of its number modulo K; beside a pinger, which
//                       has the first one, bulk uses the others when there are any (default 1)
//     --turn BYTES      what a connection may move before the others get their turn (1 MiB)
//     --spin            never sleeps
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "floor_loop.hpp"

namespace partita::bench {
namespace {

constexpr std::size_t turn_default = 1u << 20;

sockaddr_in address_of(const command& asked) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(asked.port);
    if (inet_pton(AF_INET, asked.address.c_str(), &address.sin_addr) != 1) {
        throw bad_command("'" + asked.address + "': expected an IPv4 address");
    }
    return address;
}

void prepare(int descriptor) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
}

int listening_socket(const command& asked) {
    const sockaddr_in address = address_of(asked);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, SOMAXCONN) != 0) {
        throw std::runtime_error("cannot listen: " + std::string(std::strerror(errno)));
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    return listener;
}

int connected_socket(const command& asked) {
    const sockaddr_in address = address_of(asked);
    const int connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connected, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect: " + std::string(std::strerror(errno)));
    }
    prepare(connected);
    return connected;
}

void serve(const command& asked) {
    floor_loop loop(asked.option("--turn", turn_default), asked.option("--spin", 0) != 0);
    loop.on_frame([](floor_connection& from, floor_connection::arrival arrived) {
        frame head = arrived.head;
        if (head.wants_echo == 0) head.length = 0;
        if (head.wants_echo != 0 && arrived.owned) {
            from.send(head, std::move(arrived.owned));
        } else {
            from.send(head, arrived.bytes);
        }
    });
    const int listener = listening_socket(asked);
    loop.watch(listener, [&] {
        for (int fresh = 0; (fresh = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            prepare(fresh);
            loop.add(fresh);
        }
    });
    bool ended = false;
    const auto read_stdin = [&] {
        char ignored[256];
        ended = read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
    };
    if (!loop.watch(STDIN_FILENO, read_stdin)) throw std::runtime_error("stdin is no pipe");
    std::puts("ready");
    std::fflush(stdout);
    while (!ended) loop.turn();
    close(listener);
}

class client {
   public:
    explicit client(const command& asked)
        : asked_(asked),
          loop_(asked.option("--turn", turn_default), asked.option("--spin", 0) != 0),
          payload_(std::max(asked.payload_bytes, ping_bytes), '\7') {
        const std::size_t wanted = std::max<std::size_t>(asked.option("--connections", 1), 1);
        while (connections_.size() < wanted) {
            connections_.push_back(&loop_.add(connected_socket(asked)));
        }
    }

    void echo() {
        std::vector<std::size_t> left(asked_.actors, asked_.count);
        std::vector<bench_clock::time_point> sent(asked_.actors);
        std::size_t running = asked_.count == 0 ? 0 : asked_.actors;
        latencies seen;
        seen.reserve(asked_.actors * asked_.count);
        const auto send = [&](std::uint32_t actor) {
            sent[actor] = bench_clock::now();
            connections_[actor % connections_.size()]->send(
                {static_cast<std::uint32_t>(asked_.payload_bytes), actor, 1}, payload_.data());
        };
        loop_.on_frame([&](floor_connection&, const floor_connection::arrival& arrived) {
            const std::uint32_t actor = arrived.head.actor;
            seen.add(bench_clock::now() - sent[actor]);
            if (--left[actor] > 0) {
                send(actor);
            } else {
                --running;
            }
        });
        const auto start = bench_clock::now();
        for (std::uint32_t actor = 0; running > 0 && actor < asked_.actors; ++actor) send(actor);
        while (running > 0) turn();
        print_echo("floor", asked_, bench_clock::now() - start, std::move(seen));
    }

    /// The pinger is actor 0, bulk are the others.
    void head_of_line() {
        latencies pings;
        std::size_t outstanding = 0;
        std::size_t acknowledged = 0;
        bool pinging = false;
        bool stopping = false;
        auto next_ping = bench_clock::now() + bulk_lead;
        const auto start = next_ping;
        const auto end = start + std::chrono::milliseconds(asked_.count);
        auto pinged = start;
        loop_.on_frame([&](floor_connection&, const floor_connection::arrival& arrived) {
            if (arrived.head.actor == 0) {
                pinging = false;
                const auto now = bench_clock::now();
                pings.add(now - pinged);
                next_ping = now + think_time;
                return;
            }
            --outstanding;
            if (const auto now = bench_clock::now(); now >= start && now < end) ++acknowledged;
            if (!stopping) send_bulk(arrived.head.actor, outstanding);
        });
        for (std::uint32_t actor = 1; actor <= asked_.actors; ++actor) {
            send_bulk(actor, outstanding);
        }
        for (auto now = bench_clock::now(); now < end || pinging; now = bench_clock::now()) {
            if (!pinging && now >= next_ping) {
                pinging = true;
                pinged = now;
                connections_[0]->send({ping_bytes, 0, 0}, payload_.data());
            }
            turn(pinging ? end - now + bulk_lead : next_ping - now);
        }
        stopping = true;
        while (outstanding > 0) turn();
        print_hol("floor", asked_, end - start, std::move(pings), acknowledged);
    }

   private:
    void send_bulk(std::uint32_t actor, std::size_t& outstanding) {
        const std::size_t others = connections_.size() - 1;
        const std::size_t which = others == 0 ? 0 : 1 + (actor - 1) % others;
        connections_[which]->send({static_cast<std::uint32_t>(asked_.payload_bytes), actor, 0},
                                  payload_.data());
        ++outstanding;
    }
    void turn(std::optional<nanoseconds> wait_most = std::nullopt) {
        if (wait_most) wait_most = std::max(*wait_most, nanoseconds(0));
        if (loop_.turn(wait_most) > 0) throw std::runtime_error("the server is gone");
    }

    const command& asked_;
    floor_loop loop_;
    std::vector<char> payload_;
    std::vector<floor_connection*> connections_;
};

void run(const command& asked) {
    if (asked.what == command::task::serve) return serve(asked);
    if (asked.what == command::task::pingpong) throw bad_command("the floor has no pingpong");
    client load(asked);
    for (std::size_t done = 0; done < asked.repetitions; ++done) {
        if (asked.what == command::task::echo) {
            load.echo();
        } else {
            load.head_of_line();
        }
    }
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    using namespace partita::bench;
    return run_peer(count, words, {{"--connections"}, {"--turn"}, {"--spin", true}}, run);
}
