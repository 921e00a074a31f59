#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "net/frame.hpp"

namespace {

using namespace partita::detail;
using partita::actor_id;
using partita::name_hash;
using partita::node_id;

using buffer = std::vector<std::byte>;
using view = std::span<const std::byte>;

buffer filled(std::size_t bytes) {
    buffer made(bytes);
    for (std::size_t at = 0; at < bytes; ++at) made[at] = static_cast<std::byte>(at * 131 + 7);
    return made;
}

frame_header header_of(view body, frame_kind kind = frame_kind::message) {
    frame_header header{static_cast<std::uint32_t>(body.size()), kind, 0, 7, 0};
    header.checksum = frame_checksum(header, body);
    return header;
}

std::span<const std::byte, frame_header_bytes> start_of(view bytes) {
    return bytes.first<frame_header_bytes>();
}

/// What a reader makes of a whole stream: the body of its first frame, unless there is an error or
/// the frame says that more is to come.
std::optional<buffer> accepted(view stream, std::uint32_t sequence) {
    if (stream.size() < frame_header_bytes) return std::nullopt;
    const auto header = decode(start_of(stream), frame_limits{});
    if (!header || header->sequence != sequence) return std::nullopt;
    const view rest = stream.subspan(frame_header_bytes);
    if (rest.size() < header->body_bytes) return std::nullopt;
    const view body = rest.first(header->body_bytes);
    if (frame_checksum(*header, body) != header->checksum) return std::nullopt;
    return buffer(body.begin(), body.end());
}

rc::Gen<frame_header> any_header() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::inRange<int>(1, 11), rc::gen::inRange<std::uint32_t>(0, 65),
                       rc::gen::arbitrary<std::uint32_t>(), rc::gen::arbitrary<std::uint32_t>(),
                       rc::gen::arbitrary<bool>()),
        [](const std::tuple<int, std::uint32_t, std::uint32_t, std::uint32_t, bool>& given) {
            const auto [kind, bytes, sequence, checksum, compressed] = given;
            frame_header header{bytes, static_cast<frame_kind>(kind), 0, sequence, checksum};
            if (compressed && header.kind == frame_kind::message) header.flags = frame_compressed;
            return header;
        });
}

rc::Gen<message_header> any_message() {
    return rc::gen::build<message_header>(
        rc::gen::set(
            &message_header::source,
            rc::gen::map(rc::gen::arbitrary<std::pair<std::uint64_t, std::uint64_t>>(),
                         [](const std::pair<std::uint64_t, std::uint64_t>& given) {
                             return actor_id{node_id::from_bits(given.first), given.second};
                         })),
        rc::gen::set(&message_header::destination, rc::gen::map(rc::gen::arbitrary<std::string>(),
                                                                [](const std::string& name) {
                                                                    return actor_id::named(
                                                                        node_id(name), name);
                                                                })),
        rc::gen::set(&message_header::type), rc::gen::set(&message_header::ordinal),
        rc::gen::set(&message_header::correlation), rc::gen::set(&message_header::partition_key),
        rc::gen::set(&message_header::is_reply), rc::gen::set(&message_header::is_copy),
        rc::gen::set(&message_header::hops), rc::gen::set(&message_header::extension_bytes));
}

TEST(net_frame, a_header_has_the_documented_layout) {
    const frame_header header{0x04030201, frame_kind::message, frame_compressed, 0x14131211,
                              0x24232221};
    const std::array<unsigned char, frame_header_bytes> expected{
        1, 2, 3, 4, 1, 9, 1, 0, 0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24};
    const auto bytes = encode(header);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), std::as_bytes(std::span(expected)).begin()));
}

// XXH3_64bits of the twelve bytes 03 00 00 00 01 09 00 00 07 00 00 00 and "abc" as libxxhash says.
TEST(net_frame, the_checksum_is_the_low_half_of_xxh3_on_every_machine) {
    const buffer body{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
    EXPECT_EQ(header_of(body).checksum, 0x49ef86c5u);
}

RC_GTEST_PROP(net_frame, a_header_survives_the_wire, ()) {
    const auto header = *any_header();
    const auto again = decode(encode(header), frame_limits{});
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == header);
}

RC_GTEST_PROP(net_frame, any_bytes_are_a_header_that_encodes_to_them_or_an_error, ()) {
    std::array<std::byte, frame_header_bytes> bytes;
    for (auto& each : bytes) each = static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
    if (*rc::gen::arbitrary<bool>()) bytes[4] = std::byte{frame_version};
    const auto header = decode(bytes, frame_limits{});
    if (header) {
        RC_ASSERT(encode(*header) == bytes);
    } else {
        RC_ASSERT(!to_text(header.error()).empty());
    }
}

