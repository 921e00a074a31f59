#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <partita/runtime/overlay.hpp>
#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using numbers = std::vector<std::int64_t>;
using words = std::vector<std::string>;

std::string text_of(const std::vector<node_id>& ids) {
    std::string text;
    for (const node_id id : ids) text += (text.empty() ? "" : " ") + id.name();
    return text;
}
std::string members(small_world& it, std::string_view id) {
    return text_of(it->find(node_id(id))->members());
}
std::string connected(small_world& it, std::string_view id) {
    return text_of(it->find(node_id(id))->connected());
}

/// All nodes get this overlay; the first `servers` serve, where it has servers.
world_options with(overlay_kind kind, std::vector<peer_spec> contacts = {}, int servers = 0) {
    world_options options;
    options.overlay = [=](const peer_spec& self, std::uint64_t incarnation) {
        const bool serves = self.name[1] - '0' <= servers;
        return make_overlay({kind, serves ? overlay_role::server : overlay_role::client, contacts},
                            self, incarnation);
    };
    return options;
}
world_options mesh(std::vector<peer_spec> contacts = {}) {
    return with(overlay_kind::full_mesh, std::move(contacts));
}

void nothing(node&) {}

/// Notes, as words, the node events of its node.
struct node_watcher {
    using accepts = messages<node_up, node_down, member_joined, member_left>;
    void on_start(context& self) { self.monitor_nodes(); }
    void on_message(context& self, const node_up& it) {
        self.note(word{"up " + it.node.name() + " " + std::to_string(it.incarnation)});
    }
    void on_message(context& self, const node_down& it) {
        self.note(word{"down " + it.node.name() + " " + it.reason});
    }
    void on_message(context& self, const member_joined& it) {
        self.note(word{"joined " + it.node.name()});
    }
    void on_message(context& self, const member_left& it) {
        self.note(word{"left " + it.node.name()});
    }
};

void watch_on_n1(node& here) {
    if (is(here, "n1")) here.spawn<node_watcher>("watcher");
}

std::string joins_in_turn(std::uint64_t& hash) {
    small_world it(
        5,
        [](node& here) {
            here.spawn_fiber("joiner", [](fiber_context& self) {
                const int number = self.node().name()[1] - '0';
                if (number == 1) return;
                self.sleep(number * 1s);
                const auto joined =
                    self.sync_join(contact_named("n" + std::to_string(number - 1)), 5s);
                self.note(word{joined ? self.node().name() : "failed"});
            });
        },
        mesh());
    it.finish();
    EXPECT_EQ(it.words(), (words{"n2", "n3", "n4", "n5"}));
    for (const char* id : {"n1", "n2", "n3", "n4", "n5"}) {
        EXPECT_EQ(members(it, id), "n1 n2 n3 n4 n5");
        EXPECT_EQ(it->find(node_id(id))->connected().size(), 4U);
    }
    hash = it->trace().hash();
    return it.end_text();
}

TEST(membership, five_nodes_join_one_after_the_other_each_time_in_the_same_way) {
    std::uint64_t first = 0;
    std::uint64_t second = 1;
    EXPECT_EQ(joins_in_turn(first), "");
    EXPECT_EQ(joins_in_turn(second), "");
    EXPECT_EQ(first, second);
}

TEST(membership, five_nodes_that_join_one_contact_at_once_all_meet) {
    small_world it(5, nothing, mesh({contact_named("n1")}));
    it.finish();
    for (const char* id : {"n1", "n2", "n3", "n4", "n5"}) {
        EXPECT_EQ(members(it, id), "n1 n2 n3 n4 n5");
    }
    EXPECT_EQ(connected(it, "n4"), "n1 n2 n3 n5");
    EXPECT_TRUE(it->quiescent()) << "nodes that agree are silent";
}

TEST(membership, a_contact_may_be_known_by_its_address_only) {
    small_world it(2, nothing, mesh({contact_at("n1:9090")}));
    it.finish();
    EXPECT_EQ(members(it, "n2"), "n1 n2");
    EXPECT_EQ(members(it, "n1"), "n1 n2");
}

TEST(membership, runs_on_a_channel_of_its_own_under_its_own_name) {
    small_world it(2, nothing, mesh({contact_named("n1")}));
    it.finish();
    int states = 0;
    for (const traced_event& each : it->trace().events()) {
        if (each.kind != event_kind::send) continue;
        EXPECT_EQ(each.channel, membership_channel);
        EXPECT_EQ(each.destination, at(each.destination.node.name(), membership_name));
        states += each.type->name == "membership_state" ? 1 : 0;
    }
    EXPECT_EQ(states, 2) << "one tells, the other answers, and the first agrees";
}

