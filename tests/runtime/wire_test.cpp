#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/message.hpp>
#include <partita/runtime/payload.hpp>

namespace {

using partita::decode;
using partita::encode;
using partita::payload;
using partita::to_text;

struct inner {
    std::int32_t x = 0;
    std::string y;
    bool operator==(const inner&) const = default;
    auto operator<=>(const inner&) const = default;
};
PARTITA_MESSAGE(inner, x, y)

enum class colour : std::uint16_t { red, green, blue };

struct nothing {
    bool operator==(const nothing&) const = default;
};
PARTITA_MESSAGE(nothing)

struct everything {
    bool flag = false;
    char letter = 'a';
    std::int8_t i8 = 0;
    std::uint16_t u16 = 0;
    std::int32_t i32 = 0;
    std::uint64_t u64 = 0;
    float f = 0;
    double d = 0;
    colour c = colour::red;
    std::string text;
    std::vector<std::string> list;
    std::vector<bool> bits;
    std::array<std::uint8_t, 3> raw{};
    std::array<std::int32_t, 2> pair_of{};
    std::map<std::string, std::vector<inner>> table;
    std::set<std::int64_t> numbers;
    std::optional<inner> maybe;
    std::pair<std::int32_t, std::string> both;
    std::vector<nothing> empties;
    partita::node_id node;
    partita::actor_id actor;
    partita::duration time{};
    bool operator==(const everything&) const = default;
};
PARTITA_MESSAGE(everything, flag, letter, i8, u16, i32, u64, f, d, c, text, list, bits, raw,
                pair_of, table, numbers, maybe, both, empties, node, actor, time)

struct far {
    std::chrono::hours wait{};
};
PARTITA_MESSAGE(far, wait)

template <typename T>
payload bytes_of(const T& value) {
    payload made;
    encode(made, value);
    return made;
}

template <typename T>
void expect_round_trip(const T& value) {
    const payload bytes = bytes_of(value);
    T back{};
    RC_ASSERT(decode(bytes.bytes(), back));
    const payload again = bytes_of(back);
    RC_ASSERT(std::equal(bytes.bytes().begin(), bytes.bytes().end(), again.bytes().begin(),
                         again.bytes().end()));
}

/// Decoding must answer, and what it accepts must encode to exactly those bytes.
template <typename T>
void expect_honest(std::span<const std::byte> bytes) {
    T value{};
    const std::string printed = partita::message_type_of<T>.print(bytes);
    RC_ASSERT(!printed.empty());
    if (!decode(bytes, value)) return;
    const payload again = bytes_of(value);
    RC_ASSERT(std::equal(bytes.begin(), bytes.end(), again.bytes().begin(), again.bytes().end()));
}

everything drawn() {
    everything made;
    made.flag = *rc::gen::arbitrary<bool>();
    made.letter = *rc::gen::arbitrary<char>();
    made.i8 = *rc::gen::arbitrary<std::int8_t>();
    made.u16 = *rc::gen::arbitrary<std::uint16_t>();
    made.i32 = *rc::gen::arbitrary<std::int32_t>();
    made.u64 = *rc::gen::arbitrary<std::uint64_t>();
    made.f = *rc::gen::arbitrary<float>();
    made.d = *rc::gen::arbitrary<double>();
    made.c = *rc::gen::element(colour::red, colour::green, colour::blue);
    made.text = *rc::gen::string<std::string>();
    made.list = *rc::gen::arbitrary<std::vector<std::string>>();
    made.bits = *rc::gen::arbitrary<std::vector<bool>>();
    made.raw = *rc::gen::arbitrary<std::array<std::uint8_t, 3>>();
    made.pair_of = *rc::gen::arbitrary<std::array<std::int32_t, 2>>();
    for (const auto& key : *rc::gen::arbitrary<std::vector<std::string>>()) {
        made.table[key] = {{1, key}, {2, ""}};
    }
    made.numbers = *rc::gen::arbitrary<std::set<std::int64_t>>();
    if (*rc::gen::arbitrary<bool>()) made.maybe = inner{7, "seven"};
    made.both = {*rc::gen::arbitrary<std::int32_t>(), *rc::gen::string<std::string>()};
    made.empties.resize(*rc::gen::inRange<std::size_t>(0, 5));
    made.node = partita::node_id(*rc::gen::string<std::string>());
    made.actor = {made.node, *rc::gen::arbitrary<std::uint64_t>()};
    made.time = partita::duration(*rc::gen::arbitrary<std::int64_t>());
    return made;
}

RC_GTEST_PROP(wire, every_field_type_comes_back, ()) {
    const everything value = drawn();
    expect_round_trip(value);
    everything back;
    RC_ASSERT(decode(bytes_of(value).bytes(), back));
    RC_ASSERT(back == value);
}

RC_GTEST_PROP(wire, flipped_bits_never_crash, ()) {
    payload bytes = bytes_of(drawn());
    for (const auto flip : *rc::gen::container<std::vector<std::size_t>>(
             3, rc::gen::inRange<std::size_t>(0, bytes.size() * 8))) {
        bytes.bytes()[flip / 8] ^= static_cast<std::byte>(1u << (flip % 8));
    }
    expect_honest<everything>(bytes.bytes());
}

RC_GTEST_PROP(wire, cut_bytes_are_refused, ()) {
    const payload bytes = bytes_of(drawn());
    const auto length = *rc::gen::inRange<std::size_t>(0, bytes.size());
    everything value;
    RC_ASSERT(!decode(std::span(bytes.bytes()).first(length), value));
}

RC_GTEST_PROP(wire, random_bytes_never_crash, (const std::vector<std::uint8_t>& drawn_bytes)) {
    const auto bytes = std::as_bytes(std::span(drawn_bytes));
    expect_honest<everything>(bytes);
    expect_honest<inner>(bytes);
    expect_honest<nothing>(bytes);
    expect_honest<far>(bytes);
}

TEST(wire, a_count_that_lies_allocates_nothing) {
    payload bytes;
    encode(bytes, std::uint32_t{0xffffffff});
    std::vector<std::uint64_t> many;
    EXPECT_FALSE(decode(bytes.bytes(), many));
    EXPECT_LE(many.capacity(), 4U);
    std::string text;
    EXPECT_FALSE(decode(bytes.bytes(), text));
    EXPECT_LE(text.capacity(), 64U);
}

TEST(wire, bytes_left_over_are_refused) {
    payload bytes = bytes_of(inner{1, "a"});
    const std::byte more{};
    bytes.append(&more, 1);
    inner value;
    EXPECT_FALSE(decode(bytes.bytes(), value));
}

TEST(wire, only_the_sorted_form_of_a_set_is_an_encoding) {
    payload bytes;
    encode(bytes, std::vector<std::int32_t>{2, 1});
    std::set<std::int32_t> value;
    EXPECT_FALSE(decode(bytes.bytes(), value));
    payload twice;
    encode(twice, std::vector<std::int32_t>{1, 1});
    EXPECT_FALSE(decode(twice.bytes(), value));
}

TEST(wire, a_bool_is_zero_or_one) {
    payload bytes;
    encode(bytes, std::uint8_t{2});
    bool value = false;
    EXPECT_FALSE(decode(bytes.bytes(), value));
}

TEST(wire, layout_is_little_endian_in_order_of_declaration) {
    const payload bytes = bytes_of(inner{0x01020304, "A"});
    const std::vector<std::uint8_t> wanted{4, 3, 2, 1, 1, 0, 0, 0, 'A'};
    ASSERT_EQ(bytes.size(), wanted.size());
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        EXPECT_EQ(std::to_integer<std::uint8_t>(bytes.bytes()[at]), wanted[at]) << at;
    }
}

