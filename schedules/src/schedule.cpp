#include <partita/schedules/schedule.hpp>

#include <algorithm>
#include <tuple>

namespace partita {

schedule canonical(schedule given) {
    auto& deviations = given.deviations;
    std::sort(deviations.begin(), deviations.end(),
              [](const deviation& left, const deviation& right) {
                  return std::tie(left.site, left.action, left.arguments) <
                         std::tie(right.site, right.action, right.arguments);
              });
    deviations.erase(std::unique(deviations.begin(), deviations.end()), deviations.end());
    return given;
}

std::size_t fault_count(const schedule& given) {
    const auto is_fault = [](const step& each) { return std::holds_alternative<fault_step>(each); };
    const auto steps = std::count_if(given.steps.begin(), given.steps.end(), is_fault);
    return given.deviations.size() + static_cast<std::size_t>(steps);
}

}  // namespace partita
