#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>
#include "net/frame.hpp"

/// How two nodes get to know each other at the start of a connection, before any message:
///
///     dialler                                   acceptor
///       hello      who, which lane, nonce   ->
///                                           <-  challenge  who, nonce, proof
///       proof                               ->
///                                           <-  welcome
///
/// or, at any point and from either side, a refusal that says why. The proofs are
///
///     HMAC-SHA256(secret, "partita acceptor" | H(session) | H(hello) | H(challenge but its proof))
///     HMAC-SHA256(secret, "partita dialler"  | H(session) | H(hello) | H(challenge))
///
/// where H is SHA-256 of a frame's body: the challenge-response of ISO/IEC 9798-4 (mutual, three
/// passes), with all that was said bound in as TLS does it (RFC 8446, section 4.4). The roles
/// differ, so no proof can be sent back to who made it; both nonces are in, so none can be used
/// again.
///
/// Both sides are pure state machines: no socket, no clock, no randomness of their own. They accept
/// two frames of at most handshake_body_bytes_max each, and end with an error on anything else. How
/// long the other side may take is for their owner to bound.
namespace partita::detail {

inline constexpr std::uint32_t handshake_version = 1;
inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t tag_bytes_max = 1024;
inline constexpr std::uint32_t lane_count_max = 1024;

/// 32 bytes that were never used before and that nobody can foresee (RAND_bytes).
using handshake_nonce = std::array<std::uint8_t, 32>;

/// One life of a node, as it presents itself.
struct node_identity {
    std::string node;        ///< its name, not empty
    std::uint64_t life = 0;  ///< orders the lives of one node
    std::string address;     ///< what others dial
    std::string tag;         ///< its roles
    bool operator==(const node_identity&) const = default;
};

/// Which of the connections between two nodes this is.
struct lane_identity {
    std::string channel;
    std::uint32_t index = 0;
    std::uint32_t count = 1;
    bool operator==(const lane_identity&) const = default;
};

/// What is wrong with an identity, ours or a stranger's, as one line: lengths, characters that
/// would spoil a log, an index past the count.
[[nodiscard]] tl::expected<void, std::string> check(const node_identity&);
[[nodiscard]] tl::expected<void, std::string> check(const lane_identity&);

/// What one side brings to a handshake. Requires: check(self) and check of the cluster's name as
/// one passed when the node was set up.
struct handshake_options {
    node_identity self;
    std::string cluster;
    std::string secret;  ///< empty: proofs are made with the empty key
    handshake_nonce nonce{};
};

enum class refusal_code : std::uint8_t {
    malformed = 1,  ///< not what the handshake expects here
    wrong_version,
    wrong_cluster,
    wrong_node,  ///< not the node that was dialled
    self_connection,
    wrong_secret,
    wrong_certificate,  ///< does not name the node
    unknown_channel,
    too_many_connections,
    going_away
};

struct refusal {
    refusal_code code = refusal_code::malformed;
    std::string text;  ///< one line that makes sense on both sides
};

/// A frame to send; the connection's owner numbers it.
struct handshake_frame {
    frame_kind kind = frame_kind::refusal;
    std::vector<std::byte> body;
};

/// For an owner that refuses without a handshake, such as one with too many connections.
[[nodiscard]] handshake_frame refusal_frame(const refusal&);

/// What to do after a frame: send `send` if there is one, then go on waiting, or use the
/// connection (done), or close it (failed).
struct handshake_step {
    std::optional<handshake_frame> send;
    bool done = false;
    std::optional<refusal> failed;
};

/// The owner's say over a peer that has just proved itself; nothing admits it. Asked once, while a
/// refusal can still be sent: after the check of the proof, before the proof or welcome in return.
/// Strangers therefore learn neither which channels there are nor who is connected. An empty one
/// admits all.
using admission = std::function<std::optional<refusal>(const node_identity&, const lane_identity&)>;

/// The dialling side. Gives up on an acceptor without the secret, of its own name, or other than
/// `expected_node` (empty: whoever answers).
class dialling {
   public:
    dialling(handshake_options, lane_identity, std::string expected_node, admission);
    /// Ties the proofs to a TLS session by what only its two ends know (tls_stream::binding()), so
    /// that nobody can pass them on between two sessions. Requires: before the first frame, and on
    /// both sides or neither.
    void bind(std::string session) { session_ = std::move(session); }
    /// The first frame. Requires: called once, before on_frame.
    [[nodiscard]] handshake_frame start();
    [[nodiscard]] handshake_step on_frame(frame_kind, std::span<const std::byte> body);
    /// The acceptor. Requires: done.
    [[nodiscard]] const node_identity& peer() const { return peer_; }

   private:
    enum class stage : std::uint8_t { challenged, welcomed, ended };
    [[nodiscard]] handshake_step on_challenge(std::span<const std::byte> body);
    [[nodiscard]] handshake_step on_welcome(std::span<const std::byte> body);
    [[nodiscard]] handshake_step refuse(refusal_code, std::string text);

    handshake_options options_;
    std::string session_;
    lane_identity lane_;
    std::string expected_node_;
    admission admit_;
    std::vector<std::byte> hello_;
    node_identity peer_;
    stage awaited_ = stage::challenged;
};

/// The accepting side. Gives up on a dialler without the secret, of another cluster, of its own
/// name, or that dialled another node.
class accepting {
   public:
    accepting(handshake_options, admission);
    /// As dialling::bind.
    void bind(std::string session) { session_ = std::move(session); }
    [[nodiscard]] handshake_step on_frame(frame_kind, std::span<const std::byte> body);
    /// The dialler, and what it dialled for. Requires: done.
    [[nodiscard]] const node_identity& peer() const { return peer_; }
    [[nodiscard]] const lane_identity& lane() const { return lane_; }

   private:
    enum class stage : std::uint8_t { greeted, proved, ended };
    [[nodiscard]] handshake_step on_hello(std::span<const std::byte> body);
    [[nodiscard]] handshake_step on_proof(std::span<const std::byte> body);
    [[nodiscard]] handshake_step refuse(refusal_code, std::string text);

    handshake_options options_;
    std::string session_;
    admission admit_;
    std::vector<std::byte> hello_;
    std::vector<std::byte> challenge_;
    node_identity peer_;
    lane_identity lane_;
    stage awaited_ = stage::greeted;
};

}  // namespace partita::detail
