#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <partita/runtime/security.hpp>
#include "net/handshake.hpp"

namespace {

using namespace partita::detail;
using testing::HasSubstr;

const std::string secret = "sixteen bytes or more of it";

handshake_nonce nonce_of(std::uint8_t number) {
    handshake_nonce nonce;
    nonce.fill(number);
    return nonce;
}

handshake_options side(const std::string& node, std::uint8_t nonce) {
    return {.self = {node, 5, node + ".example:4000", "voter"},
            .cluster = "blue",
            .secret = secret,
            .nonce = nonce_of(nonce)};
}

const lane_identity lane{"gossip", 2, 4};

dialling dialler(const handshake_options& options = side("n1", 1), std::string expected = {},
                 admission admit = {}) {
    return {options, lane, std::move(expected), std::move(admit)};
}

accepting acceptor(const handshake_options& options = side("n2", 2), admission admit = {}) {
    return {options, std::move(admit)};
}

/// What a step sends; throws if nothing.
handshake_frame sent_by(const handshake_step& step) { return step.send.value(); }

/// A frame on its way: who it came from, and what it is.
struct passage {
    bool from_dialler;
    handshake_frame frame;
};

/// How a handshake between the two went, frame by frame.
struct talk {
    std::vector<passage> passages;
    handshake_step dialler;
    handshake_step acceptor;
    [[nodiscard]] bool done() const { return dialler.done && acceptor.done; }
};

using meddler = std::function<void(std::size_t, handshake_frame&)>;

/// Carries frames until nobody says anything, each passed through `meddle` with its number.
talk carry(dialling& from, accepting& to, const meddler& meddle = {}) {
    talk all;
    std::deque<passage> sent{{true, from.start()}};
    while (!sent.empty()) {
        passage next = std::move(sent.front());
        sent.pop_front();
        all.passages.push_back(next);
        if (meddle) meddle(all.passages.size() - 1, next.frame);
        handshake_step& end = next.from_dialler ? all.acceptor : all.dialler;
        end = next.from_dialler ? to.on_frame(next.frame.kind, next.frame.body)
                                : from.on_frame(next.frame.kind, next.frame.body);
        if (end.send) sent.push_back({!next.from_dialler, *end.send});
    }
    return all;
}

talk carry(const handshake_options& left, const handshake_options& right,
           const std::string& expected = {}) {
    dialling from = dialler(left, expected);
    accepting to = acceptor(right);
    return carry(from, to);
}

bool is_line(const std::string& text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char letter) {
        return letter < ' ' || letter == 0x7f;
    });
}

/// Both ends know why there is no connection: one found out, the other was told.
void expect_refused(const talk& given, refusal_code code, const std::string& part) {
    ASSERT_TRUE(given.dialler.failed && given.acceptor.failed);
    for (const auto& end : {given.dialler, given.acceptor}) {
        EXPECT_FALSE(end.done);
        EXPECT_EQ(end.failed->code, code);
        EXPECT_THAT(end.failed->text, HasSubstr(part));
        EXPECT_TRUE(is_line(end.failed->text));
    }
}

TEST(net_handshake, two_nodes_with_one_secret_know_each_other_in_four_frames) {
    dialling from = dialler(side("n1", 1), "n2");
    accepting to = acceptor();
    const talk all = carry(from, to);
    ASSERT_TRUE(all.done());
    std::vector<frame_kind> kinds;
    for (const passage& each : all.passages) kinds.push_back(each.frame.kind);
    EXPECT_THAT(kinds, testing::ElementsAre(frame_kind::hello, frame_kind::challenge,
                                            frame_kind::proof, frame_kind::welcome));
    EXPECT_EQ(from.peer(), side("n2", 2).self);
    EXPECT_EQ(to.peer(), side("n1", 1).self);
    EXPECT_EQ(to.lane(), lane);
}

TEST(net_handshake, the_longest_names_fit_into_a_frame) {
    handshake_options left = side(std::string(name_bytes_max, 'a'), 1);
    handshake_options right = side(std::string(name_bytes_max, 'b'), 2);
    for (auto* each : {&left, &right}) {
        each->self.address = std::string(name_bytes_max, 'c');
        each->self.tag = std::string(tag_bytes_max, 'd');
        each->cluster = std::string(name_bytes_max, 'e');
    }
    const lane_identity wide{std::string(name_bytes_max, 'f'), 1023, lane_count_max};
    ASSERT_TRUE(check(left.self) && check(wide));
    dialling from(left, wide, right.self.node, {});
    accepting to = acceptor(right);
    EXPECT_TRUE(carry(from, to).done());
    EXPECT_EQ(to.lane(), wide);
}