TEST(message, prints_its_field_names) {
    EXPECT_EQ(to_text(inner{3, "a\"b\n"}), "inner{x: 3, y: \"a\\\"b\\x0a\"}");
    EXPECT_EQ(to_text(nothing{}), "nothing");
    everything value;
    value.table["k"] = {{1, "v"}};
    value.node = partita::node_id("n1");
    value.actor = {partita::node_id("n2"), (1ULL << 40) + 7};
    value.time = partita::duration(5);
    EXPECT_EQ(
        to_text(value),
        "everything{flag: false, letter: 97, i8: 0, u16: 0, i32: 0, u64: 0, f: 0, d: 0, c: 0, "
        "text: \"\", list: [], bits: [], raw: [0, 0, 0], pair_of: [0, 0], "
        "table: {\"k\": [{x: 1, y: \"v\"}]}, numbers: {}, maybe: none, both: 0: \"\", "
        "empties: [], node: n1, actor: n2/7, time: 5ns}");
}

TEST(message, bytes_that_do_not_decode_print_as_their_size) {
    const std::vector<std::byte> bytes(3);
    EXPECT_EQ(partita::message_type_of<inner>.print(bytes), "inner<3 bytes that do not decode>");
}

TEST(message, a_time_too_long_to_print_saturates) {
    EXPECT_EQ(to_text(far{std::chrono::hours(1)}), "far{wait: 3600000000000ns}");
    EXPECT_EQ(to_text(far{std::chrono::hours::max()}), "far{wait: 9223372036854775807ns}");
    EXPECT_EQ(to_text(far{std::chrono::hours::min()}), "far{wait: -9223372036854775808ns}");
}

