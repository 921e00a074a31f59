#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "search_branching.hpp"
#include "search_powerset.hpp"

namespace partita::detail {

/// Branches only on decisions of the undisturbed run, and knows for how many subsets of the
/// powerset each trial stands: a trial in which the decisions P were met is also the trial of P
/// with any decisions of sites that it never meets. Those sites are counted by their number of
/// alternatives.
class powerset_rule final : public branch_rule {
   public:
    /// The list must outlive the rule. Requires: the interner has not numbered anything yet, so
    /// that a decision's number is its place in the list.
    powerset_rule(const site_list&, decision_interner&, std::size_t size_max);

    void look(const branch&, const trial_report&, std::vector<decision_number>& offers,
              std::span<std::uint32_t> memory) override;
    [[nodiscard]] std::size_t memory_words() const override { return classes_.size(); }

    /// The counts of the powerset: by number of decisions, all subsets and those whose trials had
    /// the verdict.
    [[nodiscard]] std::vector<std::uint64_t> subsets() const;
    [[nodiscard]] std::vector<std::uint64_t> subsets(verdict) const;

   private:
    /// How many trials had a verdict, for a number of decisions and of sites not met by class.
    struct tally {
        std::uint64_t by_verdict[3] = {0, 0, 0};
    };
    using tally_key = std::vector<std::uint32_t>;  ///< sites not met by class, then decisions

    /// Adds to `met`, by class, the sites of the list among these decisions.
    void count_sites(std::span<const decision_number> offers, std::span<std::uint32_t> met) const;
    void count_trial(const branch&, const trial_report&, std::span<const std::uint32_t> met);
    template <typename CountOf>
    [[nodiscard]] std::vector<std::uint64_t> sum(CountOf count_of) const;

    const site_list& list_;
    decision_interner& decisions_;
    std::size_t size_max_;
    std::vector<std::size_t> classes_;     ///< the numbers of alternatives that sites have
    std::vector<std::uint32_t> sites_in_;  ///< by class
    std::vector<std::size_t> class_of_;    ///< by site
    std::map<tally_key, tally> tallies_;
    tally_key key_;  ///< scratch of count_trial()
};

}  // namespace partita::detail
