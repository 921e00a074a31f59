#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <partita/faults/nemesis.hpp>
#include <partita/runtime/overlay.hpp>
#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using numbers = std::vector<std::int64_t>;
using words = std::vector<std::string>;

/// n1 and n2 serve, n3 and n4 are clients of both; n3 sends a number to n4 each second from 5 s on,
/// while a nemesis sits on every node.
class served_world {
   public:
    explicit served_world(int count, std::vector<site_decision> decisions = {}) {
        world_options options;
        options.overlay = [](const peer_spec& self, std::uint64_t incarnation) {
            const bool serves = self.name == "n1" || self.name == "n2";
            return make_overlay({overlay_kind::client_server,
                                 serves ? overlay_role::server : overlay_role::client,
                                 {contact_named("n1"), contact_named("n2")}},
                                self, incarnation);
        };
        world_ = std::make_unique<world>(options, space_);
        nemesis_environment outside;
        outside.control = &world_->control();
        outside.events = &world_->events();
        outside.now = [this] { return world_->now(); };
        outside.after = [this](duration delay, std::function<void()> action) {
            world_->after(delay, std::move(action));
        };
        nemesis_ = std::make_unique<nemesis>(std::move(outside), rewrites_);
        nemesis_->load(std::move(decisions));
        nemesis_->record_labels();
        world_->start({node_id("n1"), node_id("n2"), node_id("n3"), node_id("n4")},
                      [this, count](node& here) { boot(here, count); });
    }

    world& operator*() { return *world_; }
    world* operator->() { return world_.get(); }
    void finish() {
        world_->run_until([] { return false; }, time_point::max());
    }
    void inject(const fault& it) { ASSERT_TRUE(nemesis_->inject(it)); }
    [[nodiscard]] numbers arrived() const {
        numbers all;
        for (const auto& each : world_->trace().notes<number>()) all.push_back(each.value.value);
        return all;
    }
    [[nodiscard]] const nemesis& faults() const { return *nemesis_; }
    /// The labels of sites of what the application sent.
    [[nodiscard]] words labels() const {
        words all = nemesis_->labels();
        std::erase_if(all, [](const std::string& each) {
            return each.find(" number #") == std::string::npos;
        });
        return all;
    }

   private:
    void boot(node& here, int count) {
        nemesis_->attach(here);
        if (is(here, "n4")) here.spawn<recorder>("recorder");
        if (!is(here, "n3")) return;
        here.spawn_fiber("sender", [count](fiber_context& self) {
            self.sleep(5s);
            for (int value = 1; value <= count; ++value) {
                self.send(at("n4", "recorder"), number{value});
                self.sleep(1s);
            }
        });
    }

    workspace space_;
    std::vector<message_rewrite> rewrites_;
    std::unique_ptr<world> world_;
    std::unique_ptr<nemesis> nemesis_;
};

/// The first number that n3 sends, as it leaves.
envelope numbered(std::uint64_t ordinal) {
    envelope message;
    message.source.node = node_id("n3");
    message.destination.node = node_id("n4");
    message.type = &message_type_of<number>;
    message.ordinal = ordinal;
    return message;
}

TEST(relayed_message, has_its_sites_at_its_two_ends_only) {
    served_world it(2);
    it.finish();
    EXPECT_EQ(it.arrived(), (numbers{1, 2}));
    EXPECT_EQ(it.labels(),
              (words{"n3 at send n3 -> n4 number #1", "n3 -> n4 number #1",
                     "n4 at receive n3 -> n4 number #1", "n3 at send n3 -> n4 number #2",
                     "n3 -> n4 number #2", "n4 at receive n3 -> n4 number #2"}));
}

TEST(relayed_message, is_omitted_and_duplicated_by_its_own_label) {
    site_action omit;
    omit.verb = site_verb::omit;
    site_action duplicate;
    duplicate.verb = site_verb::duplicate;
    served_world it(3, {{message_site(numbered(1)), omit}, {message_site(numbered(2)), duplicate}});
    it.finish();
    EXPECT_EQ(it.faults().met_count(), 2U);
    EXPECT_EQ(it.arrived(), (numbers{2, 2, 3}));
}

TEST(relayed_message, crashes_its_receiver_at_the_end_and_not_the_server_on_its_way) {
    site_action crash;
    crash.verb = site_verb::crash;
    served_world it(2, {{node_site(node_id("n4"), direction::receive, numbered(1)), crash}});
    it.finish();
    EXPECT_EQ(it.faults().faulty(), std::vector{node_id("n4")});
    EXPECT_TRUE(it.arrived().empty());
}

TEST(partition, between_a_client_and_the_servers_cuts_the_relay_until_it_heals) {
    served_world it(6);
    it->run_for(6500ms);
    const partition_fault cut{{{node_id("n3")}, {node_id("n1"), node_id("n2")}}, false};
    it.inject(fault{cut});
    it->run_for(2s);
    it.inject(end(fault{cut}));
    it.finish();
    EXPECT_EQ(it.arrived(), (numbers{1, 2, 5, 6}));
}

TEST(partition, between_two_clients_cuts_nothing_since_no_link_joins_them) {
    served_world it(2);
    it.inject(fault{partition_fault{{{node_id("n3")}, {node_id("n4")}}, false}});
    it.finish();
    EXPECT_EQ(it.arrived(), (numbers{1, 2}));
}

TEST(partition, during_the_join_heals) {
    served_world it(0);
    const partition_fault cut{{{node_id("n1"), node_id("n3")}, {node_id("n2"), node_id("n4")}},
                              false};
    it.inject(fault{cut});
    it->run_for(30s);
    const auto members = [&](const char* id) { return it->find(node_id(id))->members().size(); };
    EXPECT_EQ(members("n3"), 2U);
    it.inject(fault{heal_fault{}});
    it.finish();
    for (const char* id : {"n1", "n2", "n3", "n4"}) EXPECT_EQ(members(id), 4U);
}

}  // namespace
