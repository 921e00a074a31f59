#pragma once

#include <map>
#include <vector>

#include "messages.hpp"
#include "resend.hpp"

namespace partita::crdt {

/// A replica that sends its updates (op-based, CmRDT): each is applied once, after all that its
/// origin had applied before. Updates are kept for ever and passed on to who lacks them, so that
/// one whose origin went down spreads all the same.
class op_replica {
   public:
    using accepts =
        messages<client_update, client_read, operation_is, operations_taken, tell_again>;

    op_replica(const object_options& options, std::uint64_t life)
        : options_(options), life_(life) {}

    void on_start(context&);
    void on_message(context&, const client_update&);
    void on_message(context&, const client_read&);
    void on_message(context&, const operation_is&);
    void on_message(context&, const operations_taken&);
    void on_message(context&, const tell_again&);

   private:
    void take(const operation_is&);
    void carry_out(context&, const operation_is&);
    void carry_out_waiting(context&);
    [[nodiscard]] bool is_due(const operation_is&) const;
    void say(context&);
    void tell(context&, node_id peer);
    void arm_unless_told(context&);

    object_options options_;
    std::uint64_t life_;
    std::uint64_t updates_made_ = 0;  // in this life
    std::uint64_t dots_used_ = 0;
    contents held_;
    update_ids updates_;
    std::vector<operation_is> applied_;  // in this order; all on disk
    vector_clock clock_;                 // of applied_
    std::map<dot, operation_is> waiting_;
    std::map<node_id, vector_clock> others_;  // what they have applied, as far as known
    resend_timer timer_;
};

}  // namespace partita::crdt
