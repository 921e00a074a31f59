#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <partita/runtime/membership.hpp>
#include <partita/runtime/node_events.hpp>

namespace {

using namespace partita;
using words = std::vector<std::string>;

constexpr channel bulk{"bulk"};

/// Callbacks that write down what they are told.
struct listener {
    detail::peer_table table;
    words heard;

    up_callback up(const std::string& who) {
        return [this, who](node_id id) { heard.push_back(who + " up " + id.name()); };
    }
    down_callback down(const std::string& who) {
        return [this, who](node_id id, std::string_view why) {
            heard.push_back(who + " down " + id.name() + " " + std::string(why));
        };
    }
};

TEST(peer_table, knows_who_is_up_in_which_life) {
    detail::peer_table table;
    EXPECT_FALSE(table.life_of(node_id("n1")));
    table.add(node_id("n2"), 3);
    table.add(node_id("n1"), 1);
    EXPECT_EQ(table.life_of(node_id("n2")), 3U);
    EXPECT_EQ(table.lives().front().first, node_id("n1"));
    EXPECT_TRUE(table.remove(node_id("n2")));
    EXPECT_FALSE(table.remove(node_id("n2")));
    EXPECT_FALSE(table.contains(node_id("n2")));
}

TEST(peer_table, counts_each_channel_once_and_only_of_peers_that_are_up) {
    detail::peer_table table;
    EXPECT_FALSE(table.add_channel(node_id("n1"), bulk.hash));
    table.add(node_id("n1"), 1);
    EXPECT_TRUE(table.add_channel(node_id("n1"), bulk.hash));
    EXPECT_FALSE(table.add_channel(node_id("n1"), bulk.hash));
    EXPECT_TRUE(table.remove_channel(node_id("n1"), bulk.hash));
    EXPECT_FALSE(table.remove_channel(node_id("n1"), bulk.hash));
    table.add_channel(node_id("n1"), bulk.hash);
    table.add(node_id("n1"), 2);
    EXPECT_TRUE(table.channels_of(node_id("n1")).empty()) << "another life, other connections";
}

TEST(peer_table, calls_back_those_whom_an_event_concerns) {
    listener it;
    it.table.on_up(it.up("all"), {});
    it.table.on_up(it.up("n1"), {.node = node_id("n1")});
    it.table.on_up(it.up("bulk"), {.channel = bulk});
    it.table.on_up(it.up("n2 bulk"), {.node = node_id("n2"), .channel = bulk});
    it.table.on_down(it.down("all"), {});
    it.table.tell_up(node_id("n1"), {});
    it.table.tell_up(node_id("n1"), bulk.hash);
    it.table.tell_up(node_id("n2"), bulk.hash);
    it.table.tell_up(node_id("n2"), channel("other").hash);
    it.table.tell_down(node_id("n1"), {}, "gone");
    it.table.tell_down(node_id("n1"), bulk.hash, "gone");
    EXPECT_EQ(it.heard, (words{"all up n1", "n1 up n1", "bulk up n1", "bulk up n2", "n2 bulk up n2",
                               "all down n1 gone"}));
}

TEST(peer_table, a_cancelled_callback_is_silent) {
    listener it;
    const event_handle first = it.table.on_up(it.up("first"), {});
    const event_handle second = it.table.on_up(it.up("second"), {});
    EXPECT_TRUE(it.table.cancel(first));
    EXPECT_FALSE(it.table.cancel(first));
    EXPECT_FALSE(it.table.cancel(event_handle{}));
    it.table.tell_up(node_id("n1"), {});
    EXPECT_EQ(it.heard, (words{"second up n1"}));
    EXPECT_TRUE(it.table.cancel(second));
}

TEST(peer_table, a_callback_may_cancel_itself_and_others_and_add_more) {
    listener it;
    event_handle own;
    event_handle other;
    own = it.table.on_up(
        [&](node_id) {
            it.heard.push_back("own");
            it.table.cancel(own);
            it.table.cancel(other);
            it.table.on_up(it.up("added"), {});
        },
        {});
    other = it.table.on_up(it.up("other"), {});
    it.table.tell_up(node_id("n1"), {});
    EXPECT_EQ(it.heard, (words{"own"}));
    it.table.tell_up(node_id("n2"), {});
    EXPECT_EQ(it.heard, (words{"own", "added up n2"}));
}

TEST(membership_messages, print_their_fields) {
    membership_state state;
    state.records.resize(1);
    state.records[0].node = peer_spec{node_id("n1"), "n1", "a:1", "server"};
    state.records[0].incarnation = 2;
    state.records[0].clients = {node_id("n3")};
    EXPECT_EQ(to_text(state),
              "membership_state{records: [{node: {id: n1, name: \"n1\", address: \"a:1\", role: "
              "\"server\"}, incarnation: 2, joining: 0, left: false, version: 0, clients: "
              "[n3]}]}");
    EXPECT_EQ(to_text(node_down{node_id("n1"), "node down"}),
              "node_down{node: n1, reason: \"node down\"}");
}

}  // namespace
