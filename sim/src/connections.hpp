#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace partita::detail {

/// Who asked to be connected with whom, and which connections there are, by place in the world. A
/// connection is one for both its ends, whoever asked for it.
class connection_table {
   public:
    using place = std::uint32_t;

    void want(place self, place peer, std::string address) {
        wanted_[{peer, self}] = std::move(address);
    }
    void unwant(place self, place peer) { wanted_.erase({peer, self}); }
    [[nodiscard]] bool wants(place self, place peer) const {
        return wanted_.contains({peer, self});
    }
    /// What the peer was dialled by; empty when it was not.
    [[nodiscard]] std::string address(place self, place peer) const {
        const auto found = wanted_.find({peer, self});
        return found == wanted_.end() ? std::string() : found->second;
    }
    /// Who asked for a connection with that one, in order.
    [[nodiscard]] std::vector<place> wanting(place peer) const {
        std::vector<place> all;
        for (auto at = wanted_.lower_bound({peer, 0}); at != wanted_.end(); ++at) {
            if (at->first.first != peer) break;
            all.push_back(at->first.second);
        }
        return all;
    }

    /// A number for the attempt, or 0 when there is a connection or an attempt already.
    [[nodiscard]] std::uint64_t begin(place one, place other) {
        const auto [made, added] = made_.try_emplace(std::minmax(one, other));
        if (!added) return 0;
        made->second = {++attempts_, false};
        return attempts_;
    }
    /// False when the attempt was given up meanwhile.
    [[nodiscard]] bool complete(place one, place other, std::uint64_t attempt) {
        const auto found = made_.find(std::minmax(one, other));
        if (found == made_.end() || found->second.attempt != attempt) return false;
        found->second.up = true;
        return true;
    }
    [[nodiscard]] bool up(place one, place other) const {
        const auto found = made_.find(std::minmax(one, other));
        return found != made_.end() && found->second.up;
    }
    /// Ends the connection, or the attempt; whether it was up.
    bool close(place one, place other) {
        const bool was_up = up(one, other);
        made_.erase(std::minmax(one, other));
        return was_up;
    }
    /// Ends all of one that crashed, and forgets what it asked for; to whom it was connected.
    std::vector<place> forget(place gone) {
        std::vector<place> others;
        std::erase_if(made_, [&](const auto& each) {
            const auto [one, other] = each.first;
            if (one != gone && other != gone) return false;
            if (each.second.up) others.push_back(one == gone ? other : one);
            return true;
        });
        std::erase_if(wanted_, [&](const auto& each) { return each.first.second == gone; });
        return others;
    }

   private:
    struct connection {
        std::uint64_t attempt = 0;
        bool up = false;
    };
    std::map<std::pair<place, place>, std::string> wanted_;  // (peer, who asked) -> address
    std::map<std::pair<place, place>, connection> made_;     // (lesser, greater)
    std::uint64_t attempts_ = 0;
};

}  // namespace partita::detail
