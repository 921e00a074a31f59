#pragma once

#include <vector>

#include "order.hpp"

namespace partita::causal_broadcast {

/// One node: broadcasts for its clients, delivers in causal order, and passes on what it delivered
/// to who lacks it. What it delivered is on disk before anybody hears of it.
class broadcaster {
   public:
    using accepts = messages<client_broadcast, client_read, text, delivered_so_far, tell_again>;

    broadcaster(bug planted, std::uint64_t life)
        : planted_(planted), life_(life), order_(planted) {}

    void on_start(context&);
    void on_message(context&, const client_broadcast&);
    void on_message(context&, const client_read&);
    void on_message(context&, const text&);
    void on_message(context&, const delivered_so_far&);
    void on_message(context&, const tell_again&);

   private:
    struct waiting_reply {
        caller client;
        std::string value;
    };
    void broadcast(context&, const std::string& value);
    void deliver(context&, const text&);
    void answer_waiting(context&);
    [[nodiscard]] std::vector<text> lacking(node_id) const;
    void arm_unless_told(context&);

    bug planted_;
    std::uint64_t life_;
    std::uint64_t made_ = 0;  // in this life
    causal_order order_;
    std::vector<text> delivered_;             // in this order; all on disk
    std::map<node_id, vector_clock> others_;  // what they have delivered, as far as known
    bool unanswered_ = false;  // a message of another came after the last one from here
    std::vector<waiting_reply> replies_;
    bool armed_ = false;
    duration pause_{};
};

}  // namespace partita::causal_broadcast
