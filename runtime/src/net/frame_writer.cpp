#include "net/frame_writer.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <partita/runtime/delivery.hpp>
#include <partita/runtime/wire.hpp>

namespace partita::detail {
namespace {

/// From here on a payload is written from where it is, rather than copied.
constexpr std::size_t copied_bytes_max = 4 * 1024;
/// Below, compression costs more than it saves.
constexpr std::size_t compressed_bytes_min = 256;

message_header header_of(const envelope& from, std::size_t extension_bytes) {
    message_header header;
    header.source = from.source;
    header.destination = from.destination;
    header.type = from.type->hash;
    header.ordinal = from.ordinal;
    header.correlation = from.correlation;
    header.partition_key = from.partition_key;
    header.is_reply = from.is_reply;
    header.is_copy = from.is_copy;
    header.hops = from.relays;
    header.extension_bytes = static_cast<std::uint16_t>(extension_bytes);
    return header;
}

/// Every piece of a body, message header first.
using body_pieces = std::vector<std::span<const std::byte>>;

void add_pieces(body_pieces& to, const payload& content) {
    const std::span<const std::byte> rest = content.unattached();
    std::size_t done = 0;
    for (const payload::attachment& each : content.attachments()) {
        to.push_back(rest.subspan(done, each.position - done));
        to.push_back(each.content.bytes());
        done = each.position;
    }
    to.push_back(rest.subspan(done));
}

}  // namespace

frame_writer::~frame_writer() { ZSTD_freeCCtx(compressor_); }

void frame_writer::control(send_queue& to, frame_kind kind, std::span<const std::byte> body) {
    to.append(small_frame(kind, sequence_.take(), body));
}

void frame_writer::announce(send_queue& to, const message_type& type) {
    if (type.hash == last_type_) return;
    last_type_ = type.hash;
    const auto place = std::lower_bound(announced_.begin(), announced_.end(), type.hash);
    if (place != announced_.end() && *place == type.hash) return;
    announced_.insert(place, type.hash);
    const bool sayable = name_hash(type.name) == type.hash && !type.name.empty() &&
                         type.name.size() <= type_name_bytes_max;
    if (sayable) control(to, frame_kind::type_name, encode_type_name(type.name));
}

/// Replaces the payload by its size and its compressed form, if that is shorter.
bool frame_writer::compress(payload& content) {
    const std::span<const std::byte> raw = content.bytes();
    if (raw.size() < compressed_bytes_min) return false;
    if (compressor_ == nullptr) compressor_ = ZSTD_createCCtx();
    if (compressor_ == nullptr) return false;
    block_ref packed(memory_block::make(sizeof(std::uint32_t) + ZSTD_compressBound(raw.size())));
    const std::uint32_t size = little_endian(static_cast<std::uint32_t>(raw.size()));
    std::memcpy(packed->data(), &size, sizeof size);
    const std::size_t bytes =
        ZSTD_compressCCtx(compressor_, packed->data() + sizeof size,
                          packed->capacity() - sizeof size, raw.data(), raw.size(), compression_);
    if (ZSTD_isError(bytes) != 0 || bytes + sizeof size >= raw.size()) return false;
    content.adopt(std::move(packed), bytes + sizeof size);
    return true;
}

void frame_writer::message(send_queue& to, envelope_ptr sent) {
    announce(to, *sent->type);
    extension_.clear();
    if (sent->delivery) encode(extension_, *sent->delivery);
    frame_header header;
    header.kind = frame_kind::message;
    if (compression_ != 0 && compress(sent->payload)) header.flags = frame_compressed;
    const std::size_t payload_bytes = sent->payload.size();
    const std::size_t front = message_header_bytes + extension_.size();
    header.body_bytes = static_cast<std::uint32_t>(front + payload_bytes);
    header.sequence = sequence_.take();
    const auto named = encode(header_of(*sent, extension_.size()));
    const bool copied = payload_bytes <= copied_bytes_max;

    const std::span<std::byte> room =
        to.extend(frame_header_bytes + front + (copied ? payload_bytes : 0));
    std::byte* const body = room.data() + frame_header_bytes;
    std::memcpy(body, named.data(), named.size());
    if (extension_.size() != 0) {
        std::memcpy(body + message_header_bytes, extension_.bytes().data(), extension_.size());
    }
    if (copied) {
        const std::span<const std::byte> bytes = sent->payload.bytes();
        if (!bytes.empty()) std::memcpy(body + front, bytes.data(), bytes.size());
        header.checksum = frame_checksum(header, {body, front + payload_bytes});
    } else {
        body_pieces pieces{{body, front}};
        add_pieces(pieces, sent->payload);
        header.checksum = frame_checksum(header, pieces);
    }
    const auto encoded = encode(header);
    std::memcpy(room.data(), encoded.data(), encoded.size());
    if (!copied) to.append_payload(std::move(sent));
}

}  // namespace partita::detail
