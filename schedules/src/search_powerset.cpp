#include "search_powerset.hpp"

#include <algorithm>
#include <map>

namespace partita::detail {

std::uint64_t saturating_sum(std::uint64_t left, std::uint64_t right) {
    return left > UINT64_MAX - right ? UINT64_MAX : left + right;
}

std::uint64_t saturating_product(std::uint64_t left, std::uint64_t right) {
    return right != 0 && left > UINT64_MAX / right ? UINT64_MAX : left * right;
}

site_list::site_list(const std::vector<decision>& offers) {
    std::map<site_id, std::size_t> place;
    std::vector<std::vector<decision>> by_site;
    for (const decision& offered : offers) {
        const auto [found, is_new] = place.try_emplace(offered.site, by_site.size());
        if (is_new) {
            by_site.emplace_back();
        }
        std::vector<decision>& of_site = by_site[found->second];
        if (std::find(of_site.begin(), of_site.end(), offered) == of_site.end()) {
            of_site.push_back(offered);
        }
    }
    for (const std::vector<decision>& of_site : by_site) {
        site_of_.insert(site_of_.end(), of_site.size(), begins_.size());
        begins_.push_back(decisions_.size());
        decisions_.insert(decisions_.end(), of_site.begin(), of_site.end());
    }
}

std::vector<std::uint64_t> subsets_by_size(std::span<const std::size_t> alternatives,
                                           std::size_t size_max) {
    const std::size_t largest = std::min(alternatives.size(), size_max);
    std::vector<std::uint64_t> counts(largest + 1);
    counts[0] = 1;
    std::size_t sites = 0;
    for (const std::size_t choices : alternatives) {
        for (std::size_t size = std::min(++sites, largest); size > 0; --size) {
            counts[size] =
                saturating_sum(counts[size], saturating_product(counts[size - 1], choices));
        }
    }
    return counts;
}

powerset_walk::powerset_walk(const site_list& list, std::size_t size_max)
    : list_(list), size_max_(std::min(size_max, list.sites())) {}

bool powerset_walk::advance() {
    for (std::size_t place = chosen_.size(); place-- > 0;) {
        if (choose_from(place, chosen_[place] + 1)) {
            return true;
        }
    }
    if (chosen_.size() >= size_max_) {
        chosen_.clear();
        return false;
    }
    chosen_.resize(chosen_.size() + 1);
    return choose_from(0, 0);
}

bool powerset_walk::choose_from(std::size_t place, std::size_t decision) {
    if (decision >= list_.decisions().size()) {
        return false;
    }
    const std::size_t behind = chosen_.size() - place - 1;
    if (list_.site_of(decision) + behind >= list_.sites()) {
        return false;
    }
    chosen_[place] = decision;
    for (++place; place < chosen_.size(); ++place) {
        chosen_[place] = list_.begin_of(list_.site_of(chosen_[place - 1]) + 1);
    }
    return true;
}

}  // namespace partita::detail
