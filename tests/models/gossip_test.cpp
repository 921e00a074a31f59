#include <partita/models/gossip.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

#include "../gossip/bugs.hpp"
#include "../gossip/database.hpp"

namespace {

using namespace partita;
using namespace partita::gossip;
using namespace std::chrono_literals;

const node_id n1("n1");
const node_id n2("n2");
const node_id n3("n3");

/// Everything is on it at once.
class memory_disk final : public storage_port {
   public:
    void put(std::string_view key, std::string_view value) override {
        held_.insert_or_assign(std::string(key), std::string(value));
    }
    void erase(std::string_view key) override { held_.erase(std::string(key)); }
    void sync() override {}
    [[nodiscard]] std::optional<std::string> value_of(std::string_view key) const override {
        const auto found = held_.find(std::string(key));
        if (found == held_.end()) return std::nullopt;
        return found->second;
    }
    [[nodiscard]] std::vector<std::string> keys() const override {
        std::vector<std::string> all;
        for (const auto& [key, value] : held_) all.push_back(key);
        return all;
    }

   private:
    std::map<std::string, std::string> held_;
};

gossip_options options_for(protocol_kind protocol) {
    return {protocol, duration(500ms), bug::none, {n1, n2, n3}};
}

time_point at(duration since_start) { return time_point(since_start); }

item put_at(duration when, node_id by, const std::string& value) {
    return {value, false, {when.count(), by}, when.count(), {by, 1, 1}};
}

item deleted_at(duration when, node_id by) {
    return {{}, true, {when.count(), by}, when.count(), {by, 1, 2}};
}

/// One node's database, and its disk.
struct site {
    explicit site(node_id node) : held(options_for(protocol_kind::anti_entropy), node) {}
    arrival merge(const item& it, duration now) { return held.merge(disk, "x", it, at(now)); }
    void tend(duration now, const std::vector<node_id>& behind = {}) {
        held.tend(disk, at(now), behind);
    }
    [[nodiscard]] std::optional<item> x(duration now) const { return held.at("x", at(now)); }

    memory_disk disk;
    database held;
};

bool keeps_dormant(site& of) {
    (void)of.merge(deleted_at(1s, n1), 1s);
    of.tend(10s);
    return of.merge(put_at(0s, n1, "old"), 10s) == arrival::awakened;
}

TEST(gossip_database, keeps_the_later_of_two_and_of_equal_times_that_of_the_greater_node) {
    site here(n1);
    EXPECT_EQ(here.merge(put_at(2s, n1, "a"), 2s), arrival::news);
    EXPECT_EQ(here.merge(put_at(1s, n2, "b"), 2s), arrival::known);
    EXPECT_EQ(here.x(2s)->value, "a");
    EXPECT_EQ(here.merge(put_at(2s, n2, "c"), 2s), arrival::news);
    EXPECT_EQ(here.x(2s)->value, "c");
}

TEST(gossip_database, a_certificate_keeps_what_is_older_out) {
    site here(n1);
    (void)here.merge(deleted_at(2s, n1), 2s);
    EXPECT_EQ(here.merge(put_at(1s, n2, "old"), 2100ms), arrival::known);
    EXPECT_TRUE(here.x(2100ms)->deleted);
}

TEST(gossip_database, two_nodes_keep_a_certificate_dormant_and_awaken_it) {
    std::size_t keepers = 0;
    for (const node_id each : {n1, n2, n3}) {
        site here(each);
        keepers += keeps_dormant(here) ? 1 : 0;
    }
    EXPECT_EQ(keepers, 2U);
}

TEST(gossip_database, an_awakened_certificate_gives_way_to_a_later_update) {
    for (const node_id each : {n1, n2, n3}) {
        site here(each);
        if (!keeps_dormant(here)) continue;
        EXPECT_EQ(here.x(10s)->when, (timestamp{duration(1s).count(), n1}));
        EXPECT_EQ(here.merge(put_at(5s, n2, "new"), 10s), arrival::news);
        EXPECT_EQ(here.x(10s)->value, "new");
    }
}

TEST(gossip_database, activates_a_certificate_anew_for_a_keeper_that_may_not_have_it) {
    for (const node_id each : {n1, n2, n3}) {
        site here(each);
        (void)here.merge(deleted_at(1s, n1), 1s);
        here.tend(10s, {n1, n2, n3});
        ASSERT_TRUE(here.x(10s));
        EXPECT_EQ(here.x(10s)->activated, duration(10s).count());
    }
}

TEST(gossip_database, comes_back_from_its_disk) {
    site here(n1);
    (void)here.merge(put_at(1s, n1, "a"), 1s);
    database again(options_for(protocol_kind::anti_entropy), n1);
    again.recover(here.disk);
    EXPECT_EQ(again.active(at(1s)), here.held.active(at(1s)));
    EXPECT_EQ(again.digest(at(1s)), here.held.digest(at(1s)));
    EXPECT_GT(again.stamp("x", at(0s)), here.x(1s)->when);
}

/// Puts and deletes in any order of arrival, while certificates are active.
RC_GTEST_PROP(gossip_database, ends_the_same_in_whatever_order_updates_arrive, ()) {
    std::vector<item> all;
    for (int count = *rc::gen::inRange(1, 8); count > 0; --count) {
        const duration when(*rc::gen::inRange(1, 5));
        const node_id by = *rc::gen::element(n1, n2, n3);
        const bool deletes = *rc::gen::arbitrary<bool>();
        // One update a timestamp, as nodes make them.
        if (std::any_of(all.begin(), all.end(), [&](const item& each) {
                return each.when == timestamp{when.count(), by};
            }))
            continue;
        all.push_back(deletes ? deleted_at(when, by)
                              : put_at(when, by, std::to_string(all.size())));
    }
    site one(n1);
    site other(n2);
    for (const item& each : all) (void)one.merge(each, 10ms);
    std::reverse(all.begin(), all.end());
    for (const item& each : all) (void)other.merge(each, 10ms);
    for (const item& each : all) (void)other.merge(each, 10ms);
    RC_ASSERT(one.held.digest(at(10ms)) == other.held.digest(at(10ms)));
}

// ---- the application ---------------------------------------------------------------------------

TEST(gossip, rounds_end_when_there_is_nothing_left_to_tell) {
    application of = demers();
    of.properties = {define_application("")
                         .always("quiescent", "nothing is left to happen",
                                 [](const evidence& seen) -> std::optional<finding> {
                                     if (seen.quiescent) return std::nullopt;
                                     return finding{"busy", "something was left to happen"};
                                 })
                         .
                         operator application()
                         .properties};
    for (const char* protocol :
         {"direct-mail", "direct-mail-acked", "anti-entropy", "rumor-mongering"}) {
        schedule it = *parse_schedule(
            "app gossip nodes=5\nn1 put x 1\nn2 broadcast 2\nn3 delete x\nwait 2s\nn4 put x 3\n");
        it.application.parameters["protocol"] = protocol;
        EXPECT_EQ(run(of, it).verdict, verdict::holds) << protocol;
    }
}

}  // namespace
