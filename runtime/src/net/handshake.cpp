#include "net/handshake.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <partita/runtime/wire.hpp>

namespace partita::detail {

using bytes_view = std::span<const std::byte>;
using digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

/// "PTTA", read as little endian.
constexpr std::uint32_t hello_magic = 0x41545450;

/// A node as it travels; the id repeats the name, so that two builds that disagree on how one
/// follows from the other find out here.
struct introduction {
    node_id id;
    std::string node;
    std::uint64_t life = 0;
    std::string address;
    std::string tag;
};
PARTITA_MESSAGE(introduction, id, node, life, address, tag)

/// Stands first in every version's hello.
struct hello_start {
    std::uint32_t magic = hello_magic;
    std::uint32_t version = handshake_version;
};
PARTITA_MESSAGE(hello_start, magic, version)
constexpr std::size_t hello_start_bytes = 2 * sizeof(std::uint32_t);

struct hello_body {
    hello_start start;
    introduction self;
    std::string cluster;
    std::string expected_node;
    std::string channel;
    std::uint32_t lane_index = 0;
    std::uint32_t lane_count = 0;
    handshake_nonce nonce{};
};
PARTITA_MESSAGE(hello_body, start, self, cluster, expected_node, channel, lane_index, lane_count,
                nonce)

/// The proof stands last: it covers the bytes before it.
struct challenge_body {
    introduction self;
    handshake_nonce nonce{};
    digest proof{};
};
PARTITA_MESSAGE(challenge_body, self, nonce, proof)

struct proof_body {
    digest proof{};
};
PARTITA_MESSAGE(proof_body, proof)

struct welcome_body {};
PARTITA_MESSAGE(welcome_body)

struct refusal_body {
    refusal_code code{};
    std::string text;
};
PARTITA_MESSAGE(refusal_body, code, text)

namespace {

constexpr std::string_view acceptor_role = "partita acceptor";
constexpr std::string_view dialler_role = "partita dialler";

template <typename Body>
std::vector<std::byte> bytes_of(const Body& body) {
    payload made;
    encode(made, body);
    const bytes_view bytes = std::as_const(made).bytes();
    return {bytes.begin(), bytes.end()};
}

bool is_control(char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == 0x7f; }

bool is_text(std::string_view text, std::size_t bytes_max) {
    return text.size() <= bytes_max && std::none_of(text.begin(), text.end(), is_control);
}

/// What a stranger wrote, fit for a log.
std::string one_line(std::string_view text) {
    std::string line(text.substr(0, name_bytes_max));
    std::replace_if(line.begin(), line.end(), is_control, '?');
    return line;
}

std::string quoted(std::string_view text) { return '"' + one_line(text) + '"'; }

introduction introduction_of(const node_identity& self) {
    return {node_id(self.node), self.node, self.life, self.address, self.tag};
}

/// The node behind an introduction, or what is wrong with it.
tl::expected<node_identity, std::string> identity_of(introduction&& given) {
    node_identity identity{std::move(given.node), given.life, std::move(given.address),
                           std::move(given.tag)};
    if (const auto checked = check(identity); !checked) return tl::unexpected(checked.error());
    if (node_id(identity.node) != given.id) {
        return tl::unexpected("the id of node " + identity.node + " does not follow from its name");
    }
    return identity;
}

digest digest_of_bytes(bytes_view bytes) {
    digest sum;
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), sum.data(), &length, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    return sum;
}

/// One role's proof: that it holds the secret, and heard and said exactly this. All after the role
/// has a fixed length, so no two sayings make the same bytes.
digest proof_of(std::string_view role, const std::string& secret, const std::string& session,
                bytes_view hello, bytes_view challenge) {
    std::vector<std::uint8_t> said(role.begin(), role.end());
    for (const bytes_view part : {std::as_bytes(std::span(session)), hello, challenge}) {
        const digest sum = digest_of_bytes(part);
        said.insert(said.end(), sum.begin(), sum.end());
    }
    digest proof;
    unsigned length = 0;
    // A null key would mean "the key of last time"; a string's is never null.
    if (HMAC(EVP_sha256(), secret.c_str(), static_cast<int>(secret.size()), said.data(),
             said.size(), proof.data(), &length) == nullptr) {
        throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
    }
    return proof;
}

bool same(const digest& left, const digest& right) {
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bytes_view without_proof(bytes_view challenge) {
    return challenge.first(challenge.size() - sizeof(digest));
}

handshake_step sending(frame_kind kind, std::vector<std::byte> body, bool done) {
    return {handshake_frame{kind, std::move(body)}, done, std::nullopt};
}

handshake_step refusing(refusal_code code, std::string text) {
    refusal why{code, std::move(text)};
    return {refusal_frame(why), false, std::move(why)};
}

handshake_step silent_failure(refusal_code code, std::string text) {
    return {std::nullopt, false, refusal{code, std::move(text)}};
}

/// The other side's refusal is not answered.
handshake_step refused(bytes_view body) {
    refusal_body given;
    if (!partita::decode(body, given) || given.code < refusal_code::malformed ||
        given.code > refusal_code::going_away) {
        return silent_failure(refusal_code::malformed, "refused, and the reason does not decode");
    }
    return silent_failure(given.code, "refused by the other side: " + one_line(given.text));
}

std::string out_of_place(frame_kind given, std::string_view awaited) {
    return "expected a " + std::string(awaited) + ", not a " + std::string(to_text(given));
}

/// What both state machines do to a frame before they look into it: nothing if it is one to look
/// into.
std::optional<handshake_step> turned_away(bool ended, frame_kind kind, bytes_view body,
                                          frame_kind awaited) {
    if (ended) {
        return silent_failure(refusal_code::malformed, "a frame after the end of the handshake");
    }
    if (body.size() > handshake_body_bytes_max) {
        return refusing(refusal_code::malformed, "a handshake frame that is too long");
    }
    if (kind == frame_kind::refusal) return refused(body);
    if (kind == awaited) return std::nullopt;
    return refusing(refusal_code::malformed, out_of_place(kind, to_text(awaited)));
}

/// Decodes a hello of this version, and says what else it may be.
tl::expected<hello_body, refusal> read_hello(bytes_view bytes) {
    hello_start start;
    const bytes_view front = bytes.first(std::min(bytes.size(), hello_start_bytes));
    if (!partita::decode(front, start) || start.magic != hello_magic) {
        return tl::unexpected(refusal{refusal_code::malformed, "a hello that is not Partita's"});
    }
    if (start.version != handshake_version) {
        return tl::unexpected(refusal{
            refusal_code::wrong_version,
            "the dialler speaks version " + std::to_string(start.version) +
                " of the protocol, the acceptor version " + std::to_string(handshake_version)});
    }
    hello_body hello;
    if (!partita::decode(bytes, hello)) {
        return tl::unexpected(refusal{refusal_code::malformed, "a hello that does not decode"});
    }
    return hello;
}

std::optional<refusal> objection_of(const admission& admit, const node_identity& peer,
                                    const lane_identity& lane) {
    return admit ? admit(peer, lane) : std::nullopt;
}

std::string two_names(std::string_view name) {
    return "node " + quoted(name) + " dialled itself, or a node of the same name";
}

}  // namespace

tl::expected<void, std::string> check(const node_identity& identity) {
    if (identity.node.empty()) return tl::unexpected<std::string>("a node without a name");
    if (!is_text(identity.node, name_bytes_max)) {
        return tl::unexpected("the node name " + quoted(identity.node) +
                              " is too long or has control characters");
    }
    if (!is_text(identity.address, name_bytes_max)) {
        return tl::unexpected("the address of node " + identity.node +
                              " is too long or has control characters");
    }
    if (!is_text(identity.tag, tag_bytes_max)) {
        return tl::unexpected("the tag of node " + identity.node +
                              " is too long or has control characters");
    }
    return {};
}

tl::expected<void, std::string> check(const lane_identity& lane) {
    if (!is_text(lane.channel, name_bytes_max)) {
        return tl::unexpected("the channel name " + quoted(lane.channel) +
                              " is too long or has control characters");
    }
    if (lane.count > lane_count_max || lane.index >= lane.count) {
        return tl::unexpected("lane " + std::to_string(lane.index) + " of " +
                              std::to_string(lane.count) + "; there are 1 to " +
                              std::to_string(lane_count_max) + ", counted from 0");
    }
    return {};
}

handshake_frame refusal_frame(const refusal& why) {
    return {frame_kind::refusal, bytes_of(refusal_body{why.code, one_line(why.text)})};
}

dialling::dialling(handshake_options options, lane_identity lane, std::string expected_node,
                   admission admit)
    : options_(std::move(options)),
      lane_(std::move(lane)),
      expected_node_(std::move(expected_node)),
      admit_(std::move(admit)) {}

handshake_frame dialling::start() {
    hello_ = bytes_of(hello_body{{},
                                 introduction_of(options_.self),
                                 options_.cluster,
                                 expected_node_,
                                 lane_.channel,
                                 lane_.index,
                                 lane_.count,
                                 options_.nonce});
    return {frame_kind::hello, hello_};
}

handshake_step dialling::on_frame(frame_kind kind, bytes_view body) {
    const bool first = awaited_ == stage::challenged;
    const frame_kind awaited = first ? frame_kind::challenge : frame_kind::welcome;
    if (auto away = turned_away(awaited_ == stage::ended, kind, body, awaited)) {
        awaited_ = stage::ended;
        return std::move(*away);
    }
    return first ? on_challenge(body) : on_welcome(body);
}

handshake_step dialling::on_challenge(bytes_view body) {
    challenge_body challenge;
    if (!partita::decode(body, challenge)) {
        return refuse(refusal_code::malformed, "a challenge that does not decode");
    }
    const digest right =
        proof_of(acceptor_role, options_.secret, session_, hello_, without_proof(body));
    if (!same(right, challenge.proof)) {
        return refuse(refusal_code::wrong_secret, "nodes " + quoted(options_.self.node) + " and " +
                                                      quoted(challenge.self.node) +
                                                      " do not hold the same secret");
    }
    auto acceptor = identity_of(std::move(challenge.self));
    if (!acceptor) return refuse(refusal_code::malformed, acceptor.error());
    if (acceptor->node == options_.self.node) {
        return refuse(refusal_code::self_connection, two_names(acceptor->node));
    }
    if (!expected_node_.empty() && acceptor->node != expected_node_) {
        return refuse(refusal_code::wrong_node, "dialled node " + quoted(expected_node_) +
                                                    ", reached node " + quoted(acceptor->node));
    }
    if (auto objection = objection_of(admit_, *acceptor, lane_)) {
        return refuse(objection->code, std::move(objection->text));
    }
    peer_ = std::move(*acceptor);
    awaited_ = stage::welcomed;
    return sending(
        frame_kind::proof,
        bytes_of(proof_body{proof_of(dialler_role, options_.secret, session_, hello_, body)}),
        false);
}

handshake_step dialling::on_welcome(bytes_view body) {
    welcome_body welcome;
    if (!partita::decode(body, welcome)) {
        return refuse(refusal_code::malformed, "a welcome that does not decode");
    }
    awaited_ = stage::ended;
    return {std::nullopt, true, std::nullopt};
}

handshake_step dialling::refuse(refusal_code code, std::string text) {
    awaited_ = stage::ended;
    return refusing(code, std::move(text));
}

accepting::accepting(handshake_options options, admission admit)
    : options_(std::move(options)), admit_(std::move(admit)) {}

handshake_step accepting::on_frame(frame_kind kind, bytes_view body) {
    const bool first = awaited_ == stage::greeted;
    const frame_kind awaited = first ? frame_kind::hello : frame_kind::proof;
    if (auto away = turned_away(awaited_ == stage::ended, kind, body, awaited)) {
        awaited_ = stage::ended;
        return std::move(*away);
    }
    return first ? on_hello(body) : on_proof(body);
}

handshake_step accepting::on_hello(bytes_view body) {
    auto hello = read_hello(body);
    if (!hello) return refuse(hello.error().code, hello.error().text);
    auto dialler = identity_of(std::move(hello->self));
    if (!dialler) return refuse(refusal_code::malformed, dialler.error());
    const std::string& self = options_.self.node;
    if (hello->cluster != options_.cluster) {
        return refuse(refusal_code::wrong_cluster,
                      "node " + quoted(dialler->node) + " is of cluster " + quoted(hello->cluster) +
                          ", node " + quoted(self) + " of cluster " + quoted(options_.cluster));
    }
    if (dialler->node == self) return refuse(refusal_code::self_connection, two_names(self));
    if (!hello->expected_node.empty() && hello->expected_node != self) {
        return refuse(refusal_code::wrong_node, "dialled node " + quoted(hello->expected_node) +
                                                    ", reached node " + quoted(self));
    }
    lane_ = {std::move(hello->channel), hello->lane_index, hello->lane_count};
    if (const auto checked = check(lane_); !checked) {
        return refuse(refusal_code::malformed, checked.error());
    }
    peer_ = std::move(*dialler);
    hello_.assign(body.begin(), body.end());

    challenge_body challenge{introduction_of(options_.self), options_.nonce, {}};
    challenge_ = bytes_of(challenge);
    challenge.proof =
        proof_of(acceptor_role, options_.secret, session_, hello_, without_proof(challenge_));
    challenge_ = bytes_of(challenge);
    awaited_ = stage::proved;
    return sending(frame_kind::challenge, challenge_, false);
}

handshake_step accepting::on_proof(bytes_view body) {
    proof_body given;
    if (!partita::decode(body, given)) {
        return refuse(refusal_code::malformed, "a proof that does not decode");
    }
    if (!same(proof_of(dialler_role, options_.secret, session_, hello_, challenge_), given.proof)) {
        return refuse(refusal_code::wrong_secret, "nodes " + quoted(peer_.node) + " and " +
                                                      quoted(options_.self.node) +
                                                      " do not hold the same secret");
    }
    if (auto objection = objection_of(admit_, peer_, lane_)) {
        return refuse(objection->code, std::move(objection->text));
    }
    awaited_ = stage::ended;
    return sending(frame_kind::welcome, bytes_of(welcome_body{}), true);
}

handshake_step accepting::refuse(refusal_code code, std::string text) {
    awaited_ = stage::ended;
    return refusing(code, std::move(text));
}

}  // namespace partita::detail
