#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/sim/world.hpp>

namespace partita::bench {

struct token {
    std::uint64_t round = 0;
};
PARTITA_MESSAGE(token, round)

/// Sends to everybody else whenever it has heard from as many as there are others.
struct gossiper {
    using accepts = messages<token>;
    std::size_t heard = 0;

    void on_start(context& self) { tell_all(self); }
    void on_message(context& self, const token&) {
        if (++heard % (self.members().size() - 1) == 0) tell_all(self);
    }
    static void tell_all(context& self) {
        for (const node_id each : self.members()) {
            if (each != self.node()) self.send(self.peer(each), token{});
        }
    }
};

/// Rounds without end in which every actor sends to every other: what the peer's all-to-all does.
class all_to_all_world {
   public:
    all_to_all_world(std::size_t actors, bool fibers) : world_(shape(), space_) {
        std::vector<node_id> nodes;
        for (std::size_t number = 1; number <= actors; ++number) {
            nodes.emplace_back(std::string("n").append(std::to_string(number)));
        }
        world_.start(nodes, [fibers](node& here) {
            if (fibers) {
                here.spawn_fiber("gossiper", serve);
            } else {
                here.spawn<gossiper>("gossiper");
            }
        });
    }
    void step() { world_.step(); }

   private:
    static world_options shape() {
        world_options shape;
        shape.events_max = UINT64_MAX;
        shape.detail = trace_detail::notes;
        return shape;
    }
    static void serve(fiber_context& self) {
        const std::size_t others = self.members().size() - 1;
        for (;;) {
            gossiper::tell_all(self);
            for (std::size_t heard = 0; heard < others; ++heard) (void)self.receive<token>();
        }
    }

    workspace space_;
    world world_;
};

}  // namespace partita::bench
