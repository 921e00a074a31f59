#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include <partita/runtime/node.hpp>

#include "delivery_core.hpp"

namespace partita::detail {

/// Reliable and causal delivery at work in a node: keeps the messages that delivery_core speaks of,
/// and does what it says. Owned by its node, which makes it when the first message needs it.
class delivery_layer {
   public:
    explicit delivery_layer(node&);

    void send(envelope_ptr&&, bool causal);
    /// A stamped message from the network.
    void receive(envelope_ptr&&);
    /// A message to the node itself: an acknowledgement or the layer's own timer. False: neither.
    [[nodiscard]] bool take(const envelope&);
    /// Whether a message may be one for take().
    [[nodiscard]] static bool is_own(const envelope&);
    /// The node can be reached, in that life.
    void reconnected(node_id, std::uint64_t incarnation);

   private:
    struct answer {
        acknowledgement what;
        channel on;
    };
    /// What a received message and those it released are answered with.
    using answers = std::map<std::pair<delivery_end, std::uint64_t>, answer>;

    void take_arrival(arrival, envelope_ptr&&, answers&);
    void hand_over(envelope_ptr&&, answers&);
    [[nodiscard]] acknowledgement& answer_to(const envelope&, answers&) const;
    void send_answer(const delivery_end& to, answer&&);
    void transmit(const sent_id&);
    void follow_up(answers&&, event_id cause);
    void do_effects();
    void give_up(const delivery_core::given_up&);
    void plan_timer();

    node& home_;
    delivery_core core_;
    std::map<sent_id, envelope_ptr> kept_;     // unacknowledged; `cause`: its last transmission
    std::map<stamped_id, envelope_ptr> held_;  // wait for others
    timer_id timer_;
    time_point timer_due_;
};

}  // namespace partita::detail
