#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/byte_stream.hpp"
#include "net/tls.hpp"
#include "pem_files.hpp"

namespace {

using namespace partita::detail;
using namespace partita::testing;
using partita::tls_options;
using testing::ElementsAre;
using testing::HasSubstr;

/// Two connected, non-blocking sockets that take little before they block.
class socket_pair {
   public:
    socket_pair() {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()) != 0) std::abort();
        const int bytes = 5000;
        for (const int end : ends_) {
            ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        }
    }
    ~socket_pair() {
        for (std::size_t end : {0u, 1u}) close(end);
    }
    socket_pair(const socket_pair&) = delete;
    socket_pair& operator=(const socket_pair&) = delete;
    int operator[](std::size_t end) const { return ends_[end]; }
    void close(std::size_t end) {
        if (ends_[end] >= 0) ::close(ends_[end]);
        ends_[end] = -1;
    }

   private:
    std::array<int, 2> ends_{-1, -1};
};

/// Both ends of a session, not yet shaken hands.
struct session {
    socket_pair sockets;
    std::unique_ptr<tls_stream> dialler;
    std::unique_ptr<tls_stream> acceptor;

    session(const tls_options& dialling, const tls_options& accepting) {
        const auto from = tls_context::load(dialling);
        const auto to = tls_context::load(accepting);
        if (!from || !to) {
            ADD_FAILURE() << (from ? to.error() : from.error());
            std::abort();
        }
        dialler = from->dialler(sockets[0]);
        acceptor = to->acceptor(sockets[1]);
    }

    [[nodiscard]] static bool is_blocked(const io_result& result) {
        return result.status == io_status::would_block_read ||
               result.status == io_status::would_block_write;
    }
    /// What the handshakes end with, dialler's first.
    std::pair<io_result, io_result> shake() const {
        std::pair<io_result, io_result> ends;
        for (int round = 0; round < 100; ++round) {
            ends = {dialler->handshake(), acceptor->handshake()};
            if (!is_blocked(ends.first) && !is_blocked(ends.second)) break;
            if (ends.second.status == io_status::failed) break;
            if (ends.first.status == io_status::failed) {
                ends.second = acceptor->handshake();
                break;
            }
        }
        return ends;
    }
    [[nodiscard]] bool connect() const {
        const auto [from, to] = shake();
        return from.status == io_status::moved && to.status == io_status::moved;
    }
};

io_result write_text(byte_stream& to, std::string text) {
    const iovec piece{text.data(), text.size()};
    return to.write({&piece, 1});
}

std::string read_text(byte_stream& from) {
    std::array<std::byte, 1000> room;
    const io_result got = from.read(room);
    return got.status == io_status::moved
               ? std::string(reinterpret_cast<const char*>(room.data()), got.bytes)
               : "nothing: " + got.failure;
}

/// One direction of a long transfer: `all`, offered in pieces of uneven sizes, and what arrived.
struct transfer {
    byte_stream& from;
    byte_stream& to;
    const std::vector<std::byte>& all;
    std::vector<std::byte> moving{};
    std::size_t written = 0;
    std::vector<std::byte> arrived{};
    int blocked = 0;

