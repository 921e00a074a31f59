#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/schedules/trial.hpp>

namespace partita::detail {

/// A stored schedule and what has been done to its deviations so far: kept, moved to another
/// ordinal of their site, or left out. The schedule must outlive it.
class repair {
   public:
    explicit repair(const schedule& stored);

    /// The schedule as edited.
    [[nodiscard]] schedule applied() const;
    /// The deviations, as indexes into the stored ones, whose site the trial of applied() did not
    /// meet.
    [[nodiscard]] std::vector<std::size_t> missing(const trial_summary&) const;
    /// One more edit, of a missing deviation: moved to the nearest ordinal among `sites` that
    /// carries no other deviation (of two equally near the smaller), if there is one; left out.
    [[nodiscard]] std::vector<repair> edited(std::size_t index,
                                             const std::vector<std::string>& sites) const;

    /// How many deviations are not as stored.
    [[nodiscard]] std::size_t edit_count() const;
    /// A sentence for each of them.
    [[nodiscard]] std::vector<std::string> edits() const;

   private:
    [[nodiscard]] bool carries(std::string_view label) const;
    [[nodiscard]] std::optional<site_label> nearest(std::size_t index,
                                                    const std::vector<std::string>& sites) const;
    [[nodiscard]] std::string sentence(std::size_t index) const;

    const schedule* stored_;
    std::vector<std::optional<site_label>> places_;  ///< of each deviation; absent: left out
};

}  // namespace partita::detail
