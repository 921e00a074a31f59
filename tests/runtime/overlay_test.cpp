#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include <overlay_cluster.hpp>
#include <overlay_gossip.hpp>

namespace {

using namespace partita;
using namespace partita::test;

const overlay_options server{overlay_kind::client_server, overlay_role::server, {}};
const overlay_options client{overlay_kind::client_server, overlay_role::client, {}};
const overlay_options links{overlay_kind::static_links, overlay_role::none, {}};

void start_mesh(cluster& it, int count) {
    for (int number = 1; number <= count; ++number) {
        it.start(number);
        if (number > 1) it.join(number, 1);
    }
    ASSERT_TRUE(it.settle());
}

// ---- the text form -----------------------------------------------------------------------------

TEST(overlay_text, of_every_kind_is_read_back) {
    for (const char* text :
         {"full-mesh", "client-server:server", "client-server:client", "static"}) {
        const auto read = parse_overlay(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(to_text(*read), text);
        EXPECT_EQ(make_overlay(*read, spec(1), 1)->members(), nodes({1}));
    }
    EXPECT_EQ(parse_overlay("client-server:client")->role, overlay_role::client);
}

TEST(overlay_text, of_no_kind_says_what_was_expected) {
    for (const char* text : {"", "mesh", "client-server", "client-server:", "static "}) {
        EXPECT_NE(parse_overlay(text).error().find("expected full-mesh"), std::string::npos);
    }
}

TEST(static_full_mesh, needs_no_protocol) {
    full_mesh mesh(n(1), {n(2)});
    EXPECT_FALSE(mesh.dynamic());
    const overlay_actions joined = mesh.handle(join_asked{spec(3)});
    EXPECT_EQ(joined.joined, nodes({3}));
    EXPECT_EQ(joined.connect, std::vector{spec(3)});
    EXPECT_EQ(mesh.handle(leave_asked{n(2)}).left, nodes({2}));
    EXPECT_EQ(mesh.members(), nodes({1, 3}));
    EXPECT_EQ(mesh.next_hop(n(2)), std::nullopt);
}

// ---- full mesh ---------------------------------------------------------------------------------

TEST(gossiped_mesh, all_meet_who_joined_one_of_them) {
    cluster it;
    start_mesh(it, 5);
    for (int number = 1; number <= 5; ++number) {
        EXPECT_EQ(it.members(number), nodes({1, 2, 3, 4, 5}));
        EXPECT_EQ(it.of(number).neighbours().size(), 4U);
        for (int other = number + 1; other <= 5; ++other) EXPECT_TRUE(it.connected(number, other));
    }
    EXPECT_TRUE(it.at_rest()) << "nodes that agree have nothing to say";
}

TEST(gossiped_mesh, two_meshes_become_one) {
    cluster it;
    for (int number = 1; number <= 6; ++number) it.start(number);
    it.join(2, 1);
    it.join(3, 1);
    it.join(5, 4);
    it.join(6, 4);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(6), nodes({4, 5, 6}));
    it.join(3, 5);
    ASSERT_TRUE(it.settle());
    for (int number = 1; number <= 6; ++number) {
        EXPECT_EQ(it.members(number), nodes({1, 2, 3, 4, 5, 6}));
    }
}

TEST(gossiped_mesh, a_lost_connection_or_a_crash_removes_nobody) {
    cluster it;
    start_mesh(it, 3);
    it.lose_connection(1, 2);
    EXPECT_EQ(it.members(1), nodes({1, 2, 3}));
    it.stop(3);
    EXPECT_EQ(it.members(1), nodes({1, 2, 3}));
    EXPECT_EQ(it.of(1).next_hop(n(3)), n(3));
    ASSERT_TRUE(it.settle());
    it.start(3);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(3), nodes({1, 2, 3})) << "the others connect again with who restarted";
}

