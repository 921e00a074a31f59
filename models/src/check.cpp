#include <partita/models/check.hpp>

#include <utility>

#include "../checkers/checkers.hpp"

namespace partita {
namespace {

std::vector<history_checker> all_checkers() {
    std::vector<history_checker> all = linearizable_checkers();
    for (auto* const family : {relation_checkers, counting_checkers}) {
        for (history_checker& each : family()) all.push_back(std::move(each));
    }
    return all;
}

}  // namespace

const std::vector<history_checker>& history_checkers() {
    static const std::vector<history_checker> all = all_checkers();
    return all;
}

}  // namespace partita
