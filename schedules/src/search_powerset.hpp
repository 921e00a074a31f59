#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita::detail {

/// Sums and products that stay at UINT64_MAX instead of wrapping round.
[[nodiscard]] std::uint64_t saturating_sum(std::uint64_t left, std::uint64_t right);
[[nodiscard]] std::uint64_t saturating_product(std::uint64_t left, std::uint64_t right);

/// The decisions that a powerset is made of, those of one site side by side, sites in the order
/// met.
class site_list {
   public:
    /// Sorts what an undisturbed run offered by site; an offer made twice counts once.
    explicit site_list(const std::vector<decision>& offers);

    [[nodiscard]] const std::vector<decision>& decisions() const { return decisions_; }
    [[nodiscard]] std::size_t sites() const { return begins_.size(); }
    [[nodiscard]] std::size_t site_of(std::size_t decision) const { return site_of_[decision]; }
    /// The first decision of a site; decisions().size() for the site after the last.
    [[nodiscard]] std::size_t begin_of(std::size_t site) const {
        return site < sites() ? begins_[site] : decisions_.size();
    }
    [[nodiscard]] std::size_t alternatives_of(std::size_t site) const {
        return begin_of(site + 1) - begin_of(site);
    }

   private:
    std::vector<decision> decisions_;
    std::vector<std::size_t> site_of_;
    std::vector<std::size_t> begins_;
};

/// How many subsets of each size 0, 1, ..., at most size_max there are when of each site one of its
/// alternatives or none is chosen: the coefficients of the product of (1 + alternatives * x).
[[nodiscard]] std::vector<std::uint64_t> subsets_by_size(std::span<const std::size_t> alternatives,
                                                         std::size_t size_max);

/// Goes through the subsets of a site_list, fewest decisions first, those of one size in the
/// lexicographic order of their decisions.
class powerset_walk {
   public:
    /// The list must outlive the walk. Begins at the empty set.
    powerset_walk(const site_list&, std::size_t size_max);

    /// Goes to the next subset; false, and at the empty set again, after the last.
    bool advance();
    /// Positions in site_list::decisions(), ascending.
    [[nodiscard]] std::span<const std::size_t> chosen() const { return chosen_; }

   private:
    /// Chooses `decision` at `place` and the first that may follow it behind; false when too few
    /// do.
    bool choose_from(std::size_t place, std::size_t decision);

    const site_list& list_;
    std::size_t size_max_;
    std::vector<std::size_t> chosen_;
};

}  // namespace partita::detail
