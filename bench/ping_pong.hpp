#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/sim/world.hpp>

namespace partita::bench {

struct ping {
    std::array<char, 64> body{};
};
PARTITA_MESSAGE(ping, body)
struct pong {
    std::array<char, 64> body{};
};
PARTITA_MESSAGE(pong, body)

/// Answers a ping with a pong and a pong with a ping; `begins` sends the first.
struct player {
    using accepts = messages<ping, pong>;
    actor_id other;
    bool begins = false;

    void on_start(context& self) {
        if (begins) self.send(other, ping{});
    }
    void on_message(context& self, const ping&) { self.send(self.sender(), pong{}); }
    void on_message(context& self, const pong&) { self.send(self.sender(), ping{}); }
};

/// Pairs of actors, each on a node of its own, that play for ever.
class ping_pong_world {
   public:
    struct options {
        std::size_t pairs = 1;
        bool fibers = false;
        bool interposer = false;      ///< every node has a hook that passes everything
        bool random_latency = false;  ///< a draw a message, and a heap instead of a ring
    };

    explicit ping_pong_world(const options& wanted)
        : options_(wanted), world_(shape_of(wanted), space_) {
        std::vector<node_id> nodes;
        for (std::size_t number = 1; number <= 2 * wanted.pairs; ++number) {
            nodes.emplace_back(std::string("n").append(std::to_string(number)));
        }
        std::size_t started = 0;
        world_.start(nodes, [&](node& here) {
            const std::size_t at = started++;
            start(here, nodes[at ^ 1], at % 2 == 0);
        });
    }
    void step() { world_.step(); }

   private:
    static world_options shape_of(const options& wanted) {
        world_options shape;
        shape.events_max = UINT64_MAX;
        shape.detail = trace_detail::notes;
        if (wanted.random_latency) {
            shape.latency =
                uniform_latency{std::chrono::microseconds(1), std::chrono::microseconds(2)};
        }
        return shape;
    }
    void start(node& here, node_id other, bool begins) const {
        if (options_.interposer) {
            here.hooks().install("pass",
                                 [](direction, const envelope&) { return disposition::pass(); });
        }
        const actor_id peer = actor_id::named(other, "player");
        if (!options_.fibers) {
            here.spawn<player>("player", peer, begins);
            return;
        }
        here.spawn_fiber("player", [peer, begins](fiber_context& self) {
            begins ? serve(self, peer) : answer(self);
        });
    }
    static void serve(fiber_context& self, actor_id peer) {
        for (;;) {
            self.send(peer, ping{});
            (void)self.receive<pong>();
        }
    }
    static void answer(fiber_context& self) {
        for (;;) {
            (void)self.receive<ping>();
            self.send(self.sender(), pong{});
        }
    }

    options options_;
    workspace space_;
    world world_;
};

}  // namespace partita::bench
