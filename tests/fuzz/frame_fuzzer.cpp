#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>

#include "net/frame.hpp"
#include "net/handshake.hpp"

/// Whatever bytes come off the wire, the decoders below the socket transport give a value that is
/// written as the same bytes, or an error of one line; and no handshake succeeds with a stranger.
namespace {

using namespace partita::detail;
using view = std::span<const std::byte>;

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_line(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char letter) {
        return letter < ' ' || letter == 0x7f;
    });
}

void decode_as_header(view input) {
    if (input.size() < frame_header_bytes) return;
    const auto start = input.first<frame_header_bytes>();
    const auto header = decode(start, frame_limits{});
    if (!header) return require(is_line(to_text(header.error())));
    require(std::ranges::equal(encode(*header), start));
    const view body = input.subspan(frame_header_bytes);
    const std::array<view, 2> halves{body.first(body.size() / 2), body.subspan(body.size() / 2)};
    require(frame_checksum(*header, body) == frame_checksum(*header, halves));
}

void decode_as_message(view input) {
    const auto header = decode_message_header(input, input.size());
    if (!header) return require(is_line(to_text(header.error())));
    require(std::ranges::equal(encode(*header), input.first(message_header_bytes)));
    require(message_header_bytes + header->extension_bytes <= input.size());
}

void decode_as_type_name(view input) {
    const auto name = decode_type_name(input);
    if (!name) return require(is_line(to_text(name.error())));
    require(std::ranges::equal(encode_type_name(*name), input));
}

handshake_options side(const std::string& node) {
    handshake_options options{.self = {node, 5, node + ":4000", "voter"},
                              .cluster = "blue",
                              .secret = "sixteen bytes or more of it",
                              .nonce = {}};
    options.nonce.fill(static_cast<std::uint8_t>(node.back()));
    return options;
}

struct ends {
    dialling dialler{side("n1"), {"gossip", 2, 4}, "n2", {}};
    accepting acceptor{side("n2"), {}};
};

void check_step(const handshake_step& step) {
    require(!(step.done && step.failed));
    require(!step.send || step.send->body.size() <= handshake_body_bytes_max);
    require(!step.failed || is_line(step.failed->text));
}

/// Two who hold the secret, with whatever names the input gives them: fields end at a 0xff.
void shake_hands_between_odd_members(view input) {
    const auto next = [&] {
        const auto end = std::ranges::find(input, std::byte{0xff});
        const std::string field(reinterpret_cast<const char*>(input.data()),
                                static_cast<std::size_t>(end - input.begin()));
        input = input.subspan(std::min(field.size() + 1, input.size()));
        return field;
    };
    handshake_options left = side("n1");
    handshake_options right = side("n2");
    for (auto* each : {&left, &right}) each->self = {next(), 1, next(), next()};
    const lane_identity lane{next(), static_cast<std::uint32_t>(input.size()), 4};
    dialling dialler(left, lane, {}, {});
    accepting acceptor(right, {});
    const handshake_frame hello = dialler.start();
    handshake_step step = acceptor.on_frame(hello.kind, hello.body);
    for (int frames = 0; frames < 4 && step.send; ++frames) {
        check_step(step);
        const handshake_frame frame = *step.send;
        step = frames % 2 == 0 ? dialler.on_frame(frame.kind, frame.body)
                               : acceptor.on_frame(frame.kind, frame.body);
    }
    check_step(step);
    const bool possible =
        check(left.self) && check(right.self) && check(lane) && left.self.node != right.self.node;
    require(step.done == possible);
    require(!possible || (dialler.peer() == right.self && acceptor.peer() == left.self));
}

/// Frames of a stranger: kind, length (two bytes), body, and so on.
void shake_hands_with_stranger(view input) {
    ends fresh;
    check_step({fresh.dialler.start(), false, {}});
    for (int frames = 0; frames < 4 && input.size() >= 3; ++frames) {
        const auto kind = static_cast<frame_kind>(input[0]);
        const std::size_t wanted =
            std::to_integer<std::size_t>(input[1]) | std::to_integer<std::size_t>(input[2]) << 8;
        const view body = input.subspan(3, std::min(wanted, input.size() - 3));
        input = input.subspan(3 + body.size());
        const handshake_step dialled = fresh.dialler.on_frame(kind, body);
        const handshake_step accepted = fresh.acceptor.on_frame(kind, body);
        check_step(dialled);
        check_step(accepted);
        require(!dialled.done && !accepted.done);
    }
}

/// Two honest nodes, and someone between who alters bytes: triples of frame, place and change.
void shake_hands_through_meddler(view input) {
    ends fresh;
    handshake_frame frame = fresh.dialler.start();
    bool altered = false;
    bool to_acceptor = true;
    bool done = false;
    for (std::size_t number = 0; number < 8; ++number, to_acceptor = !to_acceptor) {
        for (std::size_t at = 0; at + 2 < input.size(); at += 3) {
            if (std::to_integer<std::size_t>(input[at]) % 4 != number || frame.body.empty())
                continue;
            const std::size_t place = std::to_integer<std::size_t>(input[at + 1]);
            frame.body[place % frame.body.size()] ^= input[at + 2];
            altered = altered || input[at + 2] != std::byte{0};
        }
        const handshake_step step = to_acceptor ? fresh.acceptor.on_frame(frame.kind, frame.body)
                                                : fresh.dialler.on_frame(frame.kind, frame.body);
        check_step(step);
        if (!to_acceptor) done = step.done;
        if (!step.send) break;
        frame = *step.send;
    }
    // Two changes of one place may cancel out, so what was altered may still be whole.
    require(altered || done);
    require(!done || fresh.dialler.peer() == side("n2").self);
    require(!done || fresh.acceptor.peer() == side("n1").self);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const view input = std::as_bytes(std::span(bytes, size));
    decode_as_header(input);
    decode_as_message(input);
    decode_as_type_name(input);
    shake_hands_between_odd_members(input);
    shake_hands_with_stranger(input);
    shake_hands_through_meddler(input.first(std::min<std::size_t>(input.size(), 300)));
    return 0;
}