TEST(net_handshake, no_frame_shows_the_secret) {
    for (const passage& each : carry(side("n1", 1), side("n2", 2)).passages) {
        const std::string body(reinterpret_cast<const char*>(each.frame.body.data()),
                               each.frame.body.size());
        EXPECT_EQ(body.find(secret), std::string::npos);
    }
}

/// SHA-256 of bytes, as bytes.
std::string sha256(std::span<const std::byte> bytes) {
    std::string sum(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(sum.data()));
    return sum;
}

/// The last 32 bytes of a frame, and what the documentation says they are.
void expect_proof(const handshake_frame& frame, const std::string& said) {
    std::string right(SHA256_DIGEST_LENGTH, '\0');
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(said.data()), said.size(),
         reinterpret_cast<unsigned char*>(right.data()), nullptr);
    ASSERT_GE(frame.body.size(), right.size());
    const auto proof = std::span(frame.body).last(right.size());
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(proof.data()), proof.size()), right);
}

TEST(net_handshake, the_proofs_are_the_documented_ones) {
    dialling from = dialler();
    accepting to = acceptor();
    from.bind("the session");
    to.bind("the session");
    const talk all = carry(from, to);
    ASSERT_TRUE(all.done());
    const std::string session = "the session";
    const std::span<const std::byte> challenge = all.passages[1].frame.body;
    const std::string before =
        sha256(std::as_bytes(std::span(session))) + sha256(all.passages[0].frame.body);
    expect_proof(all.passages[1].frame,
                 "partita acceptor" + before + sha256(challenge.first(challenge.size() - 32)));
    expect_proof(all.passages[2].frame, "partita dialler" + before + sha256(challenge));
}

TEST(net_handshake, other_secrets_are_refused) {
    auto left = side("n1", 1);
    left.secret += "?";
    expect_refused(carry(left, side("n2", 2)), refusal_code::wrong_secret, "same secret");
}

TEST(net_handshake, a_node_without_a_secret_and_one_with_refuse_each_other) {
    auto without = side("n1", 1);
    without.secret.clear();
    expect_refused(carry(without, side("n2", 2)), refusal_code::wrong_secret, "same secret");
    auto acceptor_without = side("n2", 2);
    acceptor_without.secret.clear();
    expect_refused(carry(side("n1", 1), acceptor_without), refusal_code::wrong_secret, "secret");
    EXPECT_TRUE(carry(without, acceptor_without).done());
}

TEST(net_handshake, a_dialler_that_does_not_check_the_acceptor_is_refused_all_the_same) {
    accepting to = acceptor();
    auto stranger = side("n1", 1);
    stranger.secret = "some other secret, long enough";
    dialling from = dialler(stranger);
    accepting accomplice = acceptor([] {
        auto options = side("n2", 2);
        options.secret = "some other secret, long enough";
        return options;
    }());
    // The accomplice makes the stranger write a proof, by the wrong secret.
    const auto hello = from.start();
    ASSERT_TRUE(to.on_frame(hello.kind, hello.body).send);
    const auto challenge = sent_by(accomplice.on_frame(hello.kind, hello.body));
    const auto proof = sent_by(from.on_frame(challenge.kind, challenge.body));
    ASSERT_EQ(proof.kind, frame_kind::proof);
    const auto end = to.on_frame(proof.kind, proof.body);
    ASSERT_TRUE(end.failed);
    EXPECT_EQ(end.failed->code, refusal_code::wrong_secret);
    EXPECT_EQ(sent_by(end).kind, frame_kind::refusal);
}

TEST(net_handshake, another_cluster_is_refused) {
    auto left = side("n1", 1);
    left.cluster = "green";
    expect_refused(carry(left, side("n2", 2)), refusal_code::wrong_cluster,
                   "\"n1\" is of cluster \"green\", node \"n2\" of cluster \"blue\"");
}

TEST(net_handshake, another_node_than_the_one_dialled_is_refused) {
    expect_refused(carry(side("n1", 1), side("n2", 2), "n3"), refusal_code::wrong_node,
                   "dialled node \"n3\", reached node \"n2\"");
}

TEST(net_handshake, a_node_does_not_connect_to_itself) {
    expect_refused(carry(side("n1", 1), side("n1", 2)), refusal_code::self_connection, "itself");
}

