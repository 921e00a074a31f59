#include "cluster_output.hpp"

#include <unistd.h>

#include <chrono>

namespace partita::cli {

void complain_line(const std::string& line) {
    const std::string whole = line + "\n";
    // There is no one to tell that standard error is gone.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, whole.data(), whole.size());
}

time_point steady_now() {
    return time_point(
        std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace partita::cli
