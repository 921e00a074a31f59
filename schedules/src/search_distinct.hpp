#pragma once

#include <cstdint>
#include <vector>

namespace partita::detail {

/// Counts distinct trace hashes: an open-addressing set of at most half load, 16 bytes a trace.
class distinct_hashes {
   public:
    void insert(std::uint64_t hash) {
        if (hash == empty_) {
            zero_seen_ = true;
            return;
        }
        std::uint64_t& slot = slot_of(hash);
        if (slot == hash) {
            return;
        }
        slot = hash;
        if (2 * ++filled_ > slots_.size()) {
            grow();
        }
    }

    [[nodiscard]] std::uint64_t size() const { return filled_ + (zero_seen_ ? 1 : 0); }

   private:
    [[nodiscard]] std::uint64_t& slot_of(std::uint64_t hash) {
        const std::size_t mask = slots_.size() - 1;
        // Multiplied, because an evaluator may count its traces instead of hashing them.
        std::size_t slot = (hash * 0x9e3779b97f4a7c15ULL >> 20) & mask;
        while (slots_[slot] != empty_ && slots_[slot] != hash) {
            slot = (slot + 1) & mask;
        }
        return slots_[slot];
    }

    void grow() {
        std::vector<std::uint64_t> old(slots_.size() * 2, empty_);
        old.swap(slots_);
        for (const std::uint64_t hash : old) {
            if (hash != empty_) {
                slot_of(hash) = hash;
            }
        }
    }

    static constexpr std::uint64_t empty_ = 0;
    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024, empty_);
    std::uint64_t filled_ = 0;
    bool zero_seen_ = false;
};

}  // namespace partita::detail
