// The two-node workload on CAF 0.17: one receiver actor a sender, one connection (BASP), the
// default scheduler. Bulk and pings share that connection, for CAF has no other.
#include <unistd.h>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <thread>

#include "measured.hpp"

namespace partita::bench {
namespace {

using caf::actor;
using caf::atom;
using caf::behavior;

using new_receiver = caf::atom_constant<atom("receiver")>;
using echo_atom = caf::atom_constant<atom("echo")>;
using ack_atom = caf::atom_constant<atom("ack")>;
using reply_atom = caf::atom_constant<atom("reply")>;
using start_atom = caf::atom_constant<atom("start")>;
using stop_atom = caf::atom_constant<atom("stop")>;
using done_atom = caf::atom_constant<atom("done")>;

struct configuration : caf::actor_system_config {
    configuration() {
        load<caf::io::middleman>();
        set("middleman.enable-automatic-connections", false);
    }
};

behavior receiver(caf::event_based_actor*) {
    return {[](echo_atom, std::string& payload) {
                return caf::make_message(reply_atom::value, std::move(payload));
            },
            [](ack_atom, const std::string&) { return caf::make_message(reply_atom::value); }};
}

behavior factory(caf::event_based_actor* self) {
    return {[self](new_receiver) -> actor { return self->spawn(receiver); }};
}

struct sender_state {
    std::size_t left = 0;
    bench_clock::time_point sent;
    latencies seen;
};

/// Echoes `count` times and stores its latencies through `into`, which outlives it.
behavior sender(caf::stateful_actor<sender_state>* self, const actor& sink, const actor& peer,
                const std::string& payload, std::size_t count, latencies* into) {
    self->state.left = count;
    self->state.seen.reserve(count);
    const auto send = [=] {
        self->state.sent = bench_clock::now();
        self->send(peer, echo_atom::value, payload);
    };
    return {[=](start_atom) { send(); },
            [=](reply_atom, const std::string&) {
                sender_state& state = self->state;
                state.seen.add(bench_clock::now() - state.sent);
                if (--state.left > 0) return send();
                *into = std::move(state.seen);
                self->send(sink, done_atom::value);
                self->quit();
            }};
}

struct bulk_state {
    std::size_t acknowledged = 0;
    bool stopping = false;
};

/// Sends, waits for the acknowledgement and sends again. Counts those within the time of the pings.
behavior bulk(caf::stateful_actor<bulk_state>* self, const actor& sink, const actor& peer,
              const std::string& payload, bench_clock::time_point start,
              bench_clock::time_point end) {
    return {[=](start_atom) { self->send(peer, ack_atom::value, payload); },
            [=](stop_atom) { self->state.stopping = true; },
            [=](reply_atom) {
                const auto now = bench_clock::now();
                if (now >= start && now < end) ++self->state.acknowledged;
                if (!self->state.stopping) {
                    self->send(peer, ack_atom::value, payload);
                    return;
                }
                self->send(sink, done_atom::value, std::uint64_t{self->state.acknowledged});
                self->quit();
            }};
}

void serve(caf::actor_system& system, const command& asked) {
    const auto service = system.spawn(factory);
    const auto port = system.middleman().publish(service, asked.port, asked.address.c_str(), true);
    if (!port) throw std::runtime_error("cannot listen: " + system.render(port.error()));
    std::puts("ready");
    std::fflush(stdout);
    char ignored[256];
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
}

class client {
   public:
    client(caf::actor_system& system, const command& asked)
        : system_(system), asked_(asked), self_(system), payload_(asked.payload_bytes, '\7') {
        auto found = system.middleman().remote_actor(asked.address, asked.port);
        if (!found) throw std::runtime_error("cannot connect: " + system.render(found.error()));
        factory_ = caf::actor_cast<actor>(*found);
    }

    void echo() {
        std::vector<latencies> by_sender(asked_.actors);
        std::vector<actor> senders;
        senders.reserve(asked_.actors);
        for (latencies& each : by_sender) {
            senders.push_back(
                system_.spawn(sender, sink(), new_peer(), payload_, asked_.count, &each));
        }
        const auto start = bench_clock::now();
        for (const actor& each : senders) self_->send(each, start_atom::value);
        for (std::size_t done = 0; done < senders.size(); ++done) self_->receive([](done_atom) {});
        const auto total = bench_clock::now() - start;
        latencies seen;
        for (const latencies& each : by_sender) seen.add_all(each);
        print_echo("caf", asked_, total, std::move(seen));
    }

