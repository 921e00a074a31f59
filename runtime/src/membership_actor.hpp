#pragma once

#include <vector>

#include <partita/runtime/membership.hpp>
#include <partita/runtime/node.hpp>

namespace partita::detail {

/// Runs the protocol of its node's overlay: hands it what happens, does what it wants done, and
/// tells who waits for a join. An actor like others, so that what the overlays say to each other is
/// traced, and passes the hooks. Belongs to its node.
class membership_actor final : public behaviour {
   public:
    explicit membership_actor(node& home) : home_(&home) {}
    void on_start(context&) override;
    handling on_envelope(context&, const envelope&) override;

   private:
    struct waiter {
        caller who;
        peer_spec contact;  // its id is filled in once somebody answered at its address
        time_point deadline;
    };

    [[nodiscard]] handling on_request(context&, const envelope&);
    void join(context&, const membership_join&);
    [[nodiscard]] bool apply(context&, const overlay_event&);
    void act(context&, overlay_actions&);
    void answer_waiters(context&, const std::vector<node_id>& refused);

    node* home_;
    std::vector<waiter> waiters_;
    timer_id tick_;
};

}  // namespace partita::detail
