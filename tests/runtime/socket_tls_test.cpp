#include <gtest/gtest.h>

#include <future>

#include "pem_files.hpp"
#include "raw_peer.hpp"
#include "socket_cluster.hpp"

namespace {

using namespace partita;
using namespace partita::testing;
using namespace std::chrono_literals;

struct letter {
    blob content;
};
PARTITA_MESSAGE(letter, content)

class mirror {
   public:
    using accepts = messages<letter>;
    void on_message(context& self, const letter& it) { self.reply(self.caller(), it); }
};

void start_mirror(node& here) { here.spawn<mirror>("mirror"); }

std::string content_of(std::size_t bytes) {
    std::string content(bytes, ' ');
    for (std::size_t at = 0; at < bytes; ++at) content[at] = static_cast<char>(mix_bits(at) >> 8);
    return content;
}

class socket_nodes_with_tls : public ::testing::Test {
   protected:
    [[nodiscard]] tls_options files_of(const std::string& name, const std::string& certified,
                                       const pair_of& authority) const {
        const pair_of own =
            make({.common_name = certified, .alternatives = "DNS:" + certified}, &authority);
        return files_.node(name, own, authority);
    }
    std::unique_ptr<socket_node> node_with(const std::string& name,
                                           const std::optional<tls_options>& tls,
                                           const socket_node* other = nullptr,
                                           const std::string& secret = "") {
        std::vector<peer_spec> contacts;
        if (other != nullptr) contacts = {contact_at(other->self().address)};
        auto options = node_called(name, log_, contacts);
        options.channels = {{.name = "packed", .compression = 3}, {.name = "", .parallelism = 2}};
        options.security.tls = tls;
        options.security.secret = secret;
        return opened(options, start_mirror);
    }
    [[nodiscard]] bool are_connected(socket_node& one, socket_node& other) const {
        return eventually(
            [&] { return is_connected(one, other.id()) && is_connected(other, one.id()); });
    }
    /// Whether the mirror of n1 gives the content back.
    static bool is_mirrored(socket_node& from, const std::string& content,
                            const send_options& how = {}) {
        std::promise<bool> same;
        from.post([&](node& here) {
            here.spawn_fiber("", [&](fiber_context& self) {
                const auto to = actor_id::named(node_id("n1"), "mirror");
                const auto answer = self.call<letter>(to, letter{blob(content)}, 20s, how);
                same.set_value(answer && answer->content == blob(content));
            });
        });
        return same.get_future().get();
    }
    /// The two never get to each other's actors, and one of them says why.
    void expect_refused(socket_node& n1, socket_node& n2, const std::string& why) {
        EXPECT_TRUE(eventually([&] { return log_.count(why) != 0; })) << log_.text();
        EXPECT_FALSE(is_connected(n1, n2.id()));
        EXPECT_FALSE(is_connected(n2, n1.id()));
        EXPECT_EQ(n1.count().messages_received, 0U);
        EXPECT_EQ(n2.count().messages_received, 0U);
    }

    pem_files files_;
    pair_of authority_ =
        make({.common_name = "authority", .alternatives = "", .is_authority = true});
    log_lines log_;
};

TEST_F(socket_nodes_with_tls, of_one_authority_exchange_contents_of_every_size) {
    const auto n1 = node_with("n1", files_of("n1", "n1", authority_));
    const auto n2 = node_with("n2", files_of("n2", "n2", authority_), n1.get());
    ASSERT_TRUE(are_connected(*n1, *n2)) << log_.text();
    for (const std::size_t bytes : {0UL, 1UL, 16'383UL, 16'384UL, 70'000UL, 5'000'000UL}) {
        EXPECT_TRUE(is_mirrored(*n2, content_of(bytes))) << bytes;
        EXPECT_TRUE(is_mirrored(*n2, content_of(bytes), {.channel = channel("packed")})) << bytes;
    }
}

TEST_F(socket_nodes_with_tls, and_a_secret_need_both) {
    const std::string secret = "what only members know";
    const auto n1 = node_with("n1", files_of("n1", "n1", authority_), nullptr, secret);
    const auto n2 = node_with("n2", files_of("n2", "n2", authority_), n1.get(), secret);
    ASSERT_TRUE(are_connected(*n1, *n2)) << log_.text();
    EXPECT_TRUE(is_mirrored(*n2, content_of(100'000)));
    const auto n3 = node_with("n3", files_of("n3", "n3", authority_), n1.get(),
                              "what some other cluster knows");
    EXPECT_TRUE(eventually([&] { return n1->count().refused != 0; }));
    EXPECT_FALSE(is_connected(*n1, n3->id()));
}

TEST_F(socket_nodes_with_tls, of_another_authority_are_refused) {
    const pair_of stranger =
        make({.common_name = "stranger", .alternatives = "", .is_authority = true});
    const auto n1 = node_with("n1", files_of("n1", "n1", authority_));
    const auto n2 = node_with("n2", files_of("n2", "n2", stranger), n1.get());
    expect_refused(*n1, *n2, "certificate");
}

TEST_F(socket_nodes_with_tls, may_not_go_by_the_name_of_another) {
    const auto n1 = node_with("n1", files_of("n1", "n1", authority_));
    const auto n2 = node_with("n2", files_of("n2", "n7", authority_), n1.get());
    expect_refused(*n1, *n2, "names n7");
}

TEST_F(socket_nodes_with_tls, refuse_a_node_without_in_either_direction) {
    const auto n1 = node_with("n1", files_of("n1", "n1", authority_));
    const auto plain = node_with("n2", std::nullopt, n1.get());
    EXPECT_TRUE(eventually([&] { return n1->count().refused != 0; })) << log_.text();
    EXPECT_FALSE(is_connected(*n1, plain->id()));
    const auto secured = node_with("n3", files_of("n3", "n3", authority_), plain.get());
    EXPECT_TRUE(eventually([&] { return plain->count().malformed != 0; })) << log_.text();
    EXPECT_FALSE(is_connected(*plain, secured->id()));
    EXPECT_EQ(n1->count().messages_received + plain->count().messages_received, 0U);
}

TEST_F(socket_nodes_with_tls, connect_again_when_a_peer_comes_back) {
    auto n1 = node_with("n1", files_of("n1", "n1", authority_));
    const std::string address = n1->self().address;
    const auto n2 = node_with("n2", files_of("n2", "n2", authority_), n1.get());
    ASSERT_TRUE(are_connected(*n1, *n2)) << log_.text();
    n1.reset();
    auto options = node_called("n1", log_);
    options.channels = {{.name = "packed", .compression = 3}, {.name = "", .parallelism = 2}};
    options.listen = address;
    options.security.tls = files_of("n1", "n1", authority_);
    n1 = opened(options, start_mirror);
    ASSERT_TRUE(are_connected(*n1, *n2)) << log_.text();
    EXPECT_TRUE(is_mirrored(*n2, content_of(200'000)));
}

}  // namespace