TEST(gossiped_mesh, who_leaves_is_alone_and_forgotten) {
    cluster it;
    start_mesh(it, 4);
    it.leave(2, 2);
    EXPECT_EQ(it.members(2), nodes({2}));
    ASSERT_TRUE(it.settle());
    for (const int number : {1, 3, 4}) {
        EXPECT_EQ(it.members(number), nodes({1, 3, 4}));
        EXPECT_FALSE(it.connected(number, 2));
        EXPECT_EQ(it.of(number).next_hop(n(2)), std::nullopt);
    }
    EXPECT_TRUE(it.at_rest());
}

TEST(gossiped_mesh, all_may_leave_at_once) {
    cluster it;
    start_mesh(it, 4);
    for (int number = 1; number <= 4; ++number) it.leave(number, number);
    ASSERT_TRUE(it.settle());
    for (int number = 1; number <= 4; ++number) EXPECT_EQ(it.members(number), nodes({number}));
    EXPECT_TRUE(it.at_rest());
}

TEST(gossiped_mesh, who_is_removed_by_another_hears_of_it_and_stays_away) {
    cluster it;
    start_mesh(it, 4);
    it.leave(1, 3);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(3), nodes({3}));
    EXPECT_EQ(it.members(4), nodes({1, 2, 4}));
}

TEST(gossiped_mesh, stale_gossip_does_not_bring_back_who_left) {
    cluster it;
    start_mesh(it, 4);
    // n4 hears nothing of it, and does not lose its connections.
    it.cut([](const cluster::packet& each) { return each.content.to == n(4); });
    it.leave(2, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(4), nodes({1, 2, 3, 4}));
    EXPECT_FALSE(it.at_rest());
    it.heal();
    it.tick();
    ASSERT_TRUE(it.settle());
    for (const int number : {1, 3, 4}) EXPECT_EQ(it.members(number), nodes({1, 3, 4}));
    EXPECT_EQ(it.members(2), nodes({2}));
}

TEST(gossiped_mesh, who_was_removed_while_cut_off_learns_it_when_it_is_back) {
    cluster it;
    start_mesh(it, 3);
    it.cut([](const auto& each) { return each.content.to == n(3) || each.from == n(3); });
    it.leave(1, 3);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(3), nodes({1, 2, 3}));
    EXPECT_EQ(it.members(2), nodes({1, 2}));
    it.heal();
    it.tick();
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(3), nodes({3}));
    EXPECT_EQ(it.members(1), nodes({1, 2}));
    EXPECT_EQ(it.members(2), nodes({1, 2}));
}

TEST(gossiped_mesh, who_left_comes_back_by_joining_and_not_by_being_joined) {
    cluster it;
    start_mesh(it, 3);
    it.leave(2, 2);
    ASSERT_TRUE(it.settle());
    it.join(1, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(1), nodes({1, 3}));
    for (int times = 0; times < 3; ++times) {
        it.join(2, 3);
        ASSERT_TRUE(it.settle());
        for (int number = 1; number <= 3; ++number) {
            EXPECT_EQ(it.members(number), nodes({1, 2, 3}));
        }
        it.leave(times == 1 ? 1 : 2, 2);
        ASSERT_TRUE(it.settle());
        EXPECT_EQ(it.members(1), nodes({1, 3}));
        EXPECT_EQ(it.members(2), nodes({2}));
    }
}

TEST(gossiped_mesh, a_later_life_of_who_left_may_join) {
    cluster it;
    start_mesh(it, 3);
    it.leave(2, 2);
    ASSERT_TRUE(it.settle());
    it.stop(2);
    it.start(2);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(1), nodes({1, 3}));
    it.join(2, 1);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(3), nodes({1, 2, 3}));
}

TEST(gossiped_mesh, a_later_life_of_who_was_removed_may_be_joined) {
    cluster it;
    start_mesh(it, 3);
    it.stop(2);
    it.leave(1, 2);
    ASSERT_TRUE(it.settle());
    it.join(1, 2);
    it.start(2);
    ASSERT_TRUE(it.settle());
    for (int number = 1; number <= 3; ++number) EXPECT_EQ(it.members(number), nodes({1, 2, 3}));
}

