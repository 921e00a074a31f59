#include "ring.hpp"

#include <algorithm>
#include <utility>

namespace partita::kv {
namespace {

using token = std::pair<std::uint64_t, node_id>;  // where on the circle, whose

std::vector<token> tokens_of(const std::set<node_id>& members) {
    std::vector<token> all;
    for (const node_id member : members) {
        for (std::uint64_t at = 0; at < ring::tokens; ++at) {
            all.emplace_back(mix_bits(member.bits() ^ mix_bits(at)), member);
        }
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<node_id> walk(const std::vector<token>& circle, std::uint64_t from,
                          std::size_t members) {
    const auto first = std::lower_bound(circle.begin(), circle.end(), token{from, node_id{}});
    auto at = static_cast<std::size_t>(first - circle.begin());
    std::vector<node_id> met;
    for (std::size_t steps = 0; steps < circle.size() && met.size() < members; ++steps, ++at) {
        const node_id next = circle[at % circle.size()].second;
        if (std::find(met.begin(), met.end(), next) == met.end()) met.push_back(next);
    }
    return met;
}

}  // namespace

ring::ring(const std::set<node_id>& members, std::size_t partitions) : preferences_(partitions) {
    const std::vector<token> circle = tokens_of(members);
    const std::uint64_t arc = UINT64_MAX / partitions;
    for (std::size_t at = 0; at < partitions; ++at) {
        preferences_[at] = walk(circle, at * arc, members.size());
    }
}

std::size_t ring::partition_of(std::string_view key) const {
    return mix_bits(name_hash(key)) % preferences_.size();
}

const std::vector<node_id>& ring::preference(std::size_t partition) const {
    return preferences_.at(partition);
}

std::vector<node_id> ring::owners(std::string_view key, std::size_t replicas) const {
    const auto& all = preference(partition_of(key));
    return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(replicas, all.size()))};
}

std::vector<node_id> ring::fallbacks(std::string_view key, std::size_t replicas) const {
    const auto& all = preference(partition_of(key));
    return {all.begin() + static_cast<std::ptrdiff_t>(std::min(replicas, all.size())), all.end()};
}

}  // namespace partita::kv
