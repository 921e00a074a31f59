#include "net/frame_reader.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <partita/runtime/wire.hpp>

namespace partita::detail {
namespace {

constexpr std::size_t buffer_bytes = 128 * 1024;
/// Bodies from here on are read into blocks of their own.
constexpr std::size_t large_bytes_min = 16 * 1024;
/// Behind a large message probably comes another, of which no more than the front is wanted here.
constexpr std::size_t read_bytes_after_large = 512;

}  // namespace

frame_reader::frame_reader(const frame_limits& limits)
    : limits_(limits), buffer_(memory_block::make(buffer_bytes)), read_bytes_(buffer_bytes) {}

frame_reader::~frame_reader() { ZSTD_freeDCtx(unpacker_); }

std::span<std::byte> frame_reader::room(std::size_t bytes_max) {
    if (large_) {
        const std::size_t left = large_->content_bytes - large_->got;
        return {large_->content->data() + large_->got, std::min(left, bytes_max)};
    }
    if (begin_ == end_) begin_ = end_ = 0;
    // The longest thing that must fit as a whole is the front of a message with its extension.
    if (buffer_bytes - end_ < buffer_bytes / 4 && begin_ != 0) {
        std::memmove(buffer_->data(), buffer_->data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::size_t most = std::min(std::min(bytes_max, read_bytes_), buffer_bytes - end_);
    return {buffer_->data() + end_, std::max<std::size_t>(most, 1)};
}

void frame_reader::filled(std::size_t count) { (large_ ? large_->got : end_) += count; }

tl::expected<std::optional<incoming_frame>, frame_error> frame_reader::next(payload& to) {
    done_.reset();
    if (large_) {
        if (large_->got < large_->content_bytes) return std::nullopt;
        return end_large(to);
    }
    const std::span<const std::byte> bytes = waiting();
    if (bytes.size() < frame_header_bytes) return std::nullopt;
    const auto header = decode(bytes.first<frame_header_bytes>(), limits_);
    if (!header) return tl::unexpected(header.error());
    const std::size_t whole = frame_header_bytes + header->body_bytes;
    if (bytes.size() < whole) {
        if (header->kind != frame_kind::message || header->body_bytes < large_bytes_min) {
            return std::nullopt;
        }
        const auto begun = begin_large(*header);
        if (!begun) return tl::unexpected(begun.error());
        return std::nullopt;
    }
    if (!sequence_.accept(*header)) return tl::unexpected(frame_error::wrong_sequence);
    auto frame = small(*header, to);
    if (!frame) return tl::unexpected(frame.error());
    begin_ += whole;
    read_bytes_ = buffer_bytes;
    return *std::move(frame);
}

tl::expected<incoming_frame, frame_error> frame_reader::small(const frame_header& header,
                                                              payload& to) {
    const std::span<const std::byte> body =
        waiting().subspan(frame_header_bytes, header.body_bytes);
    if (frame_checksum(header, body) != header.checksum) {
        return tl::unexpected(frame_error::wrong_checksum);
    }
    incoming_frame frame;
    frame.kind = header.kind;
    frame.body = body;
    if (header.kind != frame_kind::message) return frame;
    const auto named = decode_message_header(body, body.size());
    if (!named) return tl::unexpected(named.error());
    frame.header = *named;
    frame.extension = body.subspan(message_header_bytes, named->extension_bytes);
    const auto content = body.subspan(message_header_bytes + named->extension_bytes);
    if ((header.flags & frame_compressed) == 0) {
        to.assign(content);
    } else if (!unpack(content, to)) {
        return tl::unexpected(frame_error::undecodable_compression);
    }
    return frame;
}

/// False: not all of the front is here yet.
tl::expected<bool, frame_error> frame_reader::begin_large(const frame_header& header) {
    const std::span<const std::byte> body = waiting().subspan(frame_header_bytes);
    if (body.size() < message_header_bytes) return false;
    const auto named = decode_message_header(body, header.body_bytes);
    if (!named) return tl::unexpected(named.error());
    const std::size_t front = message_header_bytes + named->extension_bytes;
    if (body.size() < front) return false;
    if (!sequence_.accept(header)) return tl::unexpected(frame_error::wrong_sequence);
    large_message begun;
    begun.frame = header;
    begun.front = block_ref(memory_block::make(front));
    begun.front_bytes = front;
    std::memcpy(begun.front->data(), body.data(), front);
    begun.content_bytes = header.body_bytes - front;
    begun.content = block_ref(memory_block::make(begun.content_bytes));
    begun.got = body.size() - front;
    if (begun.got != 0) std::memcpy(begun.content->data(), body.data() + front, begun.got);
    begin_ = end_ = 0;
    large_ = std::move(begun);
    return true;
}

tl::expected<std::optional<incoming_frame>, frame_error> frame_reader::end_large(payload& to) {
    done_ = std::move(large_);
    large_.reset();
    read_bytes_ = read_bytes_after_large;
    const std::span<const std::byte> front(done_->front->data(), done_->front_bytes);
    const std::span<const std::byte> content(done_->content->data(), done_->content_bytes);
    const std::array pieces{front, content};
    if (frame_checksum(done_->frame, pieces) != done_->frame.checksum) {
        return tl::unexpected(frame_error::wrong_checksum);
    }
    incoming_frame frame;
    frame.kind = frame_kind::message;
    frame.header = *decode_message_header(front, done_->frame.body_bytes);
    frame.extension = front.subspan(message_header_bytes);
    if ((done_->frame.flags & frame_compressed) == 0) {
        to.adopt(std::move(done_->content), done_->content_bytes);
    } else if (!unpack(content, to)) {
        return tl::unexpected(frame_error::undecodable_compression);
    }
    return frame;
}

bool frame_reader::unpack(std::span<const std::byte> packed, payload& to) {
    std::uint32_t size = 0;
    if (packed.size() < sizeof size) return false;
    std::memcpy(&size, packed.data(), sizeof size);
    size = little_endian(size);
    // What a stranger says a megabyte of his grows to must be what it does grow to.
    const std::span<const std::byte> frame = packed.subspan(sizeof size);
    if (size > limits_.frame_bytes_max ||
        ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) {
        return false;
    }
    if (unpacker_ == nullptr) unpacker_ = ZSTD_createDCtx();
    if (unpacker_ == nullptr) return false;
    block_ref raw(memory_block::make(size));
    const std::size_t bytes =
        ZSTD_decompressDCtx(unpacker_, raw->data(), size, frame.data(), frame.size());
    if (ZSTD_isError(bytes) != 0 || bytes != size) return false;
    to.adopt(std::move(raw), size);
    return true;
}

}  // namespace partita::detail