TEST(membership, what_was_omitted_is_said_again_after_ten_seconds) {
    small_world it(
        2,
        [](node& here) {
            here.hooks().install("omit", [](direction way, const envelope& message) {
                return way == direction::send && message.ordinal == 1 ? disposition::drop("omitted")
                                                                      : disposition::pass();
            });
        },
        mesh({contact_named("n1")}));
    it->run_for(9s);
    EXPECT_EQ(members(it, "n2"), "n2");
    it.finish();
    EXPECT_EQ(members(it, "n2"), "n1 n2");
    EXPECT_GT(it->now().time_since_epoch(), 10s);
    EXPECT_LT(it->now().time_since_epoch(), 25s);
}

TEST(membership, a_partition_during_the_join_heals) {
    auto cut = std::make_shared<bool>(true);
    small_world it(
        5,
        [cut](node& here) {
            here.hooks().install("cut", [cut](direction way, const envelope& message) {
                const auto side = [](node_id id) {
                    return id == node_id("n4") || id == node_id("n5");
                };
                const bool crosses = side(message.link_from) != side(message.link_to);
                return *cut && crosses && way == direction::send ? disposition::drop("partition")
                                                                 : disposition::pass();
            });
        },
        mesh({contact_named("n1")}));
    it->run_for(30s);
    EXPECT_EQ(members(it, "n3"), "n1 n2 n3");
    EXPECT_EQ(members(it, "n5"), "n5");
    *cut = false;
    it.finish();
    for (const char* id : {"n1", "n2", "n3", "n4", "n5"}) {
        EXPECT_EQ(members(it, id), "n1 n2 n3 n4 n5");
    }
}

TEST(membership, who_leaves_is_gone_for_all_until_it_joins_again) {
    small_world it(
        4,
        [](node& here) {
            watch_on_n1(here);
            if (!is(here, "n3")) return;
            here.spawn_fiber("leaver", [](fiber_context& self) {
                self.sleep(5s);
                self.leave();
                self.sleep(5s);
                self.note(
                    word{"alone " + text_of(self.members()) + "," + text_of(self.connected())});
                self.sleep(60s);
                EXPECT_TRUE(self.sync_join(contact_named("n4"), 5s));
            });
        },
        mesh({contact_named("n1")}));
    it->run_for(60s);
    EXPECT_EQ(members(it, "n1"), "n1 n2 n4");
    EXPECT_EQ(members(it, "n4"), "n1 n2 n4");
    it.finish();
    EXPECT_EQ(members(it, "n1"), "n1 n2 n3 n4");
    EXPECT_EQ(members(it, "n3"), "n1 n2 n3 n4");
    const words told = it.words();
    const auto count = [&](const char* text) { return std::count(told.begin(), told.end(), text); };
    EXPECT_EQ(count("joined n3"), 2);
    EXPECT_EQ(count("left n3"), 1);
    EXPECT_EQ(count("alone n3,"), 1);
}

TEST(membership, a_node_that_crashed_can_be_removed_by_another) {
    small_world it(3, nothing, mesh({contact_named("n1")}));
    it.finish();
    it.crash("n3");
    it->run_for(1s);
    it->find(node_id("n2"))->leave(node_id("n3"));
    it.finish();
    EXPECT_EQ(members(it, "n1"), "n1 n2");
    EXPECT_TRUE(it->quiescent()) << "nobody asks for it any more";
}

TEST(membership, a_crash_is_told_and_removes_nobody_and_a_restart_reconnects) {
    small_world it(3, watch_on_n1, mesh({contact_named("n1")}));
    it.finish();
    it.crash("n3");
    it.finish();
    EXPECT_EQ(members(it, "n1"), "n1 n2 n3");
    EXPECT_EQ(connected(it, "n1"), "n2");
    it.restart("n3");
    it.finish();
    EXPECT_EQ(members(it, "n3"), "n1 n2 n3");
    EXPECT_EQ(connected(it, "n3"), "n1 n2");
    EXPECT_EQ(it.words(), (words{"up n2 1", "up n3 1", "joined n2", "joined n3",
                                 "down n3 node down", "up n3 2"}));
}

