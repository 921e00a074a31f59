#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "delivery_causal.hpp"
#include "delivery_receiver.hpp"
#include "delivery_sender.hpp"

namespace partita::detail {

/// A message that this node sent.
struct sent_id {
    node_id to;
    std::uint64_t sequence = 0;
    auto operator<=>(const sent_id&) const = default;
};

/// Both ends of reliable and causal delivery of one node, and its causal knowledge: a state machine
/// without messages, network or clock. Its owner keeps the messages and does what take_effects()
/// says after each call.
class delivery_core {
   public:
    struct given_up {
        sent_id id;
        std::uint32_t tries = 0;
        loss why = loss::unanswered;
    };
    struct effects {
        std::vector<sent_id> again;    // to be sent again, with a new stamp
        std::vector<sent_id> reached;  // acknowledged: forget them
        std::vector<given_up> lost;
        std::vector<reliable_receiver::abandoned> abandoned;
    };

    delivery_core(const delivery_end& self, std::uint64_t incarnation, const delivery_options&);

    /// The sequence of a message sent now; nothing when too many are unacknowledged.
    [[nodiscard]] std::optional<std::uint64_t> send(node_id to, const delivery_lane&, bool causal,
                                                    time_point now);
    /// What the next transmission of an outstanding message bears.
    [[nodiscard]] std::shared_ptr<const delivery_stamp> stamp_of(const sent_id&) const;
    void acknowledged(node_id from, const acknowledgement&, time_point now);
    void reconnected(node_id, std::uint64_t incarnation, time_point now);

    [[nodiscard]] arrival arrive(const delivery_end& from, const reliable_receiver::stamp_pointer&,
                                 time_point now);
    [[nodiscard]] std::optional<stamped_id> next_ready();

    void tick(time_point now);
    [[nodiscard]] std::optional<time_point> next_due() const;
    [[nodiscard]] effects take_effects();

    [[nodiscard]] std::uint64_t incarnation() const { return incarnation_; }
    [[nodiscard]] std::size_t held() const { return receiver_.held(); }
    [[nodiscard]] std::size_t gaps() const { return receiver_.gaps(); }
    [[nodiscard]] std::size_t outstanding() const;
    [[nodiscard]] const causal_order& order() const { return causal_; }

   private:
    struct peer {
        explicit peer(const delivery_options& options) : sender(options) {}
        reliable_sender sender;
        std::map<std::uint64_t, std::vector<causal_row>> pasts;  // of the outstanding causal ones
        std::optional<time_point> due;
    };
    [[nodiscard]] peer& peer_of(node_id);
    void node_lives(node_id, std::uint64_t incarnation, time_point now);
    void adopt(node_id, peer&, reliable_sender::changes&&);
    void refresh(node_id, peer&);

    delivery_end self_;
    std::uint64_t incarnation_;
    delivery_options options_;
    std::map<node_id, peer> peers_;
    std::set<std::pair<time_point, node_id>> dues_;  // of the peers
    std::map<node_id, std::uint64_t> lives_;
    reliable_receiver receiver_;
    causal_order causal_;
    effects effects_;
};

}  // namespace partita::detail
