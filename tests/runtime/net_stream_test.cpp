#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstring>

#include <partita/runtime/delivery.hpp>
#include <partita/runtime/random_source.hpp>
#include <partita/runtime/wire.hpp>

#include "net/frame_reader.hpp"
#include "net/frame_writer.hpp"
#include "net/send_queue.hpp"

// What a connection does with messages between its two ends, without a socket.

namespace {

using namespace partita;
using namespace partita::detail;

struct letter {
    std::string subject;
    blob body;
    std::uint32_t pages = 0;
    blob appendix;
};
PARTITA_MESSAGE(letter, subject, body, pages, appendix)

std::string filled(std::size_t bytes, std::uint64_t seed) {
    std::string content(bytes, ' ');
    for (std::size_t at = 0; at < bytes; ++at) {
        content[at] = static_cast<char>(mix_bits(seed + at / 16) >> (at % 7));
    }
    return content;
}

letter letter_of(std::size_t subject, std::size_t body, std::size_t appendix) {
    return {filled(subject, 1), blob(filled(body, 2)), static_cast<std::uint32_t>(body),
            blob(filled(appendix, 3))};
}

bool same(const letter& left, const letter& right) {
    return left.subject == right.subject && left.body == right.body && left.pages == right.pages &&
           left.appendix == right.appendix;
}

envelope_ptr enveloped(envelope_pool& pool, const letter& content, std::uint64_t ordinal) {
    envelope_ptr made = pool.make();
    made->type = &message_type_of<letter>;
    made->source = actor_id{node_id("n1"), 17};
    made->destination = actor_id{node_id("n2"), 34};
    made->ordinal = ordinal;
    made->correlation = ordinal * 3;
    made->partition_key = ordinal * 5;
    made->is_reply = ordinal % 2 == 0;
    encode(made->payload, content);
    return made;
}

/// Moves what is queued to the reader in pieces of the sizes drawn; calls `seen` for each message.
template <typename Seen>
void move_all(send_queue& from, frame_reader& to, random_source& sizes, const Seen& seen) {
    payload content;
    while (!from.empty()) {
        const std::size_t wanted = 1 + sizes.below(sizes.chance(1, 2) ? 40 : 300'000);
        for (const iovec& piece : from.gather(wanted)) {
            const auto* at = static_cast<const std::byte*>(piece.iov_base);
            std::size_t left = piece.iov_len;
            while (left != 0) {
                const std::span<std::byte> room = to.room(left);
                std::memcpy(room.data(), at, room.size());
                to.filled(room.size());
                at += room.size();
                left -= room.size();
                for (;;) {
                    const auto frame = to.next(content);
                    RC_ASSERT(frame.has_value());
                    if (!*frame) break;
                    seen(**frame, content);
                }
            }
            from.consume(piece.iov_len);
        }
    }
}

TEST(net_stream, gives_a_blob_the_bytes_it_was_made_of) {
    payload encoded;
    const letter sent = letter_of(10, 100'000, 5'000);
    encode(encoded, sent);
    EXPECT_EQ(encoded.attachments().size(), 2U);
    letter attached;
    ASSERT_TRUE(decode(encoded, attached));
    EXPECT_TRUE(same(sent, attached));
    EXPECT_EQ(attached.body.bytes().data(), sent.body.bytes().data()) << "shared, not copied";
    letter flat;
    ASSERT_TRUE(decode(std::span<const std::byte>(encoded.bytes()), flat));
    EXPECT_TRUE(same(sent, flat));
    EXPECT_TRUE(encoded.attachments().empty());
    letter again;
    ASSERT_TRUE(decode(encoded, again));
    EXPECT_TRUE(same(sent, again));
}

TEST(net_stream, never_changes_a_blob_through_the_payload_it_came_in) {
    payload encoded;
    encode(encoded, letter_of(1, 50'000, 0));
    (void)std::as_const(encoded).bytes();
    letter first;
    ASSERT_TRUE(decode(encoded, first));
    const std::string before(first.body.text());
    encoded.bytes()[30'000] ^= std::byte{1};
    EXPECT_EQ(first.body.text(), before);
    letter second;
    ASSERT_TRUE(decode(encoded, second));
    EXPECT_NE(second.body.text(), before);
}

RC_GTEST_PROP(net_stream, carries_messages_in_any_pieces, ()) {
    envelope_pool pool;
    const auto size = [] {
        return *rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 200),
                               rc::gen::inRange<std::size_t>(4'000, 20'000),
                               rc::gen::inRange<std::size_t>(60'000, 400'000));
    };
    std::vector<letter> sent;
    const int count = *rc::gen::inRange(1, 12);
    for (int made = 0; made < count; ++made)
        sent.push_back(letter_of(size() % 300, size(), size()));
    frame_writer writer(*rc::gen::element(0, 0, 3));
    send_queue queue;
    for (std::size_t at = 0; at < sent.size(); ++at) {
        envelope_ptr message = enveloped(pool, sent[at], at + 1);
        if (at % 3 == 0) {
            auto stamp = std::make_shared<delivery_stamp>();
            stamp->sequence = at;
            message->delivery = std::move(stamp);
        }
        writer.message(queue, std::move(message));
    }
    frame_reader reader({});
    random_source sizes(*rc::gen::arbitrary<std::uint64_t>());
    std::size_t got = 0;
    std::size_t names = 0;
    move_all(queue, reader, sizes, [&](const incoming_frame& frame, const payload& content) {
        if (frame.kind == frame_kind::type_name) {
            const auto name = decode_type_name(frame.body);
            RC_ASSERT(name.has_value());
            RC_ASSERT(*name == "letter");
            ++names;
            return;
        }
        letter read;
        RC_ASSERT(decode(content, read));
        RC_ASSERT(same(read, sent[got]));
        RC_ASSERT(frame.header.ordinal == got + 1);
        RC_ASSERT(frame.header.correlation == (got + 1) * 3);
        RC_ASSERT(frame.header.is_reply == (got % 2 == 1));
        delivery_stamp stamp;
        RC_ASSERT(frame.extension.empty() == (got % 3 != 0));
        if (!frame.extension.empty()) {
            RC_ASSERT(decode(frame.extension, stamp));
            RC_ASSERT(stamp.sequence == got);
        }
        ++got;
    });
    RC_ASSERT(got == sent.size());
    RC_ASSERT(names == 1U);
    RC_ASSERT(pool.in_use() == 0U);
}

TEST(net_stream, refuses_what_says_it_grows_beyond_the_limit) {
    envelope_pool pool;
    frame_writer writer(19);
    send_queue queue;
    writer.message(queue, enveloped(pool, {std::string(3'000'000, 'a'), {}, 0, {}}, 1));
    frame_limits limits;
    limits.frame_bytes_max = 1'000'000;
    frame_reader reader(limits);
    payload content;
    std::optional<frame_error> error;
    for (const iovec& piece : queue.gather(1'000'000)) {
        const auto* at = static_cast<const std::byte*>(piece.iov_base);
        for (std::size_t done = 0; done < piece.iov_len && !error;) {
            const auto room = reader.room(piece.iov_len - done);
            std::memcpy(room.data(), at + done, room.size());
            reader.filled(room.size());
            done += room.size();
            for (;;) {
                const auto frame = reader.next(content);
                if (!frame) error = frame.error();
                if (!frame || !*frame) break;
            }
        }
    }
    ASSERT_TRUE(error);
    EXPECT_EQ(*error, frame_error::undecodable_compression);
}

}  // namespace
