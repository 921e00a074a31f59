#include <partita/schedules/shrink.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <partita/schedules/codec.hpp>

#include "shrink_elements.hpp"
#include "shrink_quantity.hpp"

namespace partita {
namespace detail {
namespace {

using elements = std::vector<element>;

/// The part of a list that is the given one of so many nearly equal parts.
elements part_of(const elements& list, std::size_t part, std::size_t parts) {
    const auto at = [&](std::size_t bound) {
        return list.begin() + static_cast<std::ptrdiff_t>(list.size() * bound / parts);
    };
    return {at(part), at(part + 1)};
}

elements difference(const elements& all, const elements& some) {
    elements rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

/// Holds the smallest schedule known to fail and tries smaller ones.
///
/// Invariant: no schedule is tried twice, none is tried that has more elements than the smallest,
/// and a schedule becomes the smallest only by being tried. So the shrink walks through distinct
/// schedules whose element count never grows. Removing lowers that count; shortening keeps it and
/// moves one number nearer to zero; weakening is well-founded by the contract of
/// reduction_function, and a function that breaks the contract finds its earlier schedules tried
/// and trials_max in its way.
class shrinker {
   public:
    shrinker(const schedule& failing, const trial_function& trial, const shrink_options& options)
        : trial_(trial), options_(options), smallest_(failing) {}

    shrink_outcome run() {
        summary_ = trial_(smallest_);
        trials_ = 1;
        tried_.insert(to_text(smallest_));
        if (summary_.verdict == verdict::holds || !summary_.violation) {
            return {smallest_, summary_, trials_, false};
        }
        failure_ = *summary_.violation;
        do {
            reduce();
        } while (take_single_step());
        return {smallest_, summary_, trials_, !refused_};
    }

   private:
    /// Whether the candidate fails in the same way; if so it is now the smallest. False without a
    /// trial when it was tried before, and when there are no trials left (then refused_ is set).
    bool attempt(schedule candidate) {
        auto text = to_text(candidate);
        if (tried_.contains(text)) {
            return false;
        }
        if (trials_ >= options_.trials_max) {
            refused_ = true;
            return false;
        }
        tried_.insert(std::move(text));
        ++trials_;
        return adopt_if_failing(std::move(candidate));
    }

    bool adopt_if_failing(schedule candidate) {
        auto summary = trial_(candidate);
        const bool fails = summary.verdict != verdict::holds && summary.violation &&
                           same_failure(*summary.violation, failure_);
        if (fails) {
            smallest_ = std::move(candidate);
            summary_ = std::move(summary);
        }
        return fails;
    }

    void reduce() {
        drop_unmet();
        remove(element_kind::fault);
        remove(element_kind::workload);
        while (!refused_ && bring_one_forward()) {
        }
        weaken();
        shorten();
    }

    /// Deviations that did nothing; without them others may do nothing, in turn.
    void drop_unmet() {
        elements unmet;
        do {
            unmet.clear();
            for (std::size_t index = 0; index < summary_.met.size(); ++index) {
                if (!summary_.met[index] && index < smallest_.deviations.size()) {
                    unmet.push_back(smallest_.steps.size() + index);
                }
            }
        } while (!unmet.empty() && attempt(without(smallest_, unmet)));
    }

    /// ddmin over the elements of one kind, the others staying as they are.
    void remove(element_kind kind) {
        const auto base = smallest_;
        const auto all = elements_of(base, kind);
        if (all.empty() || attempt(without(base, all))) {
            return;
        }
        auto kept = all;
        const auto keep = [&](elements some) {
            const bool fails = attempt(without(base, difference(all, some)));
            if (fails) {
                kept = std::move(some);
            }
            return fails;
        };
        for (std::size_t parts = 2; kept.size() > 1 && !refused_;) {
            if (keep_any(parts,
                         [&](std::size_t part) { return keep(part_of(kept, part, parts)); })) {
                parts = 2;
            } else if (keep_any(parts, [&](std::size_t part) {
                           return keep(difference(kept, part_of(kept, part, parts)));
                       })) {
                parts = std::max<std::size_t>(parts - 1, 2);
            } else if (parts >= kept.size()) {
                return;
            } else {
                parts = std::min(parts * 2, kept.size());
            }
        }
    }

    template <typename Keep>
    bool keep_any(std::size_t parts, const Keep& keep) {
        for (std::size_t part = 0; part < parts && !refused_; ++part) {
            if (keep(part)) {
                return true;
            }
        }
        return false;
    }

    void weaken() {
        while (!refused_ && weaken_once()) {
        }
    }

    bool weaken_once() {
        const auto candidates =
            options_.weaken ? options_.weaken(smallest_) : std::vector<schedule>{};
        const auto limit = element_count(smallest_);
        return std::any_of(candidates.begin(), candidates.end(), [&](const schedule& candidate) {
            return element_count(candidate) <= limit && attempt(candidate);
        });
    }

    void shorten() {
        for (const auto place : word_places(smallest_)) {
            shorten_to_zero(place);
            while (!refused_ && shorten_once(place)) {
            }
        }
    }

    bool attempt_at(word_place place, const std::optional<quantity>& smaller) {
        return smaller && attempt(with_word(smallest_, place, to_text(*smaller)));
    }

    [[nodiscard]] std::optional<quantity> quantity_at(word_place place) const {
        return quantity_of(word_at(smallest_, place));
    }

    void shorten_to_zero(word_place place) {
        if (auto zero = quantity_at(place); zero && zero->count != 0) {
            zero->count = 0;
            attempt_at(place, zero);
        }
    }

    bool shorten_once(word_place place) {
        const auto whole = quantity_at(place);
        if (!whole || whole->count == 0) {
            return false;
        }
        const auto half = halved(*whole);
        if (attempt_at(place, half)) {
            return true;
        }
        if (!attempt_at(place, one_less(*whole))) {
            return false;
        }
        bisect(place, half->count);
        return true;
    }

    /// Looks between a count that does not fail and the present one for the least that fails, as if
    /// the failure were monotone; the single steps that follow check whatever comes out.
    void bisect(word_place place, std::uint64_t passing) {
        auto middle = *quantity_at(place);
        auto failing = middle.count;
        while (failing > passing && failing - passing > 1 && !refused_) {
            middle.count = passing + (failing - passing) / 2;
            (attempt_at(place, middle) ? failing : passing) = middle.count;
        }
    }

    /// Tries every single step from the smallest schedule. When none keeps the failure and none was
    /// refused, this has proved that the schedule is 1-minimal.
    bool take_single_step() {
        refused_ = false;
        return remove_one() || bring_one_forward() || weaken_once() || shorten_one();
    }

    /// A command in the background that need not be there.
    bool bring_one_forward() {
        for (std::size_t index = 0; index < smallest_.steps.size() && !refused_; ++index) {
            auto candidate = smallest_;
            auto* const found = std::get_if<command>(&candidate.steps[index]);
            if (found == nullptr || !std::exchange(found->background, false)) {
                continue;
            }
            if (attempt(std::move(candidate))) {
                return true;
            }
        }
        return false;
    }

    bool remove_one() {
        for (element index = 0; index < element_count(smallest_) && !refused_; ++index) {
            if (attempt(without(smallest_, {index}))) {
                return true;
            }
        }
        return false;
    }

    bool shorten_one() {
        for (const auto place : word_places(smallest_)) {
            const auto whole = quantity_at(place);
            if (whole &&
                (attempt_at(place, halved(*whole)) || attempt_at(place, one_less(*whole)))) {
                return true;
            }
        }
        return false;
    }

    const trial_function& trial_;
    const shrink_options& options_;
    schedule smallest_;
    trial_summary summary_;
    violation failure_;
    std::set<std::string> tried_;
    std::size_t trials_ = 0;
    bool refused_ = false;
};

}  // namespace
}  // namespace detail

shrink_outcome shrink(const schedule& failing, const trial_function& trial,
                      const shrink_options& options) {
    return detail::shrinker(failing, trial, options).run();
}

}  // namespace partita