    /// One write. The bytes lie elsewhere each time, cut otherwise, as in a queue that moves on.
    void write(std::size_t step) {
        if (written == all.size()) return;
        moving.assign(all.begin() + static_cast<std::ptrdiff_t>(written), all.end());
        std::vector<iovec> pieces;
        for (std::size_t at = 0; at < moving.size() && pieces.size() < 300;) {
            const std::size_t most = pieces.size() % 7 == 6 ? 60'000 : 1 + (at + step) % 900;
            const std::size_t bytes = std::min(most, moving.size() - at);
            pieces.push_back({moving.data() + at, bytes});
            if (pieces.size() % 5 == 0) pieces.push_back({nullptr, 0});
            at += bytes;
        }
        const io_result result = from.write(pieces);
        ASSERT_NE(result.status, io_status::failed) << result.failure;
        ASSERT_NE(result.status, io_status::closed);
        if (result.status != io_status::moved) ++blocked;
        written += result.bytes;
    }
    void read(std::size_t step) {
        std::vector<std::byte> room(1 + (step * 7919) % 40'000);
        const io_result result = to.read(room);
        ASSERT_NE(result.status, io_status::failed) << result.failure;
        arrived.insert(arrived.end(), room.begin(),
                       room.begin() + static_cast<std::ptrdiff_t>(result.bytes));
    }
};

std::vector<std::byte> noise(std::size_t bytes, std::uint32_t state) {
    std::vector<std::byte> made(bytes);
    for (auto& each : made) {
        state = state * 1664525 + 1013904223;
        each = static_cast<std::byte>(state >> 24);
    }
    return made;
}

/// Large amounts in both directions at once, with every kind of partial write.
void expect_both_ways(byte_stream& left, byte_stream& right) {
    const auto there = noise(3'000'000, 1);
    const auto back = noise(2'000'000, 2);
    transfer out{left, right, there};
    transfer in{right, left, back};
    for (std::size_t step = 0; step < 200'000; ++step) {
        if (out.arrived.size() == there.size() && in.arrived.size() == back.size()) break;
        out.write(step);
        in.write(step);
        if (step % 3 != 0) out.read(step);
        if (step % 3 != 1) in.read(step);
        if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_TRUE(out.arrived == there && in.arrived == back);
    EXPECT_GT(out.blocked, 0);
    EXPECT_GT(in.blocked, 0);
}

class net_tls : public testing::Test {
   protected:
    [[nodiscard]] tls_options files_of(const wish& wanted) {
        const pair_of own = make(wanted, &authority_);
        return files_.node(wanted.common_name, own, authority_);
    }
    pem_files files_;
    pair_of authority_ =
        make({.common_name = "authority", .alternatives = "", .is_authority = true});
    tls_options n1_ = files_of({"n1", "DNS:n1"});
    tls_options n2_ = files_of({"n2", "DNS:n2"});
};

TEST_F(net_tls, two_members_of_one_authority_connect_by_tls_1_3_and_know_each_others_names) {
    const session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    EXPECT_STREQ(SSL_get_version(pair.dialler->ssl()), "TLSv1.3");
    EXPECT_THAT(peer_names(*pair.dialler), ElementsAre("n2"));
    EXPECT_THAT(peer_names(*pair.acceptor), ElementsAre("n1"));
    EXPECT_TRUE(pair.dialler->certificate_names("n2"));
    EXPECT_FALSE(pair.dialler->certificate_names("n1"));
    EXPECT_EQ(write_text(*pair.dialler, "theme").bytes, 5u);
    EXPECT_EQ(read_text(*pair.acceptor), "theme");
    EXPECT_EQ(write_text(*pair.acceptor, "variation").bytes, 9u);
    EXPECT_EQ(read_text(*pair.dialler), "variation");
}

TEST_F(net_tls, what_follows_the_handshake_at_once_is_left_in_the_socket) {
    // A poller would not report it otherwise, and the acceptor would wait for it for ever.
    const session pair(n1_, n2_);
    (void)pair.dialler->handshake();
    (void)pair.acceptor->handshake();
    ASSERT_EQ(pair.dialler->handshake().status, io_status::moved);
    ASSERT_EQ(write_text(*pair.dialler, "at once").status, io_status::moved);
    ASSERT_EQ(pair.acceptor->handshake().status, io_status::moved);
    char byte = 0;
    EXPECT_EQ(::recv(pair.sockets[1], &byte, 1, MSG_PEEK), 1);
    EXPECT_EQ(read_text(*pair.acceptor), "at once");
}

TEST_F(net_tls, both_ends_of_a_session_have_one_binding_and_each_session_its_own) {
    const session pair(n1_, n2_);
    const session other(n1_, n2_);
    ASSERT_TRUE(pair.connect() && other.connect());
    EXPECT_EQ(pair.dialler->binding(), pair.acceptor->binding());
    EXPECT_EQ(pair.dialler->binding().size(), 32u);
    EXPECT_NE(pair.dialler->binding(), other.dialler->binding());
}

TEST_F(net_tls, a_dialler_without_a_certificate_is_turned_away) {
    const session pair(n1_, n2_);
    std::unique_ptr<SSL_CTX, releasing<SSL_CTX_free>> bare(SSL_CTX_new(TLS_client_method()));
    std::unique_ptr<SSL, ssl_release> ssl(SSL_new(bare.get()));
    SSL_set_fd(ssl.get(), pair.sockets[0]);
    SSL_set_connect_state(ssl.get());
    tls_stream dialler(std::move(ssl));
    io_result accepted;
    for (int round = 0; round < 10 && accepted.status != io_status::failed; ++round) {
        (void)dialler.handshake();
        accepted = pair.acceptor->handshake();
    }
    EXPECT_EQ(accepted.status, io_status::failed);
    EXPECT_THAT(accepted.failure, HasSubstr("peer did not return a certificate"));
    std::array<std::byte, 10> room;
    const io_result told = dialler.read(room);
    EXPECT_EQ(told.status, io_status::failed);
    EXPECT_THAT(told.failure, HasSubstr("certificate required"));
    // Nor does asking again help.
    EXPECT_EQ(pair.acceptor->handshake().status, io_status::failed);
    EXPECT_EQ(pair.acceptor->read(room).failure, accepted.failure);
    EXPECT_EQ(write_text(*pair.acceptor, "hello").failure, accepted.failure);
    EXPECT_EQ(pair.acceptor->shutdown().failure, accepted.failure);
}

TEST_F(net_tls, a_member_of_another_authority_is_turned_away_whichever_side_it_is) {
    // Its name does not help it.
    for (const auto& [name, why] : {std::pair("authority", "certificate signature failure"),
                                    std::pair("another", "unable to get local issuer")}) {
        const pair_of other = make({.common_name = name, .alternatives = "", .is_authority = true});
        const tls_options stranger =
            files_.node("stranger", make({"n2", "DNS:n2"}, &other), authority_);
        const session dialled(n1_, stranger);
        EXPECT_THAT(dialled.shake().first.failure, HasSubstr(why));
        const session accepted(stranger, n1_);
        EXPECT_THAT(accepted.shake().second.failure, HasSubstr(why));
    }
}

TEST_F(net_tls, an_expired_certificate_is_turned_away_whichever_side_it_is) {
    const tls_options expired = files_of({"old", "DNS:old", -day_s});
    const session dialled(n1_, expired);
    EXPECT_THAT(dialled.shake().first.failure, HasSubstr("certificate has expired"));
    const session accepted(expired, n1_);
    EXPECT_THAT(accepted.shake().second.failure, HasSubstr("certificate has expired"));
}

TEST_F(net_tls, a_certificate_signed_by_a_member_is_turned_away) {
    // A member's certificate is no authority, so no member can make others.
    const pair_of member = make({"n3", "DNS:n3"}, &authority_);
    const pair_of made = make({"n4", "DNS:n4"}, &member);
    tls_options own = files_.node("n4", made, authority_);
    std::ofstream chain(own.certificate_file, std::ios::app);
    chain << std::ifstream(files_.write("n3.pem", member.certificate.get())).rdbuf();
    chain.close();
    const session accepted(own, n1_);
    EXPECT_THAT(accepted.shake().second.failure, HasSubstr("invalid CA certificate"));
}

TEST_F(net_tls, an_older_tls_is_turned_away) {
    const session pair(n1_, n2_);
    std::unique_ptr<SSL_CTX, releasing<SSL_CTX_free>> older(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_max_proto_version(older.get(), TLS1_2_VERSION);
    std::unique_ptr<SSL, ssl_release> ssl(SSL_new(older.get()));
    SSL_set_fd(ssl.get(), pair.sockets[0]);
    SSL_set_connect_state(ssl.get());
    tls_stream dialler(std::move(ssl));
    (void)dialler.handshake();
    const io_result accepted = pair.acceptor->handshake();
    EXPECT_EQ(accepted.status, io_status::failed);
    EXPECT_THAT(accepted.failure, HasSubstr("unsupported protocol"));
}

TEST_F(net_tls, a_plain_dialler_is_turned_away) {
    const session pair(n1_, n2_);
    plain_stream plain(pair.sockets[0]);
    EXPECT_EQ(write_text(plain, "not TLS, but long enough for a record's header").status,
              io_status::moved);
    EXPECT_THAT(pair.acceptor->handshake().failure, HasSubstr("TLS: "));
}

TEST_F(net_tls, a_name_is_compared_as_x509_check_host_does) {
    const tls_options wide =
        files_of({"common", "DNS:*.blue.example,DNS:n9,IP:10.0.0.1,email:n8@example"});
    const session pair(n1_, wide);
    ASSERT_TRUE(pair.connect());
    const tls_stream& seen = *pair.dialler;
    EXPECT_THAT(peer_names(seen), ElementsAre("*.blue.example", "n9"));
    EXPECT_TRUE(seen.certificate_names("n7.blue.example"));
    EXPECT_TRUE(seen.certificate_names("n9"));
    EXPECT_TRUE(seen.certificate_names("N9"));
    for (const std::string_view other : {"n7.green.example", "a.n7.blue.example", "blue.example",
                                         "common", "10.0.0.1", "n8@example", "n8", "*", "n"}) {
        EXPECT_FALSE(seen.certificate_names(other)) << other;
    }
}

TEST_F(net_tls, a_name_that_would_be_read_as_many_is_none) {
    const session pair(n1_, files_of({"wide", "DNS:n7.blue.example"}));
    ASSERT_TRUE(pair.connect());
    const tls_stream& seen = *pair.dialler;
    EXPECT_TRUE(seen.certificate_names("n7.blue.example"));
    EXPECT_FALSE(seen.certificate_names(".blue.example"));
    EXPECT_FALSE(seen.certificate_names(""));
    EXPECT_FALSE(seen.certificate_names(std::string_view("n7.blue.example").substr(0, 0)));
    EXPECT_FALSE(seen.certificate_names(std::string_view("n7.blue.example\0", 16)));
}

TEST_F(net_tls, the_common_name_counts_where_there_is_no_dns_name) {
    const session pair(n1_, files_of({"n5", ""}));
    ASSERT_TRUE(pair.connect());
    EXPECT_THAT(peer_names(*pair.dialler), ElementsAre("n5"));
    EXPECT_TRUE(pair.dialler->certificate_names("n5"));
    EXPECT_FALSE(pair.dialler->certificate_names("n6"));
}

TEST_F(net_tls, large_transfers_go_both_ways_in_partial_writes) {
    const session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    expect_both_ways(*pair.dialler, *pair.acceptor);
}

TEST_F(net_tls, many_small_pieces_make_one_record) {
    const session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    std::vector<std::byte> drained(5000);
    std::string text = "a message of forty bytes, more or less: ";
    const std::vector<iovec> pieces(50, iovec{text.data(), text.size()});
    EXPECT_EQ(pair.dialler->write(pieces).bytes, 50 * text.size());
    const auto on_the_way = ::recv(pair.sockets[1], drained.data(), drained.size(), MSG_PEEK);
    EXPECT_GT(on_the_way, static_cast<ssize_t>(50 * text.size()));
    EXPECT_LT(on_the_way, static_cast<ssize_t>(50 * text.size() + 40));  // one header, one tag
}

TEST_F(net_tls, a_write_that_would_block_may_come_back_with_more_after_it) {
    const session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    std::string sent;
    std::string waiting;
    io_result result;
    for (int number = 0; number < 10'000 && result.status == io_status::moved; ++number) {
        waiting = "message " + std::to_string(number) + '\n';
        result = write_text(*pair.dialler, waiting);
        if (result.status == io_status::moved) sent += waiting;
    }
    ASSERT_EQ(result.status, io_status::would_block_write);
    waiting += std::string(40'000, 'x');
    std::string arrived;
    for (int step = 0; step < 10'000 && arrived.size() < sent.size() + waiting.size(); ++step) {
        result = write_text(*pair.dialler, waiting);
        ASSERT_NE(result.status, io_status::failed) << result.failure;
        sent += waiting.substr(0, result.bytes);
        waiting.erase(0, result.bytes);
        std::array<std::byte, 3000> room;
        const io_result got = pair.acceptor->read(room);
        arrived.append(reinterpret_cast<const char*>(room.data()), got.bytes);
    }
    EXPECT_TRUE(waiting.empty());
    EXPECT_TRUE(arrived == sent);
}

TEST_F(net_tls, a_write_that_leaves_out_what_it_began_fails) {
    const session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    const std::string large(tls_record_bytes_max, 'x');
    io_result result;
    for (int writes = 0; writes < 100 && result.status == io_status::moved; ++writes) {
        result = write_text(*pair.dialler, large);
    }
    ASSERT_EQ(result.status, io_status::would_block_write);
    result = write_text(*pair.dialler, "something else");
    EXPECT_EQ(result.status, io_status::failed);
    EXPECT_THAT(result.failure, HasSubstr("left out"));
}

TEST_F(net_tls, a_goodbye_is_told_from_a_cut) {
    const session polite(n1_, n2_);
    ASSERT_TRUE(polite.connect());
    EXPECT_EQ(write_text(*polite.dialler, "last").status, io_status::moved);
    EXPECT_EQ(polite.dialler->shutdown().status, io_status::moved);
    EXPECT_EQ(read_text(*polite.acceptor), "last");
    std::array<std::byte, 10> room;
    EXPECT_EQ(polite.acceptor->read(room).status, io_status::closed);
    EXPECT_EQ(polite.acceptor->read(room).status, io_status::closed);
    EXPECT_EQ(write_text(*polite.acceptor, "still heard").status, io_status::moved);

    session cut(n1_, n2_);
    ASSERT_TRUE(cut.connect());
    cut.sockets.close(0);
    const io_result end = cut.acceptor->read(room);
    EXPECT_EQ(end.status, io_status::failed);
    EXPECT_THAT(end.failure, HasSubstr("unexpected eof"));
}

TEST_F(net_tls, writing_to_a_peer_that_is_gone_fails_without_a_signal) {
    session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    pair.sockets.close(1);
    const io_result end = write_text(*pair.dialler, "anyone?");
    EXPECT_EQ(end.status, io_status::failed);
    EXPECT_THAT(end.failure, HasSubstr("Broken pipe"));
}

TEST_F(net_tls, one_flipped_bit_on_the_way_ends_the_session) {
    const session pair(n1_, n2_);
    ASSERT_TRUE(pair.connect());
    ASSERT_EQ(write_text(*pair.dialler, "theme").status, io_status::moved);
    std::array<char, 1000> bytes;
    const auto count = ::recv(pair.sockets[1], bytes.data(), bytes.size(), 0);
    ASSERT_GT(count, 10);
    bytes[9] = static_cast<char>(bytes[9] ^ 4);
    ASSERT_EQ(::send(pair.sockets[0], bytes.data(), static_cast<std::size_t>(count), 0), count);
    std::array<std::byte, 10> room;
    const io_result got = pair.acceptor->read(room);
    EXPECT_EQ(got.status, io_status::failed);
    EXPECT_THAT(got.failure, HasSubstr("bad record mac"));
}

TEST_F(net_tls, files_that_cannot_be_used_are_named_with_the_reason) {
    const auto error_of = [](const tls_options& given) {
        const auto loaded = tls_context::load(given);
        return loaded ? std::string("none") : loaded.error();
    };
    EXPECT_EQ(error_of(n1_), "none");
    tls_options missing = n1_;
    missing.certificate_file = files_.path("nowhere.pem");
    EXPECT_EQ(error_of(missing), "cannot use the certificate file " + missing.certificate_file +
                                     ": No such file or directory");
    tls_options no_authority = n1_;
    no_authority.authority_file = files_.path("nowhere.pem");
    EXPECT_THAT(error_of(no_authority), HasSubstr("authority file " + no_authority.authority_file));
    tls_options mixed = n1_;
    mixed.key_file = n2_.key_file;
    EXPECT_EQ(error_of(mixed), "cannot use the key file " + n2_.key_file + ": key values mismatch");
    tls_options noise = n1_;
    noise.certificate_file = files_.path("noise.pem");
    std::ofstream(noise.certificate_file) << "not a certificate";
    EXPECT_THAT(error_of(noise), HasSubstr("noise.pem: no start line"));
    tls_options locked = n1_;
    const pair_of own = make({"n3", "DNS:n3"}, &authority_);
    locked.key_file = files_.write("locked.key", own.key.get(), EVP_aes_128_cbc());
    EXPECT_EQ(error_of(locked), "the key file " + locked.key_file + " is encrypted");
}

TEST(net_plain, large_transfers_go_both_ways_in_partial_writes) {
    const socket_pair sockets;
    plain_stream left(sockets[0]);
    plain_stream right(sockets[1]);
    EXPECT_EQ(left.handshake().status, io_status::moved);
    expect_both_ways(left, right);
}

TEST(net_plain, says_that_it_would_block_is_closed_or_failed) {
    socket_pair sockets;
    plain_stream left(sockets[0]);
    plain_stream right(sockets[1]);
    std::array<std::byte, 10> room;
    EXPECT_EQ(left.read(room).status, io_status::would_block_read);
    EXPECT_EQ(left.read({}).status, io_status::moved);
    EXPECT_EQ(left.write({}).status, io_status::moved);
    EXPECT_EQ(right.shutdown().status, io_status::moved);
    EXPECT_EQ(left.read(room).status, io_status::closed);
    EXPECT_EQ(write_text(left, "still heard").bytes, 11u);
    sockets.close(1);
    const io_result gone = write_text(left, "anyone?");
    EXPECT_EQ(gone.status, io_status::failed);
    EXPECT_EQ(gone.failure, "Broken pipe");
}

}  // namespace
