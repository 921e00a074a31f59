#pragma once

#include <cstdint>
#include <vector>

namespace partita::detail {

/// Where a search has been: sets of operations with the states they led to, told apart exactly.
/// An entry ends with counts of operations of unknown outcome.
class search_memo {
   public:
    enum class answer : std::uint8_t { fresh, known, full };

    /// `fewer`: an entry that is equal but for counts that are no larger is the same or better; its
    /// hash must not depend on the counts. Adds the number of entries compared to `steps`.
    answer add(std::uint64_t hash, const std::vector<std::uint32_t>& entry, std::size_t counts,
               bool fewer, std::size_t bytes_max, std::uint64_t& steps);

    [[nodiscard]] std::size_t bytes() const {
        return slots_.capacity() * sizeof(slot) + words_.capacity() * sizeof(std::uint32_t);
    }

   private:
    /// The entries of one hash: a list through `words_`.
    struct slot {
        std::uint64_t hash = 0;
        std::uint32_t first = 0;  // one more than its place in words_; 0: free
    };

    slot& slot_of(std::uint64_t hash);
    [[nodiscard]] bool listed(const slot&, const std::vector<std::uint32_t>& entry,
                              std::size_t counts, bool fewer, std::uint64_t& steps) const;
    bool make_room(std::size_t words, std::size_t bytes_max);
    void widen(std::size_t slots);

    std::vector<slot> slots_;  // open addressing, a power of two, at most half full
    std::size_t used_ = 0;
    std::vector<std::uint32_t> words_;  // next entry, size, the entry's words
};

}  // namespace partita::detail