TEST(net_frame, no_part_of_a_frame_is_a_frame) {
    const buffer whole = small_frame(frame_kind::message, 3, filled(100));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(accepted(view(whole).first(length), 3)) << length;
    }
    EXPECT_EQ(accepted(whole, 3), filled(100));
}

TEST(net_frame, one_flipped_bit_is_found_wherever_it_is) {
    for (const frame_kind kind : {frame_kind::message, frame_kind::hello, frame_kind::ping}) {
        const buffer sent = small_frame(kind, 3, filled(60));
        buffer stream = sent;
        // What would follow, so that a frame that grew finds bytes to swallow.
        const buffer next = filled(8192);
        stream.insert(stream.end(), next.begin(), next.end());
        ASSERT_TRUE(accepted(stream, 3));
        for (std::size_t bit = 0; bit < sent.size() * 8; ++bit) {
            stream[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
            EXPECT_FALSE(accepted(stream, 3)) << to_text(kind) << " bit " << bit;
            stream[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        }
    }
}

TEST(net_frame, a_checksum_does_not_depend_on_how_the_body_lies) {
    for (const std::size_t bytes :
         {0u, 1u, 250u, 500u, 512u, 513u, 5000u, 65536u, 65537u, 200000u}) {
        const buffer body = filled(bytes);
        const frame_header header = header_of(body);
        for (const std::size_t cut : {std::size_t{0}, bytes / 3, bytes}) {
            const std::array<view, 4> pieces{view(body).first(cut), view{},
                                             view(body).subspan(cut, (bytes - cut) / 2),
                                             view(body).subspan(cut + (bytes - cut) / 2)};
            EXPECT_EQ(frame_checksum(header, pieces), header.checksum) << bytes << " at " << cut;
        }
    }
}

RC_GTEST_PROP(net_frame, a_body_in_any_pieces_has_one_checksum, ()) {
    const auto sizes =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 400));
    const buffer body = filled(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}));
    std::vector<view> pieces;
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
        pieces.push_back(view(body).subspan(at, size));
        at += size;
    }
    const frame_header header = header_of(body);
    RC_ASSERT(frame_checksum(header, pieces) == header.checksum);
}

TEST(net_frame, a_checksum_covers_the_first_64_kib_and_the_length_of_all) {
    buffer body = filled(checksum_body_bytes_max + 100);
    const frame_header header = header_of(body);
    body[checksum_body_bytes_max] ^= std::byte{1};
    EXPECT_EQ(frame_checksum(header, body), header.checksum);
    body[checksum_body_bytes_max - 1] ^= std::byte{1};
    EXPECT_NE(frame_checksum(header, body), header.checksum);
    body[checksum_body_bytes_max - 1] ^= std::byte{1};
    frame_header longer = header;
    ++longer.body_bytes;
    EXPECT_NE(frame_checksum(longer, body), header.checksum);
}

TEST(net_frame, each_kind_has_its_most_bytes) {
    struct bound {
        frame_kind kind;
        std::uint32_t bytes_max;
    };
    const frame_limits limits{.frame_bytes_max = 1000};
    for (const bound each : {bound{frame_kind::hello, 4096}, bound{frame_kind::challenge, 4096},
                             bound{frame_kind::proof, 4096}, bound{frame_kind::welcome, 4096},
                             bound{frame_kind::refusal, 4096}, bound{frame_kind::ping, 64},
                             bound{frame_kind::pong, 64}, bound{frame_kind::type_name, 264},
                             bound{frame_kind::message, 1000}, bound{frame_kind::goodbye, 64}}) {
        frame_header header{each.bytes_max, each.kind, 0, 0, 0};
        EXPECT_TRUE(decode(encode(header), limits)) << to_text(each.kind);
        ++header.body_bytes;
        EXPECT_EQ(decode(encode(header), limits).error(), frame_error::body_too_long);
    }
}

TEST(net_frame, a_stranger_may_only_send_handshake_frames) {
    const frame_limits strict{.handshake_only = true};
    for (int kind = 1; kind <= 10; ++kind) {
        const frame_header header{0, static_cast<frame_kind>(kind), 0, 0, 0};
        const auto decoded = decode(encode(header), strict);
        EXPECT_EQ(decoded.has_value(), kind <= 5) << kind;
        if (!decoded) {
            EXPECT_EQ(decoded.error(), frame_error::kind_out_of_place);
        }
    }
}

