#include "search_reduced.hpp"

#include <algorithm>

namespace partita::detail {

powerset_rule::powerset_rule(const site_list& list, decision_interner& decisions,
                             std::size_t size_max)
    : list_(list), decisions_(decisions), size_max_(std::min(size_max, list.sites())) {
    for (const decision& listed : list.decisions()) {
        (void)decisions.number_of(listed);
    }
    for (std::size_t site = 0; site < list.sites(); ++site) {
        const std::size_t alternatives = list.alternatives_of(site);
        const auto found = std::find(classes_.begin(), classes_.end(), alternatives);
        class_of_.push_back(static_cast<std::size_t>(found - classes_.begin()));
        if (found == classes_.end()) {
            classes_.push_back(alternatives);
            sites_in_.push_back(0);
        }
        ++sites_in_[class_of_.back()];
    }
}

void powerset_rule::look(const branch& place, const trial_report& report,
                         std::vector<decision_number>& offers, std::span<std::uint32_t> memory) {
    for (const decision& offered : report.offers) {
        const decision_number number = decisions_.number_of(offered);
        if (number < list_.decisions().size()) {
            offers.push_back(number);
        }
    }
    std::fill(memory.begin(), memory.end(), 0);
    std::copy(place.memory_above.begin(), place.memory_above.end(), memory.begin());
    count_sites(place.offers_passed, memory);
    key_.assign(memory.begin(), memory.end());
    count_sites(offers, key_);
    count_trial(place, report, key_);
}

void powerset_rule::count_sites(std::span<const decision_number> offers,
                                std::span<std::uint32_t> met) const {
    // Alternatives of one site are offered one after the other.
    std::size_t counted_last = list_.sites();
    for (const decision_number number : offers) {
        const std::size_t site = list_.site_of(number);
        if (site != counted_last) {
            ++met[class_of_[site]];
            counted_last = site;
        }
    }
}

void powerset_rule::count_trial(const branch& place, const trial_report& report,
                                std::span<const std::uint32_t> met) {
    for (std::size_t index = 0; index < met.size(); ++index) {
        key_[index] = sites_in_[index] - met[index];
    }
    key_.push_back(static_cast<std::uint32_t>(place.decisions));
    ++tallies_[key_].by_verdict[static_cast<std::size_t>(report.verdict)];
}

template <typename CountOf>
std::vector<std::uint64_t> powerset_rule::sum(CountOf count_of) const {
    std::vector<std::uint64_t> sums(size_max_ + 1);
    std::vector<std::size_t> alternatives;
    for (const auto& [key, trials] : tallies_) {
        alternatives.clear();
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            alternatives.insert(alternatives.end(), key[index], classes_[index]);
        }
        const std::size_t decisions = key.back();
        const auto added = subsets_by_size(alternatives, size_max_ - decisions);
        for (std::size_t more = 0; more < added.size(); ++more) {
            sums[decisions + more] = saturating_sum(
                sums[decisions + more], saturating_product(added[more], count_of(trials)));
        }
    }
    return sums;
}

std::vector<std::uint64_t> powerset_rule::subsets() const {
    return sum([](const tally& trials) {
        return trials.by_verdict[0] + trials.by_verdict[1] + trials.by_verdict[2];
    });
}

std::vector<std::uint64_t> powerset_rule::subsets(verdict wanted) const {
    return sum([wanted](const tally& trials) {
        return trials.by_verdict[static_cast<std::size_t>(wanted)];
    });
}

}  // namespace partita::detail
