#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace partita::cli {

/// One end of a two-way stream of bytes between this program and a worker process. Owns its
/// descriptor, which is closed on exec.
class pipe_end {
   public:
    /// What came of a read or a write that does not wait.
    enum class passage { some, none_now, closed };

    pipe_end() = default;
    explicit pipe_end(int descriptor) : descriptor_(descriptor) {}
    ~pipe_end() { close(); }
    pipe_end(pipe_end&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    pipe_end& operator=(pipe_end&& other) noexcept;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    void close();

    /// Writes all, waiting where it must. False when the other end is gone.
    [[nodiscard]] bool write_all(std::span<const std::byte>) const;
    /// Waits for bytes and appends them. False when the other end is gone.
    [[nodiscard]] bool read_more(std::vector<std::byte>& into) const;
    /// Writes what fits now and sets `written`.
    [[nodiscard]] passage write_some(std::span<const std::byte>, std::size_t& written) const;
    /// Appends what is there now.
    [[nodiscard]] passage read_some(std::vector<std::byte>& into) const;

   private:
    int descriptor_ = -1;
};

/// A fresh stream; throws std::system_error when the system has no descriptors left.
struct pipe_pair {
    pipe_end ours;
    pipe_end workers;
};
[[nodiscard]] pipe_pair make_pipe();

/// In a fresh worker: closes this program's ends of all streams. A worker that held one would keep
/// another worker from noticing that this program is gone.
void close_ends_of_parent();

}  // namespace partita::cli