TEST(gossiped_mesh, a_contact_is_found_by_its_address_alone) {
    const auto overlay = make_overlay({}, spec(1), 1);
    const auto asked = overlay->handle(join_asked{contact_at("127.0.0.1:9090")}).connect;
    EXPECT_EQ(asked, std::vector{contact_at("127.0.0.1:9090")});
    peer_spec answered = spec(2);
    answered.address = "127.0.0.1:9090";
    const overlay_actions told = overlay->handle(peer_found{answered, 1});
    EXPECT_EQ(told.messages.size(), 1U);
    EXPECT_EQ(told.messages[0].to, n(2));
}

TEST(gossiped_mesh, a_member_that_moved_is_asked_for_at_its_new_address) {
    auto moved = spec(2);
    moved.address = "10.0.0.2:2";
    const auto mover = make_overlay({}, moved, 7);
    const auto stayer = make_overlay({}, spec(1), 1);
    membership_record before;
    before.node = spec(2);
    before.node.address = "10.0.0.2:1";
    before.incarnation = 6;
    const auto old_news = overlay_message::of(n(1), membership_state{{before}});
    EXPECT_EQ(stayer->handle(peer_said{n(3), old_news.type, &old_news.content}).connect,
              std::vector{before.node});
    const overlay_actions told = mover->handle(peer_found{spec(3), 1});
    ASSERT_EQ(told.messages.size(), 1U);
    const overlay_actions heard =
        stayer->handle(peer_said{n(2), told.messages[0].type, &told.messages[0].content});
    EXPECT_EQ(heard.connect, std::vector{moved});
}

TEST(gossiped_mesh, refuses_nodes_of_other_overlays_and_bytes_that_are_no_state) {
    const auto overlay = make_overlay({}, spec(1), 1);
    peer_spec other = spec(2);
    other.role = "client";
    EXPECT_EQ(overlay->handle(peer_found{other, 1}).disconnect, nodes({2}));
    payload noise;
    noise.append("noise", 5);
    EXPECT_FALSE(
        overlay->handle(peer_said{n(3), &message_type_of<membership_state>, &noise}).understood);
    EXPECT_FALSE(
        overlay->handle(peer_said{n(3), &message_type_of<link_request>, &noise}).understood);
    EXPECT_EQ(overlay->members(), nodes({1}));
}

TEST(gossiped_mesh, what_a_node_says_of_itself_prevails_over_damaged_gossip) {
    const auto overlay = make_overlay({}, spec(1), 1);
    membership_record wrong;
    wrong.node = spec(1);
    wrong.node.address = "nowhere";
    wrong.incarnation = 9;
    wrong.left = true;
    const auto news = overlay_message::of(n(1), membership_state{{wrong}});
    (void)overlay->handle(peer_found{spec(2), 1});
    const auto answer = overlay->handle(peer_said{n(2), news.type, &news.content});
    ASSERT_EQ(answer.messages.size(), 1U);
    membership_state told;
    ASSERT_TRUE(decode(answer.messages[0].content, told));
    EXPECT_EQ(told.records[0].node, spec(1));
    EXPECT_FALSE(told.records[0].left);
    EXPECT_TRUE(detail::newer(told.records[0], wrong));
}

