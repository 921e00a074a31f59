#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <partita/runtime/blob.hpp>
#include <partita/runtime/payload.hpp>

#include <tl/expected.hpp>
#include "net/frame.hpp"

struct ZSTD_DCtx_s;

namespace partita::detail {

/// One whole frame.
struct incoming_frame {
    frame_kind kind = frame_kind::ping;
    std::span<const std::byte> body;  ///< of all but messages; good until the reader is used again
    // Of messages; the payload is where next() was told to put it.
    message_header header;
    std::span<const std::byte> extension;
};

/// Turns the bytes of one connection into frames. Small ones are cut out of a buffer; the payload
/// of a large message is read straight into the block that its actor will use. Never asks for more
/// memory than the limits and a buffer. After an error it must not be used again.
class frame_reader {
   public:
    explicit frame_reader(const frame_limits&);
    ~frame_reader();
    frame_reader(const frame_reader&) = delete;
    frame_reader& operator=(const frame_reader&) = delete;

    /// The handshake is done.
    void allow_messages() { limits_.handshake_only = false; }

    /// Where the next bytes belong: at least one, at most `bytes_max`. Requires: next() said that
    /// there is no more frame.
    [[nodiscard]] std::span<std::byte> room(std::size_t bytes_max);
    /// So many of them were read.
    void filled(std::size_t count);
    /// The next frame, nothing when more bytes are needed, or why the connection must end.
    [[nodiscard]] tl::expected<std::optional<incoming_frame>, frame_error> next(payload& to);

   private:
    /// A message whose payload is being read into a block of its own.
    struct large_message {
        frame_header frame;
        block_ref front;  // message header and extension
        std::size_t front_bytes = 0;
        block_ref content;
        std::size_t content_bytes = 0;
        std::size_t got = 0;
    };

    [[nodiscard]] std::span<const std::byte> waiting() const {
        return {buffer_->data() + begin_, end_ - begin_};
    }
    [[nodiscard]] tl::expected<bool, frame_error> begin_large(const frame_header&);
    [[nodiscard]] tl::expected<std::optional<incoming_frame>, frame_error> end_large(payload& to);
    [[nodiscard]] tl::expected<incoming_frame, frame_error> small(const frame_header&, payload& to);
    [[nodiscard]] bool unpack(std::span<const std::byte> packed, payload& to);

    frame_limits limits_;
    frame_sequence sequence_;
    block_ref buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t read_bytes_;  // of the next read, at most
    std::optional<large_message> large_;
    std::optional<large_message> done_;  // its front is lent out
    ZSTD_DCtx_s* unpacker_ = nullptr;
};

}  // namespace partita::detail
