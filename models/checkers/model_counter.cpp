#include "model_counter.hpp"

#include "model_shapes.hpp"

namespace partita::detail {

std::string counter_model::wrong(const client_operation& each) {
    if (each.function == "add") {
        return each.argument.number() == nullptr ? wrong_argument(each, "a number") : "";
    }
    if (each.function != "read") return unknown_function(each, "add or read");
    const bool shaped = each.outcome != response_kind::ok || each.result.number() != nullptr;
    return shaped ? wrong_read(each) : wrong_result(each, "a number");
}

counter_model::operation counter_model::prepare(const client_operation& each) const {
    operation coded;
    coded.add = each.function == "add";
    coded.known = each.outcome == response_kind::ok;
    if (coded.add) coded.number = *each.argument.number();
    if (!coded.add && coded.known) coded.number = *each.result.number();
    return coded;
}

std::optional<counter_model::state> counter_model::step(const state& now,
                                                        const operation& by) const {
    if (by.add) {
        return static_cast<state>(static_cast<std::uint64_t>(now) +
                                  static_cast<std::uint64_t>(by.number));
    }
    if (by.known && by.number != now) return std::nullopt;
    return now;
}

std::optional<history_value> counter_model::answer(const state& now, const operation& by) const {
    return by.add ? history_value{} : history_value{now};
}

std::string lock_model::wrong(const client_operation& each) {
    if (each.function != "acquire" && each.function != "release") {
        return unknown_function(each, "acquire or release");
    }
    return each.argument.nothing() ? wrong_flag(each) : wrong_argument(each, "no argument");
}

lock_model::operation lock_model::prepare(const client_operation& each) const {
    operation coded;
    coded.acquire = each.function == "acquire";
    coded.known = each.outcome == response_kind::ok;
    coded.refused = coded.known && says_no(each.result);
    coded.process = each.process;
    return coded;
}

std::optional<lock_model::state> lock_model::step(const state& now, const operation& by) const {
    const bool done = now == wanted(by);
    if (by.known && by.refused == done) return std::nullopt;
    return done ? left_by(by) : now;
}

std::vector<observation<lock_model::state>> lock_model::observe(
    const std::vector<operation>& all) const {
    std::vector<observation<state>> seen(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].refused) continue;
        seen[i].after = left_by(all[i]);
        if (all[i].known) seen[i].before = wanted(all[i]);
    }
    return seen;
}

std::optional<history_value> lock_model::answer(const state& now, const operation& by) const {
    return history_value{now == wanted(by)};
}

std::string lock_model::describe(const state& of) const {
    return of.held ? "held by process " + std::to_string(of.holder) : "free";
}

}  // namespace partita::detail