TEST(membership, the_contact_of_all_restarts_and_finds_them_again) {
    small_world it(4, nothing, mesh({contact_named("n1")}));
    it.finish();
    it.crash("n1");
    it->run_for(5s);
    it.restart("n1");
    it.finish();
    EXPECT_EQ(members(it, "n1"), "n1 n2 n3 n4");
}

TEST(membership, a_paused_node_hears_of_its_connections_when_it_goes_on) {
    small_world it(2, nothing, mesh({contact_named("n1")}));
    it.pause("n1");
    it->run_for(5s);
    EXPECT_EQ(members(it, "n2"), "n2");
    it.resume("n1");
    it.finish();
    EXPECT_EQ(members(it, "n2"), "n1 n2");
}

/// n2 tries to join that contact for 3 s, and notes what became of it.
small_world joining(const peer_spec& contact, const world_options& options) {
    return small_world(
        2,
        [=](node& here) {
            if (!is(here, "n2")) return;
            here.spawn_fiber("joiner", [=](fiber_context& self) {
                const auto joined = self.sync_join(contact, 3s);
                self.note(word{joined                                  ? "joined"
                               : joined.error() == join_error::timeout ? "timeout"
                                                                       : "refused"});
            });
        },
        options);
}

TEST(sync_join, gives_up_waiting_but_not_trying) {
    auto it = joining(contact_named("n1"), mesh());
    it.crash("n1");
    it.finish();
    EXPECT_EQ(it.words(), (words{"timeout"}));
    it.restart("n1");
    it.finish();
    EXPECT_EQ(members(it, "n2"), "n1 n2");
}

TEST(sync_join, of_nobody_times_out_and_of_oneself_or_a_static_member_succeeds) {
    auto nobody = joining(contact_named("n9"), mesh());
    nobody.finish();
    EXPECT_EQ(nobody.words(), (words{"timeout"}));
    auto oneself = joining(contact_named("n2"), mesh());
    oneself.finish();
    EXPECT_EQ(oneself.words(), (words{"joined"}));
    auto fixed = joining(contact_named("n1"), {});
    fixed.finish();
    EXPECT_EQ(fixed.words(), (words{"joined"}));
}

TEST(sync_join, of_a_client_by_a_client_is_refused) {
    auto it = joining(contact_named("n1"), with(overlay_kind::client_server));
    it.finish();
    EXPECT_EQ(it.words(), (words{"refused"}));
    EXPECT_EQ(connected(it, "n2"), "");
}

TEST(sync_join, of_a_static_overlay_makes_a_link) {
    auto it = joining(contact_named("n1"), with(overlay_kind::static_links));
    it.finish();
    EXPECT_EQ(it.words(), (words{"joined"}));
    EXPECT_EQ(members(it, "n1"), "n1 n2");
    it->find(node_id("n1"))->leave(node_id("n2"));
    it.finish();
    EXPECT_EQ(members(it, "n2"), "n2");
    EXPECT_EQ(connected(it, "n2"), "");
}

TEST(sync_join, calls_embedding_code_back) {
    small_world it(2, nothing, mesh());
    words heard;
    it->find(node_id("n2"))->sync_join(contact_named("n1"), 5s, [&](const auto& joined) {
        heard.emplace_back(joined ? "joined" : "failed");
    });
    it.finish();
    EXPECT_EQ(heard, (words{"joined"}));
}

TEST(membership, a_request_from_another_node_is_not_obeyed) {
    small_world it(
        2,
        [](node& here) {
            if (!is(here, "n2")) return;
            here.spawn_fiber("intruder", [](fiber_context& self) {
                self.sleep(5s);
                self.send(at("n1", membership_name), membership_leave{node_id("n1")});
            });
        },
        mesh({contact_named("n1")}));
    it.finish();
    EXPECT_EQ(members(it, "n1"), "n1 n2");
    EXPECT_EQ(it.texts(event_kind::drop), (words{"does not decode"}));
}

// ---- node events -------------------------------------------------------------------------------

TEST(monitor_nodes, in_a_static_mesh_tells_of_each_node_of_crashes_and_of_restarts) {
    small_world it(3, watch_on_n1);
    it.finish();
    EXPECT_EQ(it.words(), (words{"up n2 1", "up n3 1"}));
    it.crash("n2");
    it.finish();
    it.restart("n2");
    it.finish();
    EXPECT_EQ(it.words(), (words{"up n2 1", "up n3 1", "down n2 node down", "up n2 2"}));
    EXPECT_EQ(members(it, "n1"), "n1 n2 n3");
}

