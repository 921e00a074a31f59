#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <partita/runtime/context.hpp>

/// Messages that bear what they causally follow, and the checker that reads it: the sparse matrix
/// of Raynal, Schiper and Toueg (IPL 39, 1991), kept by the application, so that what the runtime
/// promises is judged by something that is not the runtime.
namespace partita::parity {

/// The last letter known from one life of a node to another node.
struct last_letter {
    node_id from;
    std::uint64_t life = 0;
    node_id to;
    std::uint64_t number = 0;
    bool operator==(const last_letter&) const = default;
};
PARTITA_MESSAGE(last_letter, from, life, to, number)

/// The how-manieth of its sender, in that life, to its destination.
struct letter {
    std::uint64_t life = 0;
    std::uint64_t number = 0;
    std::uint64_t hops = 0;  ///< how often it is to be answered by others
    std::vector<last_letter> after;
};
PARTITA_MESSAGE(letter, life, number, hops, after)

/// One per node and life. Letters may be lost, but none may come before one that it follows.
class correspondence {
   public:
    correspondence(node_id self, std::uint64_t life) : self_(self), life_(life) {}

    [[nodiscard]] letter write(node_id to, std::uint64_t hops) {
        letter made{life_, 0, hops, {}};
        for (const auto& [between, known] : known_) {
            made.after.push_back({between.first, known.first, between.second, known.second});
        }
        made.number = next_number(to);
        return made;
    }
    /// What is wrong with its coming now: nothing, if all is well.
    [[nodiscard]] std::optional<std::string> read(node_id from, const letter& it) {
        const last_letter own{from, it.life, self_, it.number};
        const auto known = known_.find({from, self_});
        const bool late = known != known_.end() && known->second >= std::pair(it.life, it.number);
        for (const last_letter& each : it.after) learn(each);
        learn(own);
        if (!late) return std::nullopt;
        return "letter " + std::to_string(it.number) + " of " + from.name() +
               " came after one that follows it";
    }

   private:
    using way = std::pair<node_id, node_id>;
    using known_letter = std::pair<std::uint64_t, std::uint64_t>;  // life of the sender, number

    /// Of several lives of a sender only the last matters to the next letters.
    void learn(const last_letter& it) {
        known_letter& known = known_[{it.from, it.to}];
        known = std::max(known, {it.life, it.number});
    }
    [[nodiscard]] std::uint64_t next_number(node_id to) {
        known_letter& known = known_[{self_, to}];
        known =
            known.first == life_ ? known_letter{life_, known.second + 1} : known_letter{life_, 1};
        return known.second;
    }

    node_id self_;
    std::uint64_t life_;
    std::map<way, known_letter> known_;
};

}  // namespace partita::parity
