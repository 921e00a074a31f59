#include <array>

#include <partita/models/linearizability.hpp>

#include "checkers.hpp"
#include "model_containers.hpp"
#include "model_counter.hpp"
#include "model_kv.hpp"
#include "model_register.hpp"
#include "relation_report.hpp"

namespace partita {
namespace {

using stock_check = result<check_outcome> (*)(kept_order, const client_history&,
                                              const check_bounds&, const search_options&);

template <typename Model, typename Wrong>
result<check_outcome> check_shaped(kept_order order, const client_history& given,
                                   const check_bounds& bounds, const search_options& options,
                                   Wrong wrong) {
    for (std::size_t index = 0; index < given.size(); ++index) {
        const std::string what = wrong(given[index]);
        if (!what.empty()) return detail::unreadable(given, index, what);
    }
    return detail::check_order(detail::family_of(Model(given)), order, given, bounds, options);
}

template <typename Model>
result<check_outcome> check_model(kept_order order, const client_history& given,
                                  const check_bounds& bounds, const search_options& options) {
    return check_shaped<Model>(order, given, bounds, options, Model::wrong);
}

template <bool swaps>
result<check_outcome> check_register(kept_order order, const client_history& given,
                                     const check_bounds& bounds, const search_options& options) {
    return check_shaped<detail::register_model>(
        order, given, bounds, options,
        [](const client_operation& each) { return detail::register_model::wrong(each, swaps); });
}

struct stock_model {
    const char* name;
    const char* about;
    stock_check check;
};

constexpr std::array<stock_model, 7> stock_models{{
    {"register", "read -> value or nothing, write value; by key", check_register<false>},
    {"cas-register",
     "read -> value or nothing, write value, cas [from, to] -> true, false or nothing (true); by "
     "key",
     check_register<true>},
    {"kv",
     "get or read -> value or nothing, put or write value, append text (to nothing: the text); by "
     "key",
     check_model<detail::kv_model>},
    {"queue", "enqueue value, dequeue -> the oldest or nothing; by key",
     check_model<detail::queue_model>},
    {"set",
     "add value and remove value -> true, false (no change) or nothing (not told), contains value "
     "-> true or false, read -> list; by key",
     check_model<detail::set_model>},
    {"counter", "add number, read -> number; by key", check_model<detail::counter_model>},
    {"lock",
     "acquire and release -> true, false (refused) or nothing (true), by process, not re-entrant; "
     "by key",
     check_model<detail::lock_model>},
}};

history_checker checker_of(const stock_model& model, kept_order order) {
    const bool real_time = order == kept_order::real_time;
    return {model.name, real_time ? "linearizable" : "sequential", model.about,
            [check = model.check, order](const client_history& given, const check_bounds& bounds) {
                return check(order, given, bounds, {});
            }};
}

}  // namespace

result<check_outcome> check_stock_model(std::string_view name, kept_order order,
                                        const client_history& given, const check_bounds& bounds,
                                        const search_options& options) {
    for (const stock_model& each : stock_models) {
        if (each.name == name) return each.check(order, given, bounds, options);
    }
    return fail(error_code::unknown_name, "no stock model " + std::string(name));
}

std::vector<history_checker> linearizable_checkers() {
    std::vector<history_checker> all;
    for (const stock_model& each : stock_models) {
        all.push_back(checker_of(each, kept_order::real_time));
        all.push_back(checker_of(each, kept_order::process));
    }
    return all;
}

}  // namespace partita
