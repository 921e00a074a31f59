#pragma once

#include <cstdint>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita::detail {

/// A decision as a small number, in order of first appearance.
using decision_number = std::uint32_t;

/// Numbers decisions, so that frontiers and indexes hold 4 bytes a decision instead of 16.
class decision_interner {
   public:
    /// The number of a decision; a new one when it was not seen before.
    [[nodiscard]] decision_number number_of(const decision& wanted);

    /// Requires: `number` was handed out.
    [[nodiscard]] const decision& operator[](decision_number number) const {
        return decisions_[number];
    }
    [[nodiscard]] std::size_t size() const { return decisions_.size(); }

   private:
    [[nodiscard]] std::size_t slot_of(const decision& wanted) const;
    void grow();

    static constexpr decision_number empty_ = UINT32_MAX;
    std::vector<decision> decisions_;
    std::vector<decision_number> slots_ = std::vector<decision_number>(64, empty_);
};

inline std::size_t decision_interner::slot_of(const decision& wanted) const {
    const std::size_t mask = slots_.size() - 1;
    // site_id is a digest already; the golden ratio spreads the alternatives of one site.
    std::size_t slot = (wanted.site.value + wanted.alternative * 0x9e3779b97f4a7c15ULL) & mask;
    while (slots_[slot] != empty_ && decisions_[slots_[slot]] != wanted) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

inline decision_number decision_interner::number_of(const decision& wanted) {
    std::size_t slot = slot_of(wanted);
    if (slots_[slot] == empty_) {
        if (2 * (decisions_.size() + 1) > slots_.size()) {
            grow();
            slot = slot_of(wanted);
        }
        slots_[slot] = static_cast<decision_number>(decisions_.size());
        decisions_.push_back(wanted);
    }
    return slots_[slot];
}

inline void decision_interner::grow() {
    slots_.assign(slots_.size() * 2, empty_);
    for (std::size_t number = 0; number < decisions_.size(); ++number) {
        slots_[slot_of(decisions_[number])] = static_cast<decision_number>(number);
    }
}

}  // namespace partita::detail
