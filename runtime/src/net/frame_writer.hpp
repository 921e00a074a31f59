#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <partita/runtime/envelope.hpp>

#include "net/frame.hpp"
#include "net/send_queue.hpp"

struct ZSTD_CCtx_s;

namespace partita::detail {

/// Turns messages into the frames of one connection.
class frame_writer {
   public:
    /// `compression`: zstd level of payloads, 0 for none.
    explicit frame_writer(int compression) : compression_(compression) {}
    ~frame_writer();
    frame_writer(const frame_writer&) = delete;
    frame_writer& operator=(const frame_writer&) = delete;

    void control(send_queue&, frame_kind, std::span<const std::byte> body);
    /// Before the first message of a type goes the type's name.
    void message(send_queue&, envelope_ptr);

   private:
    void announce(send_queue&, const message_type&);
    [[nodiscard]] bool compress(payload&);

    int compression_;
    frame_sequence sequence_;
    std::uint64_t last_type_ = 0;
    std::vector<std::uint64_t> announced_;  // sorted hashes
    payload extension_;
    ZSTD_CCtx_s* compressor_ = nullptr;
};

}  // namespace partita::detail
