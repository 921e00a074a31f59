#pragma once

#include <algorithm>
#include <chrono>

#include "messages.hpp"

namespace partita::crdt {

/// The timer of a replica that has something to tell: soon after news, then ever less often, up to
/// a quarter of the time that a trial has to settle.
class resend_timer {
   public:
    static constexpr duration pause_first = std::chrono::milliseconds(500);
    static constexpr duration pause_most = std::chrono::seconds(8);

    /// There is something new to tell.
    void hurry() { pause_ = pause_first; }
    void arm(context& self) {
        if (armed_) return;
        armed_ = true;
        self.send_after(pause_, tell_again{});
    }
    void fired() {
        armed_ = false;
        pause_ = std::min(pause_ * 2, pause_most);
    }

   private:
    bool armed_ = false;
    duration pause_ = pause_first;
};

}  // namespace partita::crdt
