#include <partita/models/counting.hpp>

#include "checkers.hpp"

namespace partita {

namespace {

history_checker set_checker(std::string model, std::string consistency, freshness fresh) {
    return {std::move(model), std::move(consistency),
            "add or broadcast element, read -> list; by key",
            [fresh](const client_history& operations, const check_bounds& bounds) {
                return check_set(operations, fresh, bounds);
            }};
}

history_checker counter_checker(std::string model, std::string consistency, counter_rules rules) {
    return {std::move(model), std::move(consistency), "add number, read -> number; by key",
            [rules](const client_history& operations, const check_bounds& bounds) {
                return check_counter(operations, rules, bounds);
            }};
}

}  // namespace

std::vector<history_checker> counting_checkers() {
    std::vector<history_checker> all;
    for (const char* model : {"set-full", "broadcast"}) {
        all.push_back(set_checker(model, "eventual", freshness::eventual));
        all.push_back(set_checker(model, "immediate", freshness::immediate));
    }
    all.push_back({"unique-ids", "unique", "generate -> identifier", check_unique_ids});
    for (const bool grows_only : {true, false}) {
        const char* model = grows_only ? "g-counter" : "pn-counter";
        all.push_back(counter_checker(model, "eventual", {grows_only, freshness::eventual}));
        all.push_back(counter_checker(model, "immediate", {grows_only, freshness::immediate}));
    }
    return all;
}

}  // namespace partita