/// Nodes join, leave, remove, crash, restart and lose connections while messages come in any order,
/// are lost and repeated. Healed, all who still belong to each other agree.
RC_GTEST_PROP(gossiped_mesh, agrees_once_the_network_heals, (std::uint64_t seed)) {
    constexpr int count = 5;
    random_source random(seed);
    cluster it;
    for (int number = 1; number <= count; ++number) it.start(number);
    for (int number = 2; number <= count; ++number) it.join(number, 1);
    const auto any = [&] { return static_cast<int>(random.below(count)) + 1; };
    for (std::uint64_t steps = random.below(150); steps > 0; --steps) {
        const int one = any();
        const int other = any();
        switch (random.below(12)) {
            case 0:
                if (it.runs(one) && one != other) it.join(one, other);
                break;
            case 1:
                if (it.runs(one)) it.leave(one, other);
                break;
            case 2:
                it.runs(one) ? it.stop(one) : it.start(one);
                break;
            case 3:
                if (it.runs(one) && it.runs(other)) it.lose_connection(one, other);
                break;
            case 4:
                it.tick();
                break;
            case 5:
                if (it.packets() != 0) it.repeat(random.below(it.packets()));
                break;
            case 6:
                if (it.packets() != 0) it.lose(random.below(it.packets()));
                break;
            case 7:
                RC_ASSERT(it.settle(&random));
                break;
            default:
                if (it.packets() != 0) it.deliver(random.below(it.packets()));
        }
    }
    for (int turns = 0; turns < 40; ++turns) {
        RC_ASSERT(it.settle(&random));
        if (it.at_rest()) break;
        it.tick();
    }
    RC_ASSERT(it.at_rest());
    for (int one = 1; one <= count; ++one) {
        for (int other = 1; it.runs(one) && other <= count; ++other) {
            if (one == other || !it.runs(other)) continue;
            const ids known = it.members(one);
            const bool member = std::find(known.begin(), known.end(), n(other)) != known.end();
            RC_ASSERT(member == it.connected(one, other));
            if (member) RC_ASSERT(known == it.members(other));
        }
    }
}

/// Once all heard of a leave, no old message brings the node back.
RC_GTEST_PROP(gossiped_mesh, who_left_stays_left, (std::uint64_t seed)) {
    constexpr int count = 5;
    random_source random(seed);
    cluster it;
    for (int number = 1; number <= count; ++number) it.start(number);
    for (int number = 2; number <= count; ++number) {
        it.join(number, number / 2);
    }
    for (std::uint64_t steps = random.below(40); steps > 0 && it.packets() != 0; --steps) {
        random.chance(1, 3) ? it.repeat(random.below(it.packets()))
                            : it.deliver(random.below(it.packets()));
    }
    RC_ASSERT(it.settle(&random));
    const int by = random.chance(1, 2) ? 2 : 4;
    it.leave(by, 4);
    for (std::uint64_t steps = random.below(40); steps > 0; --steps) {
        if (it.packets() == 0) break;
        switch (random.below(4)) {
            case 0:
                it.repeat(random.below(it.packets()));
                break;
            case 1:
                it.lose(random.below(it.packets()));
                break;
            case 2:
                it.lose_connection(1 + static_cast<int>(random.below(3)), 4);
                break;
            default:
                it.deliver(random.below(it.packets()));
        }
    }
    for (int turns = 0; turns < 20 && !it.at_rest(); ++turns) {
        RC_ASSERT(it.settle(&random));
        it.tick();
    }
    RC_ASSERT(it.settle(&random));
    RC_ASSERT(it.members(4) == nodes({4}));
    for (const int number : {1, 2, 3, 5}) {
        RC_ASSERT(it.members(number) == nodes({1, 2, 3, 5}));
        RC_ASSERT(!it.connected(number, 4));
    }
}

// ---- client and server -------------------------------------------------------------------------

/// n1 and n2 serve, n3, n4 and n5 are clients that joined n1.
void start_served(cluster& it) {
    for (int number = 1; number <= 5; ++number) {
        it.start(number, number <= 2 ? server : client);
        if (number > 1) it.join(number, 1);
    }
    ASSERT_TRUE(it.settle());
}

TEST(client_server, clients_connect_to_all_servers_and_not_to_each_other) {
    cluster it;
    start_served(it);
    EXPECT_TRUE(it.connected(1, 2));
    for (int number = 1; number <= 5; ++number) {
        EXPECT_EQ(it.members(number), nodes({1, 2, 3, 4, 5}));
        if (number <= 2) continue;
        EXPECT_EQ(it.of(number).neighbours(), nodes({1, 2}));
        EXPECT_TRUE(it.connected(1, number) && it.connected(2, number));
        EXPECT_FALSE(it.connected(3, number));
    }
    EXPECT_TRUE(it.at_rest());
}

