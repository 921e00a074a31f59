#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <partita/runtime/ids.hpp>
#include <tl/expected.hpp>

/// The frames that one connection carries. A frame is a header of 16 bytes, little endian, and a
/// body:
///
///     0   u32 body bytes    after the header
///     4   u8  version       1
///     5   u8  kind
///     6   u16 flags         bit 0: a message's payload is compressed with zstd
///     8   u32 sequence      of this direction of this connection, from 0, wrapping
///     12  u32 checksum      the low half of XXH3_64bits over bytes 0 to 11 and the checked body
///
/// Nothing here needs header and body to lie together: a large body is read into its final place
/// and written from where it is.
namespace partita::detail {

enum class frame_kind : std::uint8_t {
    hello = 1,
    challenge,
    proof,
    welcome,
    refusal,
    ping,
    pong,
    type_name,
    message,
    goodbye
};

/// Why bytes off the wire are no frame. Each ends the connection.
enum class frame_error : std::uint8_t {
    wrong_version,
    unknown_kind,
    kind_out_of_place,
    unknown_flags,
    body_too_long,
    wrong_sequence,
    wrong_checksum,
    message_too_short,
    unknown_message_flags,
    extension_past_body,
    wrong_type_name,
    undecodable_compression
};

/// One clear line.
[[nodiscard]] std::string_view to_text(frame_error);
[[nodiscard]] std::string_view to_text(frame_kind);

inline constexpr std::size_t frame_header_bytes = 16;
inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::uint16_t frame_compressed = 1;

/// The most bytes in the body of a handshake frame, and of ping, pong and goodbye.
inline constexpr std::uint32_t handshake_body_bytes_max = 4096;
inline constexpr std::uint32_t control_body_bytes_max = 64;

/// The checksum covers this much of a body. It finds our own mistakes (a body put together wrongly,
/// a frame cut in two), which show at the start; beyond, TCP's checksum and TLS guard the bytes. To
/// sum up all of an 8 MB body would cost as much as copying it.
inline constexpr std::size_t checksum_body_bytes_max = std::size_t{16} * 1024;

struct frame_header {
    std::uint32_t body_bytes = 0;
    frame_kind kind = frame_kind::ping;
    std::uint16_t flags = 0;
    std::uint32_t sequence = 0;
    std::uint32_t checksum = 0;
    bool operator==(const frame_header&) const = default;
};

/// What a connection accepts at this time.
struct frame_limits {
    /// Of a message's body as it travels. Requires of a reader of compressed ones: it holds what
    /// they grow to, too, to this limit.
    std::uint32_t frame_bytes_max = std::uint32_t{64} << 20;
    /// Until the handshake is done, a stranger's frame of another kind is refused by its header,
    /// before memory is found for its body.
    bool handshake_only = false;
};

[[nodiscard]] bool is_handshake(frame_kind);

[[nodiscard]] std::array<std::byte, frame_header_bytes> encode(const frame_header&);

/// Checks all but sequence and checksum.
[[nodiscard]] tl::expected<frame_header, frame_error> decode(
    std::span<const std::byte, frame_header_bytes>, const frame_limits&);

/// The checksum that belongs into this header (whose own is ignored) before this body. Requires:
/// the pieces have header.body_bytes in all.
[[nodiscard]] std::uint32_t frame_checksum(const frame_header&, std::span<const std::byte> body);
[[nodiscard]] std::uint32_t frame_checksum(const frame_header&,
                                           std::span<const std::span<const std::byte>> pieces);

/// Counts the frames of one direction of one connection, at either end of it.
class frame_sequence {
   public:
    /// The number of the next frame to send.
    [[nodiscard]] std::uint32_t take() { return next_++; }
    /// Whether this is the next frame to receive: any other was replayed, lost or forged.
    [[nodiscard]] bool accept(const frame_header& header) {
        if (header.sequence != next_) return false;
        ++next_;
        return true;
    }

   private:
    std::uint32_t next_ = 0;
};

/// A whole frame, for small bodies: a copy is cheaper than a second piece to write.
[[nodiscard]] std::vector<std::byte> small_frame(frame_kind, std::uint32_t sequence,
                                                 std::span<const std::byte> body);

inline constexpr std::size_t message_header_bytes = 68;

/// What stands before a message's payload:
///
///     0   u64 source node, u64 source actor, u64 destination node, u64 destination actor
///     32  u64 type, u64 ordinal, u64 correlation, u64 partition key
///     64  u8 flags (bit 0: reply, bit 1: copy), u8 hops, u16 extension bytes
///
/// then the extension (what delivery layers say to each other; opaque here), then the payload.
struct message_header {
    actor_id source;
    actor_id destination;
    std::uint64_t type = 0;
    std::uint64_t ordinal = 0;
    std::uint64_t correlation = 0;
    std::uint64_t partition_key = 0;
    bool is_reply = false;
    bool is_copy = false;
    std::uint8_t hops = 0;  ///< nodes that passed it on
    std::uint16_t extension_bytes = 0;
    bool operator==(const message_header&) const = default;
};

[[nodiscard]] std::array<std::byte, message_header_bytes> encode(const message_header&);

/// Reads the start of a body of `body_bytes`, of which at least min(body_bytes,
/// message_header_bytes) are here: the rest may still be on its way.
[[nodiscard]] tl::expected<message_header, frame_error> decode_message_header(
    std::span<const std::byte> start, std::size_t body_bytes);

inline constexpr std::size_t type_name_bytes_max = 256;
inline constexpr std::uint32_t type_name_body_bytes_max =
    static_cast<std::uint32_t>(sizeof(std::uint64_t) + type_name_bytes_max);

/// The body of a type_name frame, u64 hash and the name: says once a connection what a message's
/// type is called. Requires: a name of 1 to type_name_bytes_max bytes.
[[nodiscard]] std::vector<std::byte> encode_type_name(std::string_view name);

/// The name within the body; its hash is name_hash of it.
[[nodiscard]] tl::expected<std::string_view, frame_error> decode_type_name(
    std::span<const std::byte> body);

}  // namespace partita::detail
