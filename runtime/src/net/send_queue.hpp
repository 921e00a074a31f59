#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include <partita/runtime/blob.hpp>
#include <partita/runtime/envelope.hpp>

namespace partita::detail {

/// The bytes that wait to be written to one connection, in order. Small frames are put together in
/// chunks, so that many go with one call; large payloads are written from where they are.
class send_queue {
   public:
    static constexpr std::size_t pieces_max = 64;

    [[nodiscard]] bool empty() const { return bytes_ == 0; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// Room for `count` bytes in one piece at the end, to be filled at once.
    [[nodiscard]] std::span<std::byte> extend(std::size_t count);
    void append(std::span<const std::byte>);
    /// The payload's bytes, uncopied; the envelope is kept until they are written.
    void append_payload(envelope_ptr);
    /// Part of a block, which is kept until it is written.
    void append(blob);

    /// The next bytes to write, at most `bytes_max`, in at most pieces_max pieces.
    [[nodiscard]] std::span<const iovec> gather(std::size_t bytes_max);
    /// The first `count` of them are written.
    void consume(std::size_t count);

   private:
    static constexpr std::size_t chunk_bytes = 64 * 1024;

    struct segment {
        block_ref chunk;     // of small frames; else
        blob shared;         // one of ours, or
        envelope_ptr owner;  // last piece of a payload, which keeps all of it
        const std::byte* data = nullptr;
        std::size_t size = 0;
    };
    void push(segment);

    std::deque<segment> segments_;
    std::size_t offset_ = 0;  // of the first segment that is written
    std::size_t bytes_ = 0;
    block_ref spare_;  // a chunk to use again
    std::array<iovec, pieces_max> gathered_{};
};

}  // namespace partita::detail
