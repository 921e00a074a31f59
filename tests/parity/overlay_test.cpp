#include <parity_program.hpp>

namespace partita::parity {
namespace {

class parity_of_overlays : public parity {
   protected:
    /// Waits until those nodes believe that these belong.
    bool believe(const texts& nodes, const std::string& members) {
        return stage_->until([&] {
            for (const std::string& node : nodes) {
                std::string seen;
                stage_->on(node, [&](partita::node& here) {
                    for (const node_id each : here.members()) seen += each.name() + " ";
                });
                if (seen != members) return false;
            }
            return true;
        });
    }
};
INSTANTIATE_TEST_SUITE_P(on, parity_of_overlays, both_places, place_name);

overlay_options mesh_with(std::vector<peer_spec> contacts) {
    return {.contacts = std::move(contacts), .exchange_every = 50ms};
}

/// All but the first know the first.
overlay_options found_by_the_first(const std::string& name) {
    if (name == "n1") return mesh_with({});
    return mesh_with({contact_named("n1")});
}

TEST_P(parity_of_overlays, four_nodes_that_know_one_become_a_mesh) {
    stage_->start({.nodes = 4, .overlay = found_by_the_first});
    EXPECT_TRUE(believe({"n1", "n2", "n3", "n4"}, "n1 n2 n3 n4 "));
}

TEST_P(parity_of_overlays, who_leaves_is_forgotten_and_may_join_again) {
    stage_->start({.nodes = 4, .overlay = found_by_the_first});
    ASSERT_TRUE(believe({"n1", "n2", "n3", "n4"}, "n1 n2 n3 n4 "));
    stage_->on("n4", [](node& here) { here.leave(here.id()); });
    EXPECT_TRUE(believe({"n1", "n2", "n3"}, "n1 n2 n3 "));
    play("n4", [again = stage_->contact("n2")](fiber_context& self) {
        while (!self.sync_join(again, 1s)) {
        }
        say(self, "joined");
    });
    EXPECT_EQ(said("n4", 1), (texts{"joined"}));
    EXPECT_TRUE(believe({"n1", "n2", "n3", "n4"}, "n1 n2 n3 n4 "));
    stage_->on("n1", [](node& here) { here.leave(node_id("n3")); });
    EXPECT_TRUE(believe({"n1", "n2", "n4"}, "n1 n2 n4 "));
}

TEST_P(parity_of_overlays, a_node_that_stops_stays_a_member_and_is_found_again) {
    stage_->start({.nodes = 3, .overlay = found_by_the_first});
    ASSERT_TRUE(believe({"n1", "n2", "n3"}, "n1 n2 n3 "));
    stage_->stop("n3");
    EXPECT_TRUE(believe({"n1", "n2"}, "n1 n2 n3 "));
    stage_->restart("n3");
    EXPECT_TRUE(believe({"n1", "n2", "n3"}, "n1 n2 n3 "));
}

/// n1 and n2 serve, n3 and n4 are clients of both.
overlay_options two_servers(const std::string& name) {
    const bool serves = name == "n1" || name == "n2";
    overlay_options made = mesh_with({contact_named("n1")});
    if (!serves) made.contacts.push_back(contact_named("n2"));
    made.kind = overlay_kind::client_server;
    made.role = serves ? overlay_role::server : overlay_role::client;
    return made;
}

TEST_P(parity_of_overlays, clients_reach_each_other_over_servers_and_over_another_when_one_fails) {
    stage_->start({.nodes = 4,
                   .boot =
                       [](node& here) {
                           if (is(here, "n4")) here.spawn<echo>("echo");
                       },
                   .overlay = two_servers});
    play("n3", [](fiber_context& self) {
        self.register_name("caller");
        for (;;) {
            const auto asked = self.receive<number>();
            while (!self.call<number>(at("n4", "echo"), *asked, 100ms)) {
            }
            bool direct = false;
            for (const node_id each : self.connected()) direct = direct || each == node_id("n4");
            say(self, std::to_string(asked->value) + (direct ? " direct" : " relayed"));
        }
    });
    const auto ask = [&](int value) {
        play("n3",
             [value](fiber_context& self) { self.send(self.local("caller"), number{value}); });
    };
    ask(1);
    EXPECT_EQ(said("n3", 1), (texts{"1 relayed"}));
    stage_->stop("n1");
    ask(2);
    EXPECT_EQ(said("n3", 2), (texts{"1 relayed", "2 relayed"}));
    stage_->restart("n1");
    stage_->stop("n2");
    ask(3);
    EXPECT_EQ(said("n3", 3), (texts{"1 relayed", "2 relayed", "3 relayed"}));
}

}  // namespace
}  // namespace partita::parity