TEST(monitor_nodes, tells_a_late_comer_first_who_is_up_and_none_who_asked_no_longer) {
    small_world it(2, [](node& here) {
        if (!is(here, "n1")) return;
        here.spawn<node_watcher>("first");
        here.spawn_fiber("late", [](fiber_context& self) {
            self.sleep(1s);
            self.monitor_nodes();
            self.note(word{"late up " + self.receive<node_up>(0s)->node.name()});
            self.demonitor_nodes();
            EXPECT_FALSE(self.receive<node_down>(10s));
        });
    });
    it->run_for(5s);
    it.crash("n2");
    it.finish();
    EXPECT_EQ(it.words(), (words{"up n2 1", "late up n2", "down n2 node down"}));
}

TEST(monitor_nodes, an_actor_that_ended_is_not_told) {
    small_world it(2, [](node& here) {
        if (!is(here, "n1")) return;
        here.spawn<starter>("short", [](context& self) {
            self.monitor_nodes();
            self.exit();
        });
    });
    it.finish();
    EXPECT_TRUE(it.texts(event_kind::drop).empty());
}

TEST(node_callbacks, tell_of_nodes_and_of_each_channel_until_cancelled) {
    static constexpr channel bulk{"bulk"};
    world_options options = mesh({contact_named("n1")});
    options.node.channels =
        std::make_shared<const channel_table>(std::vector<channel_options>{{.name = "bulk"}});
    words heard;
    event_handle cancelled;
    small_world it(
        3,
        [&](node& here) {
            if (!is(here, "n1")) return;
            here.on_up([&](node_id id) { heard.push_back("up " + id.name()); });
            here.on_up([&](node_id id) { heard.push_back("bulk up " + id.name()); },
                       {.node = node_id("n2"), .channel = bulk});
            here.on_down([&](node_id id, std::string_view why) {
                heard.push_back("down " + id.name() + " " + std::string(why));
            });
            here.on_down(
                [&](node_id id, std::string_view) { heard.push_back("bulk down " + id.name()); },
                {.channel = bulk});
            cancelled = here.on_down([&](node_id, std::string_view) { heard.push_back("no"); });
        },
        options);
    it.finish();
    EXPECT_EQ(heard, (words{"up n2", "bulk up n2", "up n3"}));
    heard.clear();
    EXPECT_TRUE(it->find(node_id("n1"))->cancel(cancelled));
    it.crash("n2");
    it.finish();
    EXPECT_EQ(heard, (words{"bulk down n2", "down n2 node down"}));
}

TEST(node_callbacks, the_node_is_down_when_its_last_channel_is) {
    words heard;
    small_world it(
        2,
        [&](node& here) {
            if (!is(here, "n1")) return;
            here.on_down([&](node_id, std::string_view why) { heard.emplace_back(why); });
        },
        mesh({contact_named("n1")}));
    it.finish();
    node& here = *it->find(node_id("n1"));
    here.channel_down(node_id("n2"), channel{}.hash);
    EXPECT_TRUE(heard.empty());
    EXPECT_EQ(connected(it, "n1"), "n2");
    here.channel_down(node_id("n2"), membership_channel.hash);
    EXPECT_EQ(heard, (words{"connection lost"}));
    EXPECT_EQ(connected(it, "n1"), "");
}

TEST(node_callbacks, another_life_of_a_peer_is_first_down_then_up) {
    words heard;
    small_world it(1, nothing);
    node& here = *it->find(node_id("n1"));
    here.on_up([&](node_id) { heard.emplace_back("up"); });
    here.on_down([&](node_id, std::string_view why) { heard.emplace_back(why); });
    here.peer_up(contact_named("n2"), 1);
    here.peer_up(contact_named("n2"), 1);
    here.peer_up(contact_named("n2"), 2);
    EXPECT_EQ(heard, (words{"up", "restarted", "up"}));
}

// ---- relaying ----------------------------------------------------------------------------------

