#pragma once

#include <signal.h>

namespace partita::cli {

/// While it lives, SIGINT and SIGTERM are taken down instead of ending the program, so that what it
/// has started can be ended first. One at a time.
class interruptions {
   public:
    interruptions();
    ~interruptions();
    interruptions(const interruptions&) = delete;
    interruptions& operator=(const interruptions&) = delete;

    /// The signal that came; 0: none.
    [[nodiscard]] static int came();
    /// Ends the program by the signal that came. Call when everything else is cleaned up.
    [[noreturn]] static void obey();

   private:
    struct sigaction before_[2];
};

}  // namespace partita::cli