TEST(client_server, a_server_may_be_joined_by_anyone_and_a_client_by_servers) {
    cluster it;
    it.start(1, server);
    it.start(2, client);
    it.start(3, client);
    it.start(4);
    it.join(1, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_TRUE(it.connected(1, 2));
    it.join(2, 3);
    ASSERT_TRUE(it.settle());
    EXPECT_FALSE(it.connected(2, 3)) << "two clients";
    EXPECT_EQ(it.members(3), nodes({3}));
    it.join(4, 1);
    ASSERT_TRUE(it.settle());
    EXPECT_FALSE(it.connected(4, 1)) << "no role, and a server";
    EXPECT_EQ(it.members(1), nodes({1, 2}));
}

TEST(client_server, clients_reach_each_other_over_a_server_that_has_both) {
    cluster it;
    start_served(it);
    const auto hop = it.of(3).next_hop(n(4));
    ASSERT_TRUE(hop == n(1) || hop == n(2));
    EXPECT_EQ(it.of(*hop == n(1) ? 1 : 2).next_hop(n(4)), n(4));
    EXPECT_EQ(it.of(3).next_hop(n(9)), std::nullopt);
}

TEST(client_server, a_server_forwards_to_the_one_that_has_the_client) {
    cluster it;
    start_served(it);
    overlay& first = it.of(1);
    (void)first.handle(peer_lost{n(4)});
    EXPECT_EQ(first.next_hop(n(4)), n(2));
    (void)first.handle(peer_lost{n(2)});
    EXPECT_EQ(first.next_hop(n(4)), std::nullopt) << "nobody it is connected to has it";
}

TEST(client_server, a_client_takes_another_server_when_one_is_down) {
    cluster it;
    start_served(it);
    it.stop(1);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.of(3).next_hop(n(4)), n(2));
    EXPECT_EQ(it.of(3).next_hop(n(1)), n(2)) << "it may yet reach that one";
    it.stop(2);
    EXPECT_EQ(it.of(3).next_hop(n(4)), std::nullopt);
    it.start(1, server);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.of(3).next_hop(n(4)), n(1));
    EXPECT_EQ(it.members(1), nodes({1, 2, 3, 4, 5}));
}

TEST(client_server, a_client_that_leaves_has_no_route_any_more) {
    cluster it;
    start_served(it);
    it.leave(4, 4);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(3), nodes({1, 2, 3, 5}));
    EXPECT_EQ(it.of(3).next_hop(n(4)), std::nullopt);
    EXPECT_FALSE(it.connected(1, 4));
    it.join(4, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_TRUE(it.of(3).next_hop(n(4)).has_value());
}

TEST(client_server, a_client_that_crashed_has_no_route_until_it_is_back) {
    cluster it;
    start_served(it);
    it.stop(4);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.of(1).next_hop(n(4)), std::nullopt) << "no server may think that another has it";
    EXPECT_EQ(it.of(2).next_hop(n(4)), std::nullopt);
    it.start(4, client);
    it.join(4, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.of(1).next_hop(n(4)), n(4));
}

TEST(client_server, a_server_that_comes_back_before_it_was_missed_has_its_clients) {
    cluster it;
    start_served(it);
    it.leave(1, 1);
    while (it.packets() != 0) it.lose(0);
    it.join(1, 2);
    it.tick();
    ASSERT_TRUE(it.settle());
    overlay& second = it.of(2);
    (void)second.handle(peer_lost{n(3)});
    EXPECT_EQ(second.next_hop(n(3)), n(1));
}

