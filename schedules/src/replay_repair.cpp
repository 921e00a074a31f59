#include "replay_repair.hpp"

#include <algorithm>
#include <array>

#include <partita/schedules/codec.hpp>

#include "site_words.hpp"

namespace partita::detail {
namespace {

std::string ordinal_word(std::uint64_t number) {
    constexpr std::array words = {"first", "second",  "third",  "fourth", "fifth",
                                  "sixth", "seventh", "eighth", "ninth",  "tenth"};
    if (number >= 1 && number <= words.size()) {
        return words[number - 1];
    }
    const auto teen = number % 100 / 10 == 1;
    const auto last = teen ? 0 : number % 10;
    const auto* const ending = last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
    return std::to_string(number) + ending;
}

std::uint64_t distance(std::uint64_t left, std::uint64_t right) {
    return left < right ? right - left : left - right;
}

}  // namespace

repair::repair(const schedule& stored) : stored_(&stored) {
    for (const auto& each : stored.deviations) {
        places_.emplace_back(each.site);
    }
}

schedule repair::applied() const {
    schedule result{stored_->application, stored_->steps, {}};
    for (std::size_t index = 0; index < places_.size(); ++index) {
        if (places_[index]) {
            result.deviations.push_back(stored_->deviations[index]);
            result.deviations.back().site = *places_[index];
        }
    }
    return result;
}

std::vector<std::size_t> repair::missing(const trial_summary& summary) const {
    std::vector<std::size_t> missing;
    std::size_t position = 0;
    for (std::size_t index = 0; index < places_.size(); ++index) {
        if (!places_[index]) {
            continue;
        }
        if (position >= summary.met.size() || !summary.met[position]) {
            missing.push_back(index);
        }
        ++position;
    }
    return missing;
}

std::vector<repair> repair::edited(std::size_t index, const std::vector<std::string>& sites) const {
    std::vector<repair> repairs;
    if (auto place = nearest(index, sites)) {
        repairs.push_back(*this);
        repairs.back().places_[index] = std::move(place);
    }
    repairs.push_back(*this);
    repairs.back().places_[index].reset();
    return repairs;
}

bool repair::carries(std::string_view label) const {
    return std::any_of(places_.begin(), places_.end(),
                       [&](const auto& place) { return place && place->text() == label; });
}

std::optional<site_label> repair::nearest(std::size_t index,
                                          const std::vector<std::string>& sites) const {
    const auto wanted = parts_of(places_[index]->text());
    std::optional<site_label> best;
    auto best_distance = UINT64_MAX;
    std::uint64_t best_ordinal = 0;
    for (const auto& label : sites) {
        const auto found = parts_of(label);
        if (found.stem != wanted.stem || found.ordinal == 0 || carries(label)) {
            continue;
        }
        const auto apart = distance(found.ordinal, wanted.ordinal);
        if (!best || apart < best_distance ||
            (apart == best_distance && found.ordinal < best_ordinal)) {
            best = site_label(label);
            best_distance = apart;
            best_ordinal = found.ordinal;
        }
    }
    return best;
}

std::size_t repair::edit_count() const {
    std::size_t count = 0;
    for (std::size_t index = 0; index < places_.size(); ++index) {
        count += places_[index] == stored_->deviations[index].site ? 0U : 1U;
    }
    return count;
}

std::vector<std::string> repair::edits() const {
    std::vector<std::string> sentences;
    for (std::size_t index = 0; index < places_.size(); ++index) {
        if (places_[index] != stored_->deviations[index].site) {
            sentences.push_back(sentence(index));
        }
    }
    return sentences;
}

std::string repair::sentence(std::size_t index) const {
    const auto& stored = stored_->deviations[index];
    if (!places_[index]) {
        return "left out " + to_text(stored) + " (site not met)";
    }
    return "moved " + to_text(stored) + " to #" +
           std::to_string(parts_of(places_[index]->text()).ordinal) + " (no " +
           ordinal_word(parts_of(stored.site.text()).ordinal) + " one any more)";
}

}  // namespace partita::detail
