#pragma once

#include <map>

#include "messages.hpp"
#include "resend.hpp"

namespace partita::crdt {

/// What a replica with transport=state has on disk.
struct saved_state {
    contents held;
    std::uint64_t dots_used = 0;
    update_ids updates;
};
PARTITA_MESSAGE(saved_state, held, dots_used, updates)

/// A replica that sends its whole state (state-based, CvRDT). A state that was lost, late or
/// repeated does no harm: merging is idempotent, commutative and associative, and who is not known
/// to hold the same is told again.
class state_replica {
   public:
    using accepts = messages<client_update, client_read, state_is, state_taken, tell_again>;

    state_replica(const object_options& options, std::uint64_t life)
        : options_(options), life_(life) {}

    void on_start(context&);
    void on_message(context&, const client_update&);
    void on_message(context&, const client_read&);
    void on_message(context&, const state_is&);
    void on_message(context&, const state_taken&);
    void on_message(context&, const tell_again&);

   private:
    void keep(context&);
    void tell(context&);
    [[nodiscard]] bool holds_the_same(node_id) const;
    void arm_unless_equal(context&);

    object_options options_;
    std::uint64_t life_;
    std::uint64_t updates_made_ = 0;  // in this life
    saved_state mine_;
    std::map<node_id, std::uint64_t> digests_;  // of what others hold, as last heard
    resend_timer timer_;
};

}  // namespace partita::crdt