TEST(net_frame, other_versions_kinds_and_flags_are_told_apart) {
    auto bytes = encode(frame_header{0, frame_kind::ping, 0, 0, 0});
    bytes[4] = std::byte{2};
    EXPECT_EQ(decode(bytes, {}).error(), frame_error::wrong_version);
    for (const int kind : {0, 11, 255}) {
        bytes = encode(frame_header{0, static_cast<frame_kind>(kind), 0, 0, 0});
        EXPECT_EQ(decode(bytes, {}).error(), frame_error::unknown_kind);
    }
    bytes = encode(frame_header{0, frame_kind::message, 2, 0, 0});
    EXPECT_EQ(decode(bytes, {}).error(), frame_error::unknown_flags);
    bytes = encode(frame_header{0, frame_kind::ping, frame_compressed, 0, 0});
    EXPECT_EQ(decode(bytes, {}).error(), frame_error::unknown_flags);
}

TEST(net_frame, a_frame_out_of_sequence_is_not_accepted) {
    frame_sequence sending;
    frame_sequence receiving;
    const frame_header first{0, frame_kind::ping, 0, sending.take(), 0};
    const frame_header second{0, frame_kind::ping, 0, sending.take(), 0};
    const frame_header third{0, frame_kind::ping, 0, sending.take(), 0};
    EXPECT_FALSE(receiving.accept(second));  // lost
    EXPECT_TRUE(receiving.accept(first));
    EXPECT_FALSE(receiving.accept(first));  // replayed
    EXPECT_TRUE(receiving.accept(second));
    EXPECT_TRUE(receiving.accept(third));
}

TEST(net_frame, every_error_and_kind_has_a_line_of_its_own) {
    std::vector<std::string_view> lines;
    for (int error = 0; error <= static_cast<int>(frame_error::undecodable_compression); ++error) {
        lines.push_back(to_text(static_cast<frame_error>(error)));
    }
    for (int kind = 1; kind <= 10; ++kind) lines.push_back(to_text(static_cast<frame_kind>(kind)));
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(std::adjacent_find(lines.begin(), lines.end()), lines.end());
    EXPECT_FALSE(lines.front().empty());
}

RC_GTEST_PROP(net_message_header, survives_the_wire, ()) {
    const auto header = *any_message();
    const auto bytes = encode(header);
    const auto again = decode_message_header(bytes, message_header_bytes + header.extension_bytes);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == header);
}

TEST(net_message_header, is_not_read_from_too_few_bytes) {
    const auto bytes = encode(message_header{});
    for (std::size_t length = 0; length < message_header_bytes; ++length) {
        // Cut short, and a body that says to be so short.
        EXPECT_EQ(decode_message_header(view(bytes).first(length), 1000).error(),
                  frame_error::message_too_short);
        EXPECT_EQ(decode_message_header(bytes, length).error(), frame_error::message_too_short);
    }
    EXPECT_TRUE(decode_message_header(bytes, message_header_bytes));
}

TEST(net_message_header, has_its_extension_within_the_body) {
    message_header header;
    header.extension_bytes = 100;
    const auto bytes = encode(header);
    EXPECT_TRUE(decode_message_header(bytes, message_header_bytes + 100));
    EXPECT_EQ(decode_message_header(bytes, message_header_bytes + 99).error(),
              frame_error::extension_past_body);
}

TEST(net_message_header, has_no_flags_but_two) {
    for (unsigned flags = 0; flags < 256; ++flags) {
        auto bytes = encode(message_header{});
        bytes[64] = static_cast<std::byte>(flags);
        const auto header = decode_message_header(bytes, message_header_bytes);
        ASSERT_EQ(header.has_value(), flags < 4);
        if (header) {
            EXPECT_EQ(header->is_reply, (flags & 1) != 0);
            EXPECT_EQ(header->is_copy, (flags & 2) != 0);
        } else {
            EXPECT_EQ(header.error(), frame_error::unknown_message_flags);
        }
    }
}

TEST(net_type_name, survives_the_wire) {
    for (const std::string& name :
         {std::string("commit"), std::string("x"), std::string(type_name_bytes_max, 'n')}) {
        const buffer body = encode_type_name(name);
        EXPECT_LE(body.size(), type_name_body_bytes_max);
        EXPECT_EQ(decode_type_name(body), name);
    }
}

TEST(net_type_name, is_refused_when_empty_too_long_cut_or_not_what_its_hash_says) {
    EXPECT_FALSE(decode_type_name(encode_type_name("")));
    EXPECT_FALSE(decode_type_name(encode_type_name(std::string(type_name_bytes_max + 1, 'n'))));
    const buffer body = encode_type_name("commit");
    for (std::size_t length = 0; length < body.size(); ++length) {
        EXPECT_FALSE(decode_type_name(view(body).first(length)));
    }
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
        buffer flipped = body;
        flipped[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        EXPECT_EQ(decode_type_name(flipped).error(), frame_error::wrong_type_name);
    }
}

}  // namespace