TEST(net_handshake, proofs_cannot_be_passed_on_between_two_tls_sessions) {
    dialling from = dialler();
    accepting to = acceptor();
    from.bind("the session with who stands between");
    to.bind("the session of who stands between");
    expect_refused(carry(from, to), refusal_code::wrong_secret, "same secret");
    dialling bound = dialler();
    accepting unbound = acceptor();
    bound.bind("one session");
    expect_refused(carry(bound, unbound), refusal_code::wrong_secret, "same secret");
    dialling same = dialler();
    accepting other_end = acceptor();
    same.bind("one session");
    other_end.bind("one session");
    EXPECT_TRUE(carry(same, other_end).done());
}

TEST(net_handshake, the_owner_of_either_side_may_object) {
    const admission none = [](const node_identity& peer, const lane_identity& wanted) {
        return refusal{refusal_code::unknown_channel,
                       "no channel " + wanted.channel + " for " + peer.node};
    };
    dialling from = dialler();
    accepting to = acceptor(side("n2", 2), none);
    expect_refused(carry(from, to), refusal_code::unknown_channel, "no channel gossip for n1");
    dialling choosy = dialler(side("n1", 1), "n2", none);
    accepting other = acceptor();
    expect_refused(carry(choosy, other), refusal_code::unknown_channel, "for n2");
}

TEST(net_handshake, the_owner_is_asked_only_about_who_proved_itself) {
    int asked = 0;
    const admission count = [&](const node_identity&, const lane_identity&) {
        ++asked;
        return std::nullopt;
    };
    auto stranger = side("n1", 1);
    stranger.secret = "some other secret, long enough";
    dialling from = dialler(stranger, "", count);
    accepting to = acceptor(side("n2", 2), count);
    EXPECT_TRUE(carry(from, to).acceptor.failed);
    EXPECT_EQ(asked, 0);
    dialling member = dialler(side("n1", 1), "", count);
    accepting again = acceptor(side("n2", 2), count);
    EXPECT_TRUE(carry(member, again).done());
    EXPECT_EQ(asked, 2);
}

TEST(net_handshake, a_recorded_dialler_cannot_be_played_to_a_fresh_acceptor) {
    const talk recorded = carry(side("n1", 1), side("n2", 2));
    ASSERT_TRUE(recorded.done());
    accepting fresh = acceptor(side("n2", 3));
    const auto& hello = recorded.passages[0].frame;
    const auto& proof = recorded.passages[2].frame;
    EXPECT_TRUE(fresh.on_frame(hello.kind, hello.body).send);
    const auto end = fresh.on_frame(proof.kind, proof.body);
    ASSERT_TRUE(end.failed);
    EXPECT_EQ(end.failed->code, refusal_code::wrong_secret);
}

TEST(net_handshake, a_recorded_acceptor_cannot_be_played_to_a_fresh_dialler) {
    const talk recorded = carry(side("n1", 1), side("n2", 2));
    dialling fresh = dialler(side("n1", 3));
    (void)fresh.start();
    const auto& challenge = recorded.passages[1].frame;
    const auto end = fresh.on_frame(challenge.kind, challenge.body);
    ASSERT_TRUE(end.failed);
    EXPECT_EQ(end.failed->code, refusal_code::wrong_secret);
}

TEST(net_handshake, an_acceptors_own_proof_sent_back_to_it_is_refused) {
    accepting to = acceptor();
    dialling honest = dialler();
    const auto hello = honest.start();
    const auto challenge = sent_by(to.on_frame(hello.kind, hello.body));
    ASSERT_GT(challenge.body.size(), 32u);
    const auto proof = std::span(challenge.body).last(32);
    const auto end = to.on_frame(frame_kind::proof, proof);
    ASSERT_TRUE(end.failed);
    EXPECT_EQ(end.failed->code, refusal_code::wrong_secret);
}

TEST(net_handshake, a_dialler_is_not_fooled_by_what_it_said_itself) {
    // Who stands between sends n1's frames back to the accepting side of n1, under another name.
    accepting oracle = acceptor(side("n1", 9));
    dialling victim = dialler();
    const auto hello = victim.start();
    const auto plain = oracle.on_frame(hello.kind, hello.body);
    EXPECT_EQ(plain.failed->code, refusal_code::self_connection);

    accepting second = acceptor(side("n1", 9));
    handshake_options disguise = side("n7", 1);
    disguise.secret = "whatever it says here is not known";
    dialling forged = dialler(disguise);
    const auto posing = forged.start();
    const auto challenge = sent_by(second.on_frame(posing.kind, posing.body));
    ASSERT_EQ(challenge.kind, frame_kind::challenge);
    const auto end = victim.on_frame(challenge.kind, challenge.body);
    ASSERT_TRUE(end.failed);
    EXPECT_EQ(end.failed->code, refusal_code::wrong_secret);
}

