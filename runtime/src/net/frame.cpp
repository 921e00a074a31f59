#include "net/frame.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include <xxhash.h>

#include <partita/runtime/wire.hpp>

namespace partita::detail {

namespace {

constexpr std::size_t checksum_at = 12;
/// Up to here, copying the pieces together is cheaper than XXH3's streaming state.
constexpr std::size_t checksum_copied_max = 512;

constexpr std::uint8_t reply_flag = 1;
constexpr std::uint8_t copy_flag = 2;

template <typename Integer>
std::byte* put(std::byte* to, Integer value) {
    const Integer travelling = little_endian(value);
    std::memcpy(to, &travelling, sizeof travelling);
    return to + sizeof travelling;
}

template <typename Integer>
const std::byte* get(const std::byte* from, Integer& value) {
    std::memcpy(&value, from, sizeof value);
    value = little_endian(value);
    return from + sizeof value;
}

/// The most bytes of a body, by kind.
std::uint32_t body_bytes_max(frame_kind kind, const frame_limits& limits) {
    if (is_handshake(kind)) return handshake_body_bytes_max;
    if (kind == frame_kind::message) return limits.frame_bytes_max;
    return kind == frame_kind::type_name ? type_name_body_bytes_max : control_body_bytes_max;
}

using pieces = std::span<const std::span<const std::byte>>;

std::uint32_t copied_checksum(const std::byte* header, pieces body) {
    std::array<std::byte, checksum_at + checksum_copied_max> together;
    std::memcpy(together.data(), header, checksum_at);
    std::size_t used = checksum_at;
    for (const auto piece : body) {
        if (!piece.empty()) std::memcpy(together.data() + used, piece.data(), piece.size());
        used += piece.size();
    }
    return static_cast<std::uint32_t>(XXH3_64bits(together.data(), used));
}

struct state_release {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

std::uint32_t streamed_checksum(const std::byte* header, pieces body) {
    const std::unique_ptr<XXH3_state_t, state_release> state(XXH3_createState());
    if (!state) throw std::bad_alloc();
    XXH3_64bits_reset(state.get());
    XXH3_64bits_update(state.get(), header, checksum_at);
    std::size_t left = checksum_body_bytes_max;
    for (const auto piece : body) {
        const std::size_t checked = std::min(left, piece.size());
        XXH3_64bits_update(state.get(), piece.data(), checked);
        left -= checked;
    }
    return static_cast<std::uint32_t>(XXH3_64bits_digest(state.get()));
}

}  // namespace

std::string_view to_text(frame_error error) {
    switch (error) {
        case frame_error::wrong_version:
            return "not a frame of version 1 of Partita's protocol";
        case frame_error::unknown_kind:
            return "a frame of an unknown kind";
        case frame_error::kind_out_of_place:
            return "a frame of a kind that has no place here";
        case frame_error::unknown_flags:
            return "a frame with unknown flags";
        case frame_error::body_too_long:
            return "a frame longer than its kind may be";
        case frame_error::wrong_sequence:
            return "a frame replayed, lost or out of order";
        case frame_error::wrong_checksum:
            return "a frame whose checksum does not fit it";
        case frame_error::message_too_short:
            return "a message shorter than its header";
        case frame_error::unknown_message_flags:
            return "a message with unknown flags";
        case frame_error::extension_past_body:
            return "a message whose extension ends past it";
        case frame_error::wrong_type_name:
            return "a type name that is not what its hash says";
        case frame_error::undecodable_compression:
            return "a compressed message that does not unpack";
    }
    return "not a frame";
}

std::string_view to_text(frame_kind kind) {
    switch (kind) {
        case frame_kind::hello:
            return "hello";
        case frame_kind::challenge:
            return "challenge";
        case frame_kind::proof:
            return "proof";
        case frame_kind::welcome:
            return "welcome";
        case frame_kind::refusal:
            return "refusal";
        case frame_kind::ping:
            return "ping";
        case frame_kind::pong:
            return "pong";
        case frame_kind::type_name:
            return "type name";
        case frame_kind::message:
            return "message";
        case frame_kind::goodbye:
            return "goodbye";
    }
    return "unknown";
}

bool is_handshake(frame_kind kind) { return kind <= frame_kind::refusal; }

std::array<std::byte, frame_header_bytes> encode(const frame_header& header) {
    std::array<std::byte, frame_header_bytes> bytes;
    std::byte* to = put(bytes.data(), header.body_bytes);
    to = put(to, frame_version);
    to = put(to, static_cast<std::uint8_t>(header.kind));
    to = put(to, header.flags);
    to = put(to, header.sequence);
    put(to, header.checksum);
    return bytes;
}

tl::expected<frame_header, frame_error> decode(std::span<const std::byte, frame_header_bytes> bytes,
                                               const frame_limits& limits) {
    frame_header header;
    std::uint8_t version = 0;
    std::uint8_t kind = 0;
    const std::byte* from = get(bytes.data(), header.body_bytes);
    from = get(from, version);
    from = get(from, kind);
    from = get(from, header.flags);
    from = get(from, header.sequence);
    get(from, header.checksum);
    header.kind = static_cast<frame_kind>(kind);

    if (version != frame_version) return tl::unexpected(frame_error::wrong_version);
    if (header.kind < frame_kind::hello || header.kind > frame_kind::goodbye) {
        return tl::unexpected(frame_error::unknown_kind);
    }
    if (limits.handshake_only && !is_handshake(header.kind)) {
        return tl::unexpected(frame_error::kind_out_of_place);
    }
    const std::uint16_t known = header.kind == frame_kind::message ? frame_compressed : 0;
    if ((header.flags & ~known) != 0) return tl::unexpected(frame_error::unknown_flags);
    if (header.body_bytes > body_bytes_max(header.kind, limits)) {
        return tl::unexpected(frame_error::body_too_long);
    }
    return header;
}

std::uint32_t frame_checksum(const frame_header& header, std::span<const std::byte> body) {
    return frame_checksum(header, pieces(&body, 1));
}

std::uint32_t frame_checksum(const frame_header& header, pieces body) {
    const auto encoded = encode(header);
    std::size_t total = 0;
    for (const auto piece : body) total += piece.size();
    return total <= checksum_copied_max ? copied_checksum(encoded.data(), body)
                                        : streamed_checksum(encoded.data(), body);
}

std::vector<std::byte> small_frame(frame_kind kind, std::uint32_t sequence,
                                   std::span<const std::byte> body) {
    frame_header header{.body_bytes = static_cast<std::uint32_t>(body.size()),
                        .kind = kind,
                        .flags = 0,
                        .sequence = sequence,
                        .checksum = 0};
    header.checksum = frame_checksum(header, body);
    const auto encoded = encode(header);
    std::vector<std::byte> whole(encoded.size() + body.size());
    std::memcpy(whole.data(), encoded.data(), encoded.size());
    if (!body.empty()) std::memcpy(whole.data() + encoded.size(), body.data(), body.size());
    return whole;
}

std::array<std::byte, message_header_bytes> encode(const message_header& header) {
    std::array<std::byte, message_header_bytes> bytes;
    std::byte* to = bytes.data();
    for (const std::uint64_t field :
         {header.source.node.bits(), header.source.local, header.destination.node.bits(),
          header.destination.local, header.type, header.ordinal, header.correlation,
          header.partition_key}) {
        to = put(to, field);
    }
    const int flags = (header.is_reply ? reply_flag : 0) | (header.is_copy ? copy_flag : 0);
    to = put(to, static_cast<std::uint8_t>(flags));
    to = put(to, header.hops);
    put(to, header.extension_bytes);
    return bytes;
}

tl::expected<message_header, frame_error> decode_message_header(std::span<const std::byte> start,
                                                                std::size_t body_bytes) {
    if (std::min(start.size(), body_bytes) < message_header_bytes) {
        return tl::unexpected(frame_error::message_too_short);
    }
    message_header header;
    std::uint64_t source = 0;
    std::uint64_t destination = 0;
    std::uint8_t flags = 0;
    const std::byte* from = get(start.data(), source);
    from = get(from, header.source.local);
    from = get(from, destination);
    from = get(from, header.destination.local);
    from = get(from, header.type);
    from = get(from, header.ordinal);
    from = get(from, header.correlation);
    from = get(from, header.partition_key);
    from = get(from, flags);
    from = get(from, header.hops);
    get(from, header.extension_bytes);
    header.source.node = node_id::from_bits(source);
    header.destination.node = node_id::from_bits(destination);
    header.is_reply = (flags & reply_flag) != 0;
    header.is_copy = (flags & copy_flag) != 0;

    if ((flags & ~(reply_flag | copy_flag)) != 0) {
        return tl::unexpected(frame_error::unknown_message_flags);
    }
    if (header.extension_bytes > body_bytes - message_header_bytes) {
        return tl::unexpected(frame_error::extension_past_body);
    }
    return header;
}

std::vector<std::byte> encode_type_name(std::string_view name) {
    std::vector<std::byte> body(sizeof(std::uint64_t) + name.size());
    std::byte* to = put(body.data(), name_hash(name));
    if (!name.empty()) std::memcpy(to, name.data(), name.size());
    return body;
}

tl::expected<std::string_view, frame_error> decode_type_name(std::span<const std::byte> body) {
    if (body.size() <= sizeof(std::uint64_t) || body.size() > type_name_body_bytes_max) {
        return tl::unexpected(frame_error::wrong_type_name);
    }
    std::uint64_t hash = 0;
    const std::byte* from = get(body.data(), hash);
    const std::string_view name(reinterpret_cast<const char*>(from), body.size() - sizeof hash);
    if (name_hash(name) != hash) return tl::unexpected(frame_error::wrong_type_name);
    return name;
}

}  // namespace partita::detail