/// n1 and n2 serve, n3 and n4 are clients; n3 sends to n4, one number each second from 5 s on.
small_world served(int count, const world::start_function& besides = nothing) {
    return small_world(
        4,
        [=](node& here) {
            besides(here);
            if (is(here, "n4")) here.spawn<recorder>("recorder");
            if (!is(here, "n3")) return;
            here.spawn_fiber("sender", [count](fiber_context& self) {
                self.sleep(5s);
                for (int value = 1; value <= count; ++value) {
                    self.send(at("n4", "recorder"), number{value});
                    self.sleep(1s);
                }
            });
        },
        with(overlay_kind::client_server, {contact_named("n1"), contact_named("n2")}, 2));
}

TEST(relay, takes_a_message_from_client_to_client_over_one_server) {
    std::set<std::string> links;
    auto it = served(3, [&](node& here) {
        here.hooks().install_pre("links", [&](direction, const envelope& message) {
            if (message.type->name != "number") return;
            links.insert(message.link_from.name() + " " + message.link_to.name() + " " +
                         std::to_string(message.relays));
        });
    });
    it.finish();
    EXPECT_EQ(it.numbers("n4"), (numbers{1, 2, 3}));
    EXPECT_EQ(links.size(), 2U);
    EXPECT_TRUE(links.contains("n3 n1 0") != links.contains("n3 n2 0"));
    EXPECT_EQ(connected(it, "n3"), "n1 n2");
}

TEST(relay, goes_over_another_server_when_one_is_down) {
    for (const char* down : {"n1", "n2"}) {
        auto it = served(6);
        it->run_for(7500ms);
        it.crash(down);
        it.finish();
        EXPECT_EQ(it.numbers("n4"), (numbers{1, 2, 3, 4, 5, 6})) << down;
    }
}

TEST(relay, ends_when_every_server_is_down_and_begins_again_with_the_first) {
    auto it = served(6);
    it->run_for(7500ms);
    it.crash("n1");
    it.crash("n2");
    it->run_for(2s);
    it.restart("n2");
    it.finish();
    EXPECT_EQ(it.numbers("n4"), (numbers{1, 2, 3, 6}));
    EXPECT_EQ(it.texts(event_kind::drop), (words{"no route", "no route"}));
}

TEST(relay, is_the_same_each_time) {
    auto one = served(4);
    auto other = served(4);
    one.finish();
    other.finish();
    EXPECT_EQ(one->trace().hash(), other->trace().hash());
}

/// Sends everything for n3 from n1 to n2 and from n2 to n1.
class circle final : public overlay {
   public:
    explicit circle(node_id self) : next_(self == node_id("n1") ? "n2" : "n1") {}
    [[nodiscard]] const std::vector<node_id>& members() const override { return members_; }
    [[nodiscard]] std::optional<node_id> next_hop(node_id) const override { return next_; }
    [[nodiscard]] std::vector<node_id> neighbours() const override { return {next_}; }
    [[nodiscard]] overlay_actions handle(const overlay_event&) override { return {}; }
    [[nodiscard]] bool dynamic() const override { return false; }

   private:
    node_id next_;
    std::vector<node_id> members_{node_id("n1"), node_id("n2"), node_id("n3")};
};

TEST(relay, in_a_circle_ends) {
    world_options options;
    options.overlay = [](const peer_spec& self, std::uint64_t) -> std::unique_ptr<overlay> {
        return std::make_unique<circle>(self.id);
    };
    int passed = 0;
    small_world it(
        3,
        [&](node& here) {
            here.hooks().install_pre("count", [&](direction way, const envelope&) {
                passed += way == direction::receive ? 1 : 0;
            });
            if (!is(here, "n1")) return;
            here.spawn<starter>("", [](context& self) { self.send(at("n3", "x"), number{1}); });
        },
        options);
    it.finish();
    EXPECT_EQ(it.texts(event_kind::drop), (words{"relayed too often"}));
    EXPECT_EQ(passed, 6) << "the first link, and relays_max more";
}

TEST(relay, of_a_message_to_who_is_not_connected_is_dropped) {
    small_world it(
        2,
        [](node& here) {
            if (!is(here, "n2")) return;
            here.spawn_fiber("sender", [](fiber_context& self) {
                self.sleep(5s);
                EXPECT_EQ(self.members().size(), 2U);
                self.sleep(10s);
                self.send(at("n1", "x"), number{1});
            });
        },
        mesh({contact_named("n1")}));
    it->run_for(10s);
    it.crash("n1");
    it.finish();
    EXPECT_EQ(it.texts(event_kind::drop), (words{"not connected"}));
}

}  // namespace
