#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <partita/runtime/overlay.hpp>
#include <partita/runtime/random_source.hpp>

namespace partita::test {

using ids = std::vector<node_id>;

[[nodiscard]] inline node_id n(int number) { return node_id("n" + std::to_string(number)); }

[[nodiscard]] inline ids nodes(std::initializer_list<int> numbers) {
    ids all;
    for (const int number : numbers) all.push_back(n(number));
    return all;
}

[[nodiscard]] inline peer_spec spec(int number) {
    return contact_named("n" + std::to_string(number));
}

/// Overlays, and between them a network that tests hold in their hands: connections are made and
/// lost, and messages delivered, lost and repeated, when they say so.
class cluster {
   public:
    using pair = std::pair<node_id, node_id>;
    struct packet {
        node_id from;
        overlay_message content;
    };

    void start(int number, const overlay_options& options = {}) {
        const node_id id = n(number);
        lost_all(id);
        overlays_[id] = make_overlay(options, spec(number), ++lives_[id]);
        wanted_[id].clear();
        tell(id, overlay_started{});
    }
    void stop(int number) {
        overlays_.erase(n(number));
        wanted_.erase(n(number));
        lost_all(n(number));
    }
    void join(int number, int contact) { tell(n(number), join_asked{spec(contact)}); }
    void leave(int number, int who) { tell(n(number), leave_asked{n(who)}); }

    void cut(const std::function<bool(const packet&)>& lost) { lost_ = lost; }
    void heal() { lost_ = {}; }

    /// Makes every connection that somebody wants, and delivers all there is, until both are done.
    /// False when it does not come to an end.
    bool settle(random_source* shuffle = nullptr) {
        for (int turns = 0; turns < 20'000; ++turns) {
            if (connect_next()) continue;
            if (packets_.empty()) return true;
            deliver(shuffle == nullptr ? 0 : shuffle->below(packets_.size()));
        }
        return false;
    }
    /// Lets each node that wants one have a tick, as when its period has passed.
    void tick() {
        for (const auto& [id, wants] : std::map(ticks_)) {
            if (wants && overlays_.contains(id)) tell(id, overlay_tick{});
        }
    }
    [[nodiscard]] bool at_rest() const {
        return std::none_of(ticks_.begin(), ticks_.end(), [&](const auto& each) {
            return each.second && overlays_.contains(each.first);
        });
    }
    void lose_connection(int one, int other) { close(n(one), n(other)); }
    [[nodiscard]] std::size_t packets() const { return packets_.size(); }
    void deliver(std::size_t which) {
        packet next = std::move(packets_[which]);
        packets_.erase(packets_.begin() + static_cast<std::ptrdiff_t>(which));
        if (!overlays_.contains(next.content.to)) return;
        if (lost_ && lost_(next)) return;
        tell(next.content.to, peer_said{next.from, next.content.type, &next.content.content});
    }
    void repeat(std::size_t which) { packets_.push_back(packets_[which]); }
    void lose(std::size_t which) {
        packets_.erase(packets_.begin() + static_cast<std::ptrdiff_t>(which));
    }

    [[nodiscard]] overlay& of(int number) { return *overlays_.at(n(number)); }
    [[nodiscard]] ids members(int number) { return of(number).members(); }
    [[nodiscard]] bool connected(int one, int other) const {
        return up_.contains(std::minmax(n(one), n(other)));
    }
    [[nodiscard]] bool runs(int number) const { return overlays_.contains(n(number)); }

   private:
    void tell(node_id id, const overlay_event& event) {
        overlay_actions wanted = overlays_.at(id)->handle(event);
        for (overlay_message& each : wanted.messages) packets_.push_back({id, std::move(each)});
        for (const peer_spec& each : wanted.connect) wanted_[id].insert(each.id);
        for (const node_id each : wanted.disconnect) {
            wanted_[id].erase(each);
            if (up_.erase(std::minmax(id, each)) != 0 && overlays_.contains(each)) {
                tell(each, peer_lost{id});
            }
        }
        ticks_[id] = wanted.tick.has_value();
        EXPECT_TRUE(wanted.understood);
    }
    void close(node_id one, node_id other) {
        if (up_.erase(std::minmax(one, other)) == 0) return;
        if (overlays_.contains(one)) tell(one, peer_lost{other});
        if (overlays_.contains(other)) tell(other, peer_lost{one});
    }
    void lost_all(node_id gone) {
        for (const auto& [one, other] : std::set(up_)) {
            if (one == gone || other == gone) close(one, other);
        }
    }
    bool connect_next() {
        for (const auto& [self, peers] : wanted_) {
            for (const node_id peer : peers) {
                if (!overlays_.contains(peer) || !overlays_.contains(self)) continue;
                if (!up_.insert(std::minmax(self, peer)).second) continue;
                const node_id from = self;
                const node_id to = peer;
                tell(from, found(to));
                if (up_.contains(std::minmax(from, to))) tell(to, found(from));
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] peer_found found(node_id id) { return {overlays_.at(id)->self(), lives_.at(id)}; }

    std::map<node_id, std::unique_ptr<overlay>> overlays_;
    std::map<node_id, std::uint64_t> lives_;
    std::map<node_id, std::set<node_id>> wanted_;
    std::map<node_id, bool> ticks_;
    std::set<pair> up_;
    std::deque<packet> packets_;
    std::function<bool(const packet&)> lost_;
};

}  // namespace partita::test
