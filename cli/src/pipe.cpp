#include "pipe.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <system_error>

namespace partita::cli {
namespace {

constexpr std::size_t read_bytes_max = 64u << 10;

/// The descriptors of all `ours` that are open. One program, one thread, one set.
std::set<int>& ends_of_parent() {
    static std::set<int> ends;
    return ends;
}

/// Grows `into`, reads into its new end with those flags, and returns what recv() did.
ssize_t receive(int descriptor, std::vector<std::byte>& into, int flags) {
    const std::size_t before = into.size();
    into.resize(before + read_bytes_max);
    ssize_t count = -1;
    do {
        count = recv(descriptor, into.data() + before, read_bytes_max, flags);
    } while (count < 0 && errno == EINTR);
    into.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    return count;
}

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

pipe_end& pipe_end::operator=(pipe_end&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

void pipe_end::close() {
    if (descriptor_ < 0) return;
    ends_of_parent().erase(descriptor_);
    ::close(descriptor_);
    descriptor_ = -1;
}

bool pipe_end::write_all(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        // A socket rather than a pipe(2): MSG_NOSIGNAL spares us SIGPIPE without touching handlers.
        const ssize_t count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

bool pipe_end::read_more(std::vector<std::byte>& into) const {
    return receive(descriptor_, into, 0) > 0;
}

pipe_end::passage pipe_end::write_some(std::span<const std::byte> bytes,
                                       std::size_t& written) const {
    ssize_t count = -1;
    do {
        count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    written = count > 0 ? static_cast<std::size_t>(count) : 0;
    if (count >= 0) return passage::some;
    return would_wait() ? passage::none_now : passage::closed;
}

pipe_end::passage pipe_end::read_some(std::vector<std::byte>& into) const {
    const ssize_t count = receive(descriptor_, into, MSG_DONTWAIT);
    if (count > 0) return passage::some;
    return count < 0 && would_wait() ? passage::none_now : passage::closed;
}

pipe_pair make_pipe() {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot make a stream to a worker process");
    }
    pipe_pair made{pipe_end(ends[0]), pipe_end(ends[1])};
    ends_of_parent().insert(ends[0]);
    return made;
}

void close_ends_of_parent() {
    for (const int descriptor : ends_of_parent()) ::close(descriptor);
    ends_of_parent().clear();
}

}  // namespace partita::cli
