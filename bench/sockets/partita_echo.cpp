// Partita itself in the two-node workload: actors on two socket nodes that found each other through
// the membership of a full mesh, as an application would have them.
//     --parallelism K   connections of the channel that the echoes (beside a pinger: bulk) use
//     --turn BYTES      what a connection may move before the others get their turn
//     --spin            asks for work again and again instead of sleeping
//     --sleep           sleeps whenever there is nothing to do
//     --threads N       threads of each node
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <mutex>
#include <partita/runtime/blob.hpp>
#include <partita/runtime/socket_node.hpp>

#include "peers/measured.hpp"

namespace partita::bench {
namespace {

struct open_receivers {
    std::uint32_t count = 0;
};
PARTITA_MESSAGE(open_receivers, count)
struct receivers_opened {
    std::vector<actor_id> receivers;
};
PARTITA_MESSAGE(receivers_opened, receivers)
/// To be sent back.
struct echo {
    blob data;
};
PARTITA_MESSAGE(echo, data)
struct echoed {
    blob data;
};
PARTITA_MESSAGE(echoed, data)
/// To be confirmed.
struct bulk {
    blob data;
};
PARTITA_MESSAGE(bulk, data)
struct bulk_arrived {};
PARTITA_MESSAGE(bulk_arrived)

inline constexpr channel bulk_channel{"bulk"};

class receiver {
   public:
    using accepts = messages<echo, bulk>;
    void on_message(context& self, const echo& it) { self.send(self.sender(), echoed{it.data}); }
    void on_message(context& self, const bulk&) { self.send(self.sender(), bulk_arrived{}); }
};

class desk {
   public:
    using accepts = messages<open_receivers>;
    void on_message(context& self, const open_receivers& asked) {
        receivers_opened opened;
        for (std::uint32_t made = 0; made < asked.count; ++made) {
            opened.receivers.push_back(self.spawn<receiver>(""));
        }
        self.reply(self.caller(), opened);
    }
};

/// What the senders of one repetition share; all are on one thread.
struct repetition {
    std::size_t left = 0;  // echoes an actor has still to do
    std::size_t running = 0;
    std::size_t acknowledged = 0;
    latencies seen;
    std::function<void()> done;
};

class echo_sender {
   public:
    using accepts = messages<echoed>;
    echo_sender(repetition& shared, actor_id to, blob data, std::size_t count)
        : shared_(shared), to_(to), data_(std::move(data)), left_(count) {}
    void on_start(context& self) { send(self); }
    void on_message(context& self, const echoed&) {
        shared_.seen.add(bench_clock::now() - sent_);
        if (--left_ != 0) return send(self);
        if (--shared_.running == 0) shared_.done();
        self.exit();
    }

   private:
    void send(context& self) {
        sent_ = bench_clock::now();
        self.send(to_, echo{data_});
    }
    repetition& shared_;
    actor_id to_;
    blob data_;
    std::size_t left_;
    bench_clock::time_point sent_;
};

class bulk_sender {
   public:
    using accepts = messages<bulk_arrived>;
    bulk_sender(repetition& shared, actor_id to, blob data)
        : shared_(shared), to_(to), data_(std::move(data)) {}
    void on_start(context& self) { self.send(to_, bulk{data_}, {.channel = bulk_channel}); }
    void on_message(context& self, const bulk_arrived&) {
        ++shared_.acknowledged;
        if (shared_.running == 0) return self.exit();
        self.send(to_, bulk{data_}, {.channel = bulk_channel});
    }

   private:
    repetition& shared_;
    actor_id to_;
    blob data_;
};

struct think {};
PARTITA_MESSAGE(think)

/// Pings, thinks for a millisecond, pings again, until the time is up.
class pinger {
   public:
    using accepts = messages<bulk_arrived, think>;
    pinger(repetition& shared, actor_id to, bench_clock::time_point until)
        : shared_(shared), to_(to), until_(until) {}
    void on_start(context& self) { self.send_after(bulk_lead, think{}); }
    void on_message(context& self, const think&) {
        sent_ = bench_clock::now();
        self.send(to_, bulk{data_});
    }
    void on_message(context& self, const bulk_arrived&) {
        shared_.seen.add(bench_clock::now() - sent_);
        if (bench_clock::now() < until_) {
            self.send_after(think_time, think{});
            return;
        }
        shared_.running = 0;
        shared_.done();
        self.exit();
    }

