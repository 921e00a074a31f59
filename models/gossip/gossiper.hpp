#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "database.hpp"

namespace partita::gossip {

/// A timer that comes ever more rarely until it is hurried, up to a quarter of the time that a
/// trial has to settle.
template <described Message>
class slowing_timer {
   public:
    explicit slowing_timer(duration first) : first_(first), pause_(first) {}
    void hurry() { pause_ = first_; }
    void arm(context& self) {
        if (armed_) return;
        armed_ = true;
        self.send_after(pause_, Message{});
    }
    void fired() {
        armed_ = false;
        pause_ = std::min<duration>(pause_ * 2, std::chrono::seconds(8));
    }

   private:
    duration first_;
    duration pause_;
    bool armed_ = false;
};

/// One node: takes updates, and spreads what it learns as the protocol says.
class gossiper {
   public:
    using accepts = messages<client_put, client_broadcast, client_read, letter, letter_received,
                             rumor, rumor_heard, compare, equal, database_is, mail_again,
                             next_rumor_round, next_comparison>;

    gossiper(const gossip_options& options, node_id self, std::uint64_t life)
        : options_(options), life_(life), held_(options, self) {}

    void on_start(context&);
    void on_message(context&, const client_put&);
    void on_message(context&, const client_broadcast&);
    void on_message(context&, const client_read&);

    void on_message(context&, const letter&);
    void on_message(context&, const letter_received&);
    void on_message(context&, const mail_again&);

    void on_message(context&, const rumor&);
    void on_message(context&, const rumor_heard&);
    void on_message(context&, const next_rumor_round&);

    void on_message(context&, const compare&);
    void on_message(context&, const equal&);
    void on_message(context&, const database_is&);
    void on_message(context&, const next_comparison&);

   private:
    void update(context&, const std::string& key, const std::string& value, bool deleted);
    bool learn(context&, const std::string& key, const item&);
    void say(context&, const std::string& key, bool was_there);
    void spread(context&, const std::string& key, node_id from);
    void mail(context&, const std::string& key);
    void tend(context&);
    void compare_with_all(context&, node_id but);

    gossip_options options_;
    std::uint64_t life_;
    std::uint64_t updates_made_ = 0;  // in this life
    database held_;
    std::uint64_t messages_ = 0;  // broadcast here so far; on disk

    std::set<std::pair<node_id, std::string>> owed_;  // letters not acknowledged; on disk
    slowing_timer<mail_again> mail_timer_{std::chrono::milliseconds(500)};

    std::map<std::string, int> hot_;  // rumors, and how many knew it in a row
    bool rumor_armed_ = false;

    std::vector<node_id> to_compare_;  // in this order
    slowing_timer<next_comparison> comparison_timer_{std::chrono::milliseconds(250)};
};

}  // namespace partita::gossip
