#pragma once

#include <cstdint>
#include <vector>

#include <partita/runtime/envelope.hpp>

namespace partita::detail {

/// Counts messages by (source node, destination node, channel, type), by open addressing. The four
/// are folded into one 64-bit key, which stands for them.
class ordinal_table {
   public:
    ordinal_table() : entries_(64) {}
    [[nodiscard]] std::uint64_t next(const envelope& message) {
        const std::uint64_t key = key_of(message);
        for (std::size_t at = key & (entries_.size() - 1);; at = (at + 1) & (entries_.size() - 1)) {
            entry& place = entries_[at];
            if (place.age != age_) return insert(key, at);
            if (place.key == key) return ++place.count;
        }
    }
    void clear() {
        ++age_;
        used_ = 0;
    }

   private:
    struct entry {
        std::uint64_t key = 0;
        std::uint64_t age = 0;
        std::uint64_t count = 0;
    };
    [[nodiscard]] static std::uint64_t key_of(const envelope& message) {
        constexpr std::uint64_t odd = 0x9e3779b97f4a7c15ULL;
        const std::uint64_t route =
            message.source.node.bits() * odd + message.destination.node.bits();
        return mix_bits(mix_bits(route) ^ message.type->hash ^ (message.channel.hash * odd));
    }
    std::uint64_t insert(std::uint64_t key, std::size_t at) {
        entries_[at] = {key, age_, 1};
        if (++used_ * 2 > entries_.size()) grow();
        return 1;
    }
    void grow() {
        std::vector<entry> old(entries_.size() * 2);
        old.swap(entries_);
        for (const entry& kept : old) {
            if (kept.age != age_) continue;
            std::size_t at = kept.key & (entries_.size() - 1);
            while (entries_[at].age == age_) at = (at + 1) & (entries_.size() - 1);
            entries_[at] = kept;
        }
    }
    std::vector<entry> entries_;
    std::uint64_t age_ = 1;
    std::size_t used_ = 0;
};

}  // namespace partita::detail