RC_GTEST_PROP(payload, grows_and_copies_like_a_vector, (const std::vector<std::uint8_t>& bytes)) {
    payload made;
    for (const std::uint8_t byte : bytes) made.append(&byte, 1);
    made.append(bytes.data(), bytes.size());
    const payload copy = made;
    RC_ASSERT(copy.size() == bytes.size() * 2);
    const auto first = std::as_bytes(std::span(bytes));
    RC_ASSERT(std::equal(first.begin(), first.end(), copy.bytes().begin()));
    RC_ASSERT(std::equal(first.begin(), first.end(), copy.bytes().begin() + std::ssize(bytes)));
    RC_ASSERT(partita::digest_of(copy.bytes()) == partita::digest_of(made.bytes()));
}

TEST(payload, digest_is_the_same_in_every_build) {
    const std::string text = "a text of more than eight bytes";
    EXPECT_EQ(partita::digest_of(std::as_bytes(std::span(text))),
              partita::digest_of(std::as_bytes(std::span(text))));
    std::string other = text;
    other.back() = 'z';
    EXPECT_NE(partita::digest_of(std::as_bytes(std::span(text))),
              partita::digest_of(std::as_bytes(std::span(other))));
}

TEST(envelope_pool, an_envelope_comes_back_clean) {
    partita::envelope_pool pool;
    {
        auto used = pool.make();
        used->source = partita::actor_id::named(partita::node_id("n1"), "a");
        used->ordinal = 7;
        used->correlation = 8;
        used->is_timer = true;
        used->cause = partita::event_id{9};
        used->channel = partita::channel("gossip");
        used->payload.append("abc", 3);
        EXPECT_EQ(pool.in_use(), 1U);
    }
    EXPECT_EQ(pool.in_use(), 0U);
    const auto fresh = pool.make();
    EXPECT_FALSE(fresh->source.valid());
    EXPECT_EQ(fresh->ordinal + fresh->correlation + fresh->cause.value + fresh->channel.hash, 0U);
    EXPECT_FALSE(fresh->is_timer);
    EXPECT_EQ(fresh->payload.size(), 0U);
}

TEST(envelope_pool, a_copy_has_its_own_payload) {
    partita::envelope_pool pool;
    auto first = pool.make();
    first->payload.append("abc", 3);
    first->ordinal = 4;
    const auto twin = pool.copy(*first);
    first->payload.bytes()[0] = std::byte{'x'};
    EXPECT_EQ(twin->payload.bytes()[0], std::byte{'a'});
    EXPECT_EQ(twin->ordinal, 4U);
    EXPECT_TRUE(twin->is_copy);
    EXPECT_FALSE(first->is_copy);
    EXPECT_EQ(pool.in_use(), 2U);
}

}  // namespace
