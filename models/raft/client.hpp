#pragma once

#include <algorithm>
#include <vector>

#include <partita/models/history.hpp>
#include <partita/runtime/context.hpp>

#include "messages.hpp"
#include "replica.hpp"

namespace partita::raft {

inline constexpr duration patience = std::chrono::seconds(2);
inline constexpr duration attempt_max = std::chrono::milliseconds(300);
inline constexpr duration attempt_pause = std::chrono::milliseconds(100);

/// Who to ask: first the server on the client's own node, then whoever that says leads; the next
/// one when there is no answer.
class search_for_leader {
   public:
    explicit search_for_leader(const fiber_context& self)
        : all_(self.members()), target_(self.node()) {}
    [[nodiscard]] node_id target() const { return target_; }
    void try_next() {
        const auto at = std::find(all_.begin(), all_.end(), target_);
        target_ = at == all_.end() || at + 1 == all_.end() ? all_.front() : *(at + 1);
    }
    /// Follows a first hint at once; later ones may lead in a circle. Without one, waits for an
    /// election.
    void try_there(fiber_context& self, node_id hint) {
        if (hinted_ || hint == node_id{}) self.sleep(attempt_pause);
        hinted_ = hint != node_id{};
        if (hinted_) target_ = hint;
    }

   private:
    std::vector<node_id> all_;
    node_id target_;
    bool hinted_ = false;
};

/// Asks until somebody did it. Whether it was done is unknown when the patience ends.
template <described Request>
[[nodiscard]] response ask(fiber_context& self, const Request& wanted) {
    search_for_leader search(self);
    const time_point end = later(self.now(), patience);
    while (self.now() < end) {
        const node_id target = search.target();
        const auto answer =
            self.call<client_answer>(actor_id::named(target, replica_name), wanted, attempt_max);
        if (!answer) {
            self.send(self.local(replica_name), leader_silent{target});
            search.try_next();
        } else if (answer->kind == answer_kind::elsewhere) {
            search.try_there(self, answer->leader);
        } else {
            const bool done = answer->kind == answer_kind::done;
            return done ? response::ok(answer->text) : response::fail(answer->text);
        }
    }
    return response::unknown("timeout");
}

}  // namespace partita::raft
