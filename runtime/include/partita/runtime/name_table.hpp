#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace partita {

class actor_cell;

namespace detail {

/// Actors by the digest of their registered name. Nearly every message is looked up here, and most
/// nodes have a name or two: so the first few are found by looking at each, without a hop through
/// memory, and only more of them are hashed (open addressing; a digest needs no further mixing).
class name_table {
   public:
    [[nodiscard]] actor_cell* find(std::uint64_t digest) const {
        if (!many_.empty()) return many_[place_of(digest)].actor;
        for (std::size_t at = 0; at < size_; ++at) {
            if (few_[at].digest == digest) return few_[at].actor;
        }
        return nullptr;
    }

    /// A name that is taken passes to the new actor.
    void put(std::uint64_t digest, actor_cell* actor) {
        if (many_.empty() && size_ == few_.size() && find(digest) == nullptr)
            spread(few_.size() * 4);
        entry& place = many_.empty() ? few_place(digest) : many_[place_of(digest)];
        if (place.actor == nullptr) ++size_;
        place = {digest, actor};
        if (size_ * 2 > many_.size() && !many_.empty()) spread(many_.size() * 2);
    }

    /// Forgets the name if it is that actor's.
    void erase(std::uint64_t digest, const actor_cell* actor) {
        if (find(digest) != actor) return;
        --size_;
        if (!many_.empty()) return close_gap(place_of(digest));
        entry& gone = few_place(digest);
        gone = few_[size_];
        few_[size_] = {};
    }

   private:
    struct entry {
        std::uint64_t digest = 0;
        actor_cell* actor = nullptr;  // null: free
    };

    /// Where it is, or the first free place. Requires: it is there, or a place is free.
    [[nodiscard]] entry& few_place(std::uint64_t digest) {
        std::size_t at = 0;
        while (at < size_ && few_[at].digest != digest) ++at;
        return few_[at];
    }
    [[nodiscard]] std::size_t place_of(std::uint64_t digest) const {
        std::size_t at = digest & (many_.size() - 1);
        while (many_[at].actor != nullptr && many_[at].digest != digest) at = next(at);
        return at;
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (many_.size() - 1); }

    void spread(std::size_t places) {
        std::vector<entry> old(places);
        old.swap(many_);
        const auto add = [this](const entry& kept) {
            if (kept.actor != nullptr) many_[place_of(kept.digest)] = kept;
        };
        if (old.empty()) {
            for (const entry& kept : few_) add(kept);
        }
        for (const entry& kept : old) add(kept);
    }
    /// Moves those behind a freed place up, so that no search ends there too early (Knuth, TAOCP 3,
    /// 6.4, algorithm R).
    void close_gap(std::size_t gap) {
        many_[gap] = {};
        for (std::size_t at = next(gap); many_[at].actor != nullptr; at = next(at)) {
            const entry moved = many_[at];
            many_[at] = {};
            many_[place_of(moved.digest)] = moved;
        }
    }

    std::array<entry, 4> few_{};
    std::vector<entry> many_;  // a power of two of places, when there are more than a few
    std::size_t size_ = 0;
};

}  // namespace detail
}  // namespace partita