/// Whatever servers are up, each route between two connected clients ends within three hops.
RC_GTEST_PROP(client_server, every_route_arrives, (std::uint64_t seed)) {
    random_source random(seed);
    cluster it;
    for (int number = 1; number <= 8; ++number) {
        it.start(number, number <= 3 ? server : client);
        if (number > 1) it.join(number, number <= 3 ? 1 : 1 + static_cast<int>(random.below(3)));
    }
    RC_ASSERT(it.settle(&random));
    for (int faults = 0; faults < 6; ++faults) {
        const int one = 1 + static_cast<int>(random.below(3));
        it.runs(one) ? it.stop(one) : it.start(one, server);
    }
    for (int turns = 0; turns < 20; ++turns) {
        RC_ASSERT(it.settle(&random));
        it.tick();
    }
    const bool any_up = it.runs(1) || it.runs(2) || it.runs(3);
    for (int from = 4; from <= 8; ++from) {
        for (int to = 4; any_up && to <= 8; ++to) {
            node_id at = n(from);
            int hops = 0;
            for (; at != n(to) && hops < 4; ++hops) {
                const auto next = it.of(at.name()[1] - '0').next_hop(n(to));
                RC_ASSERT(next.has_value());
                at = *next;
            }
            RC_ASSERT(hops <= 3);
        }
    }
}

// ---- static ------------------------------------------------------------------------------------

TEST(static_overlay, links_are_made_by_joining_and_nothing_is_told_of_others) {
    cluster it;
    for (int number = 1; number <= 3; ++number) it.start(number, links);
    it.join(1, 2);
    it.join(3, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(1), nodes({1, 2}));
    EXPECT_EQ(it.members(2), nodes({1, 2, 3}));
    EXPECT_EQ(it.members(3), nodes({2, 3}));
    EXPECT_EQ(it.of(1).next_hop(n(3)), std::nullopt);
    EXPECT_EQ(it.of(1).next_hop(n(2)), n(2));
}

TEST(static_overlay, either_side_ends_a_link) {
    for (const int by : {1, 2}) {
        cluster it;
        for (int number = 1; number <= 3; ++number) it.start(number, links);
        it.join(1, 2);
        it.join(3, 2);
        ASSERT_TRUE(it.settle());
        it.leave(by, 3 - by);
        ASSERT_TRUE(it.settle());
        EXPECT_EQ(it.members(1), nodes({1}));
        EXPECT_EQ(it.members(2), nodes({2, 3}));
        EXPECT_FALSE(it.connected(1, 2));
    }
}

TEST(static_overlay, who_leaves_ends_all_its_links) {
    cluster it;
    for (int number = 1; number <= 3; ++number) it.start(number, links);
    it.join(1, 2);
    it.join(3, 2);
    ASSERT_TRUE(it.settle());
    it.leave(2, 2);
    ASSERT_TRUE(it.settle());
    for (int number = 1; number <= 3; ++number) EXPECT_EQ(it.members(number), nodes({number}));
}

TEST(static_overlay, an_end_that_got_lost_is_told_when_the_other_comes_back) {
    cluster it;
    it.start(1, links);
    it.start(2, links);
    it.join(1, 2);
    ASSERT_TRUE(it.settle());
    it.cut([](const auto&) { return true; });
    it.leave(2, 1);
    while (it.packets() != 0) it.deliver(0);
    EXPECT_EQ(it.members(1), nodes({1, 2})) << "it knows nothing yet";
    it.heal();
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(1), nodes({1}));
    EXPECT_EQ(it.members(2), nodes({2}));
    it.join(1, 2);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(2), nodes({1, 2})) << "a new join counts";
}

TEST(static_overlay, a_link_outlives_a_lost_connection_and_a_crash_of_who_was_joined) {
    cluster it;
    it.start(1, links);
    it.start(2, links);
    it.join(1, 2);
    ASSERT_TRUE(it.settle());
    it.lose_connection(1, 2);
    EXPECT_EQ(it.members(2), nodes({1, 2}));
    ASSERT_TRUE(it.settle());
    it.stop(2);
    EXPECT_EQ(it.members(1), nodes({1, 2}));
    it.start(2, links);
    ASSERT_TRUE(it.settle());
    EXPECT_EQ(it.members(2), nodes({1, 2}));
}

}  // namespace