    void head_of_line() {
        const actor ping_peer = new_peer();
        std::vector<actor> peers;
        while (peers.size() < asked_.actors) peers.push_back(new_peer());
        const auto start = bench_clock::now() + bulk_lead;
        const auto end = start + std::chrono::milliseconds(asked_.count);
        std::vector<actor> senders;
        for (const actor& each : peers) {
            senders.push_back(system_.spawn(bulk, sink(), each, payload_, start, end));
            self_->send(senders.back(), start_atom::value);
        }
        std::this_thread::sleep_until(start);
        latencies pings = ping_until(end, ping_peer);
        for (const actor& each : senders) self_->send(each, stop_atom::value);
        std::size_t acknowledged = 0;
        for (std::size_t done = 0; done < senders.size(); ++done) {
            self_->receive([&](done_atom, std::uint64_t count) { acknowledged += count; });
        }
        print_hol("caf", asked_, end - start, std::move(pings), acknowledged);
    }

   private:
    actor sink() { return caf::actor_cast<actor>(self_); }
    actor new_peer() {
        actor made;
        self_->request(factory_, caf::infinite, new_receiver::value)
            .receive([&](const actor& fresh) { made = fresh; },
                     [&](const caf::error& why) {
                         throw std::runtime_error("no receiver: " + system_.render(why));
                     });
        return made;
    }
    latencies ping_until(bench_clock::time_point end, const actor& peer) {
        const std::string payload(ping_bytes, '\7');
        latencies pings;
        for (auto now = bench_clock::now(); now < end; now = bench_clock::now()) {
            self_->send(peer, ack_atom::value, payload);
            self_->receive([](reply_atom) {});
            pings.add(bench_clock::now() - now);
            std::this_thread::sleep_for(think_time);
        }
        return pings;
    }

    caf::actor_system& system_;
    const command& asked_;
    caf::scoped_actor self_;
    std::string payload_;
    actor factory_;
};

behavior returner(caf::event_based_actor*) {
    return {[](std::uint64_t left) { return left; }};
}

/// Two messages a round: one there, one back.
behavior pinger(caf::event_based_actor* self, const actor& sink, const actor& peer,
                std::uint64_t rounds) {
    return {[=](start_atom) { self->send(peer, rounds); },
            [=](std::uint64_t left) {
                if (left > 1) {
                    self->send(peer, left - 1);
                    return;
                }
                self->send(sink, done_atom::value);
                self->quit();
            }};
}

void ping_pong(caf::actor_system& system, const command& asked) {
    caf::scoped_actor self(system);
    const actor pong = system.spawn(returner);
    const actor ping =
        system.spawn(pinger, caf::actor_cast<actor>(self), pong, std::uint64_t{asked.count / 2});
    const auto start = bench_clock::now();
    self->send(ping, start_atom::value);
    self->receive([](done_atom) {});
    print_pingpong("caf", asked, bench_clock::now() - start);
    caf::anon_send_exit(pong, caf::exit_reason::kill);
}

void measure(caf::actor_system& system, const command& asked) {
    if (asked.what == command::task::pingpong) {
        for (std::size_t done = 0; done < asked.repetitions; ++done) ping_pong(system, asked);
        return;
    }
    client load(system, asked);
    for (std::size_t done = 0; done < asked.repetitions; ++done) {
        if (asked.what == command::task::echo) {
            load.echo();
        } else {
            load.head_of_line();
        }
    }
}

/// Ends the process at once: an actor system waits for its connections when it is destroyed.
void run(const command& asked) {
    configuration config;
    caf::actor_system system(config);
    if (asked.what == command::task::serve) {
        serve(system, asked);
    } else {
        measure(system, asked);
    }
    std::fflush(stdout);
    _exit(0);
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    using namespace partita::bench;
    return run_peer(count, words, {}, run);
}