TEST(net_handshake, one_flipped_bit_anywhere_ends_it) {
    const talk good = carry(side("n1", 1), side("n2", 2));
    ASSERT_EQ(good.passages.size(), 4u);
    for (std::size_t at = 0; at < good.passages.size(); ++at) {
        for (std::size_t bit = 0; bit < good.passages[at].frame.body.size() * 8; ++bit) {
            dialling from = dialler();
            accepting to = acceptor();
            const talk bad = carry(from, to, [&](std::size_t number, handshake_frame& frame) {
                if (number == at) frame.body[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
            });
            EXPECT_FALSE(bad.done()) << "frame " << at << " bit " << bit;
            // Nobody believes it is connected, but for the acceptor whose last word was altered.
            EXPECT_FALSE(bad.dialler.done);
            EXPECT_EQ(bad.acceptor.done, at == 3 && !bad.acceptor.failed);
            EXPECT_TRUE(bad.dialler.failed || bad.acceptor.failed);
        }
    }
}

TEST(net_handshake, a_frame_cut_short_or_drawn_out_ends_it) {
    for (std::size_t at = 0; at < 4; ++at) {
        for (const bool longer : {false, true}) {
            dialling from = dialler();
            accepting to = acceptor();
            const talk bad = carry(from, to, [&](std::size_t number, handshake_frame& frame) {
                if (number == at)
                    frame.body.resize(longer ? frame.body.size() + 1 : frame.body.size() - 1);
            });
            EXPECT_FALSE(bad.done()) << at << longer;
            EXPECT_TRUE(bad.dialler.failed || bad.acceptor.failed);
        }
    }
}

TEST(net_handshake, a_frame_of_another_kind_ends_it) {
    const std::vector<std::byte> body(32);
    for (int number = 1; number <= 10; ++number) {
        const auto kind = static_cast<frame_kind>(number);
        accepting to = acceptor();
        dialling from = dialler();
        (void)from.start();
        const auto accepted = to.on_frame(kind, body);
        const auto dialled = from.on_frame(kind, body);
        EXPECT_TRUE(accepted.failed && dialled.failed) << number;
        EXPECT_EQ(accepted.send.has_value(), kind != frame_kind::refusal);
        EXPECT_EQ(dialled.send.has_value(), kind != frame_kind::refusal);
        EXPECT_TRUE(is_line(accepted.failed->text) && is_line(dialled.failed->text));
    }
}

TEST(net_handshake, a_frame_that_is_too_long_ends_it) {
    for (const frame_kind kind : {frame_kind::hello, frame_kind::refusal}) {
        accepting to = acceptor();
        const auto end = to.on_frame(kind, std::vector<std::byte>(handshake_body_bytes_max + 1));
        ASSERT_TRUE(end.failed);
        EXPECT_THAT(end.failed->text, HasSubstr("too long"));
    }
}

TEST(net_handshake, nothing_is_accepted_after_the_end) {
    dialling from = dialler();
    accepting to = acceptor();
    const talk all = carry(from, to);
    ASSERT_TRUE(all.done());
    for (const passage& each : all.passages) {
        const auto accepted = to.on_frame(each.frame.kind, each.frame.body);
        const auto dialled = from.on_frame(each.frame.kind, each.frame.body);
        EXPECT_TRUE(accepted.failed && !accepted.done && !accepted.send);
        EXPECT_TRUE(dialled.failed && !dialled.done && !dialled.send);
    }
}

TEST(net_handshake, a_failure_is_final) {
    accepting to = acceptor();
    EXPECT_TRUE(to.on_frame(frame_kind::message, {}).failed);
    const auto hello = dialler().start();
    EXPECT_TRUE(to.on_frame(hello.kind, hello.body).failed);
}

TEST(net_handshake, another_version_is_told_from_noise) {
    auto hello = dialler().start();
    hello.body[4] = std::byte{2};
    hello.body.resize(20);  // whatever else that version says
    accepting to = acceptor();
    const auto end = to.on_frame(hello.kind, hello.body);
    EXPECT_EQ(end.failed->code, refusal_code::wrong_version);
    EXPECT_THAT(end.failed->text, HasSubstr("version 2"));
    hello.body[0] = std::byte{0};
    accepting other = acceptor();
    EXPECT_EQ(other.on_frame(hello.kind, hello.body).failed->code, refusal_code::malformed);
}

TEST(net_handshake, names_that_would_spoil_a_log_are_refused) {
    for (const std::string& name : {std::string(), std::string("n\n1"), std::string("n\x1b[2J"),
                                    std::string("n\0", 2), std::string(name_bytes_max + 1, 'n')}) {
        auto left = side("n1", 1);
        left.self.node = name;
        expect_refused(carry(left, side("n2", 2)), refusal_code::malformed, "name");
        EXPECT_FALSE(check(left.self));
    }
    auto left = side("n1", 1);
    left.self.tag = "a\tb";
    expect_refused(carry(left, side("n2", 2)), refusal_code::malformed, "tag");
    left.self.tag.clear();
    left.self.address = "a\r";
    expect_refused(carry(left, side("n2", 2)), refusal_code::malformed, "address");
    left = side("n1", 1);
    left.cluster = "bl\nue";
    expect_refused(carry(left, side("n2", 2)), refusal_code::wrong_cluster, "bl?ue");
}

TEST(net_handshake, lanes_that_cannot_be_are_refused) {
    for (const lane_identity& bad :
         {lane_identity{"a\n", 0, 1}, lane_identity{std::string(name_bytes_max + 1, 'c'), 0, 1},
          lane_identity{"", 1, 1}, lane_identity{"", 0, 0}, lane_identity{"", 0, 1025}}) {
        EXPECT_FALSE(check(bad));
        dialling from(side("n1", 1), bad, {}, {});
        accepting to = acceptor();
        expect_refused(carry(from, to), refusal_code::malformed, "");
    }
    EXPECT_TRUE(check(lane_identity{"", 1023, 1024}));
}

TEST(net_handshake, a_refusal_reaches_the_log_as_one_line) {
    const auto frame = refusal_frame({refusal_code::too_many_connections, "full\x1b[2J\nup"});
    dialling from = dialler();
    (void)from.start();
    const auto end = from.on_frame(frame.kind, frame.body);
    EXPECT_EQ(end.failed->code, refusal_code::too_many_connections);
    EXPECT_EQ(end.failed->text, "refused by the other side: full?[2J?up");
    EXPECT_FALSE(end.send);
}

TEST(security_options, name_what_is_wrong_with_them) {
    partita::security_options options;
    EXPECT_TRUE(check(options));
    options.secret = "short";
    EXPECT_THAT(check(options).error(), HasSubstr("16 to 1024 bytes, not 5"));
    options.secret.assign(1025, 'x');
    EXPECT_FALSE(check(options));
    options.secret.assign(1024, 'x');
    EXPECT_TRUE(check(options));
    options.tls = partita::tls_options{"a.pem", "a.key", ""};
    EXPECT_THAT(check(options).error(), HasSubstr("three files"));
    options.tls->authority_file = "authority.pem";
    EXPECT_TRUE(check(options));
}

RC_GTEST_PROP(net_handshake, random_frames_never_connect, ()) {
    const auto any_bytes =
        rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
    const bool with_hello = *rc::gen::arbitrary<bool>();
    accepting to = acceptor();
    dialling from = dialler();
    const auto hello = from.start();
    if (with_hello) RC_ASSERT(to.on_frame(hello.kind, hello.body).send.has_value());
    for (int frames = 0; frames < 4; ++frames) {
        const auto kind = static_cast<frame_kind>(*rc::gen::inRange(0, 12));
        const auto bytes = *any_bytes;
        const auto body = std::as_bytes(std::span(bytes));
        const auto accepted = to.on_frame(kind, body);
        RC_ASSERT(!accepted.done && accepted.failed && is_line(accepted.failed->text));
        const auto dialled = from.on_frame(kind, body);
        RC_ASSERT(!dialled.done && dialled.failed && is_line(dialled.failed->text));
    }
}

RC_GTEST_PROP(net_handshake, frames_of_honest_nodes_in_any_other_order_never_connect, ()) {
    // All that was ever said, by two diallers and two acceptors, played to fresh ones.
    std::vector<handshake_frame> heard;
    for (const std::uint8_t nonce : {1, 3}) {
        const talk each = carry(side("n1", nonce), side("n2", nonce));
        for (const passage& said : each.passages) heard.push_back(said.frame);
    }
    dialling from = dialler(side("n1", 5));
    accepting to = acceptor(side("n2", 6));
    (void)from.start();
    for (int frames = 0; frames < 4; ++frames) {
        const auto& frame = heard[*rc::gen::inRange<std::size_t>(0, heard.size())];
        RC_ASSERT(!to.on_frame(frame.kind, frame.body).done);
        RC_ASSERT(!from.on_frame(frame.kind, frame.body).done);
    }
}

}  // namespace