   private:
    repetition& shared_;
    actor_id to_;
    bench_clock::time_point until_;
    bench_clock::time_point sent_;
    blob data_{std::string(ping_bytes, 'p')};
};

std::unique_ptr<socket_node> opened(const command& asked, const std::string& name,
                                    const std::string& listen, std::vector<peer_spec> contacts,
                                    socket_node::start_function start) {
    socket_node_options options;
    options.name = name;
    options.listen = listen;
    options.threads = asked.option("--threads", 1);
    options.limits.turn_bytes = asked.option("--turn", options.limits.turn_bytes);
    options.limits.frame_bytes_max = std::size_t{512} << 20;
    options.limits.queue_bytes_max = std::size_t{4} << 30;
    if (asked.option("--spin", 0) != 0) options.busy_poll = std::chrono::seconds(1);
    if (asked.option("--sleep", 0) != 0) options.busy_poll = duration{0};
    channel_options lanes;
    lanes.parallelism = static_cast<std::uint32_t>(asked.option("--parallelism", 1));
    channel_options bulk_lanes = lanes;
    bulk_lanes.name = bulk_channel.name;
    // The pinger's own channel needs one connection.
    if (asked.what == command::task::hol) lanes.parallelism = 1;
    options.channels = {lanes, bulk_lanes};
    options.overlay_with = [contacts](const peer_spec& self, std::uint64_t incarnation) {
        return make_overlay({.contacts = contacts}, self, incarnation);
    };
    auto made = socket_node::open(options, std::move(start));
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
}

std::string endpoint_of(const command& asked) {
    return asked.address + ":" + std::to_string(asked.port);
}

/// This machine as the server sees it: where the server can dial back.
std::string own_address(const command& asked) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(asked.port);
    inet_pton(AF_INET, asked.address.c_str(), &server.sin_addr);
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in own{};
    socklen_t size = sizeof own;
    const bool found = connect(probe, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0 &&
                       getsockname(probe, reinterpret_cast<sockaddr*>(&own), &size) == 0;
    close(probe);
    if (!found) throw std::runtime_error("no way to " + asked.address);
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &own.sin_addr, text, sizeof text);
    return text;
}

void serve(const command& asked) {
    const auto node = opened(asked, "server", endpoint_of(asked), {},
                             [](partita::node& here) { here.spawn<desk>("desk"); });
    std::puts("ready");
    std::fflush(stdout);
    char ignored[256];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
}

/// A client's node, and what it has agreed on with the server.
class client {
   public:
    explicit client(const command& asked)
        : asked_(asked),
          node_(opened(asked, "client", own_address(asked) + ":0", {contact_at(endpoint_of(asked))},
                       {})) {}

    void run() {
        for (std::size_t done = 0; done < asked_.repetitions; ++done) {
            open();
            asked_.what == command::task::echo ? echo_once() : hol_once();
        }
    }

   private:
    void open() {
        std::promise<void> ready;
        node_->post([&](partita::node& here) {
            here.spawn_fiber("", [&](fiber_context& self) {
                const auto desk_there = actor_id::named(node_id("server"), "desk");
                const open_receivers wanted{static_cast<std::uint32_t>(asked_.actors + 1)};
                for (;;) {
                    const auto answer =
                        self.call<receivers_opened>(desk_there, wanted, std::chrono::seconds(1));
                    if (!answer) continue;
                    receivers_ = answer->receivers;
                    return ready.set_value();
                }
            });
        });
        ready.get_future().wait();
    }

    void echo_once() {
        repetition shared;
        shared.running = asked_.actors;
        shared.seen.reserve(asked_.actors * asked_.count);
        const blob data(std::string(asked_.payload_bytes, 'x'));
        const nanoseconds taken = timed(shared, [&](partita::node& here) {
            for (std::size_t actor = 0; actor < asked_.actors; ++actor) {
                here.spawn<echo_sender>("", shared, receivers_[actor + 1], data, asked_.count);
            }
        });
        print_echo("partita", asked_, taken, std::move(shared.seen));
    }

    void hol_once() {
        const auto shared = std::make_shared<repetition>();
        shared->running = 1;
        const blob data(std::string(asked_.payload_bytes, 'x'));
        const nanoseconds taken = timed(*shared, [&](partita::node& here) {
            for (std::size_t actor = 0; actor < asked_.actors; ++actor) {
                here.spawn<bulk_sender>("", *shared, receivers_[actor + 1], data);
            }
            const auto until =
                bench_clock::now() + bulk_lead + std::chrono::milliseconds(asked_.count);
            here.spawn<pinger>("", *shared, receivers_[0], until);
        });
        print_hol("partita", asked_, taken, shared->seen, shared->acknowledged);
        kept_.push_back(shared);  // until the last bulk senders have ended
    }

    template <typename Start>
    nanoseconds timed(repetition& shared, const Start& start) {
        std::promise<void> done;
        shared.done = [&] { done.set_value(); };
        const auto begun = bench_clock::now();
        node_->post(start);
        done.get_future().wait();
        return bench_clock::now() - begun;
    }

    command asked_;
    std::vector<std::shared_ptr<repetition>> kept_;
    std::vector<actor_id> receivers_;
    std::unique_ptr<socket_node> node_;
};

struct ball {
    std::uint64_t left = 0;
};
PARTITA_MESSAGE(ball, left)

void play(fiber_context& self, std::promise<void>* done) {
    for (;;) {
        const auto caught = self.receive<ball>();
        if (caught->left == 0) {
            if (done != nullptr) done->set_value();
            return;
        }
        self.send(self.sender(), ball{caught->left - 1});
    }
}

void ping_pong(const command& asked) {
    const auto node = opened(asked, "local", "127.0.0.1:0", {}, {});
    for (std::size_t at = 0; at < asked.repetitions; ++at) {
        std::promise<void> done;
        const auto begun = bench_clock::now();
        node->post([&](partita::node& here) {
            const actor_id one =
                here.spawn_fiber("", [&](fiber_context& self) { play(self, &done); });
            here.spawn_fiber("", [&, one](fiber_context& self) {
                self.send(one, ball{asked.count});
                play(self, &done);
            });
        });
        done.get_future().wait();
        print_pingpong("partita", asked, bench_clock::now() - begun);
    }
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    using namespace partita::bench;
    std::signal(SIGTERM, [](int) { _exit(0); });
    const std::vector<known_option> known{
        {"--parallelism"}, {"--turn"}, {"--spin", true}, {"--sleep", true}, {"--threads"}};
    return run_peer(count, words, known, [](const command& asked) {
        switch (asked.what) {
            case command::task::serve:
                return serve(asked);
            case command::task::pingpong:
                return ping_pong(asked);
            default:
                return client(asked).run();
        }
    });
}
