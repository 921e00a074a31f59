#include "model_register.hpp"

#include "model_shapes.hpp"

namespace partita::detail {

std::string register_model::wrong(const client_operation& each, bool swaps) {
    if (each.function == "read") return wrong_read(each);
    if (each.function == "write") return {};
    if (!swaps) return unknown_function(each, "read or write");
    if (each.function != "cas") return unknown_function(each, "read, write or cas");
    if (each.argument.list() == nullptr || each.argument.list()->size() != 2) {
        return wrong_argument(each, "[from, to]");
    }
    return wrong_flag(each);
}

register_model::operation register_model::prepare(const client_operation& each) {
    operation coded;
    coded.known = each.outcome == response_kind::ok;
    if (each.function == "read") {
        if (coded.known) coded.to = numbers_(each.result);
    } else if (each.function == "write") {
        coded.is = operation::kind::write;
        coded.to = numbers_(each.argument);
    } else {
        coded.is = operation::kind::swap;
        coded.from = numbers_((*each.argument.list())[0]);
        coded.to = numbers_((*each.argument.list())[1]);
        coded.refused = coded.known && says_no(each.result);
    }
    return coded;
}

std::optional<register_model::state> register_model::step(const state& now,
                                                          const operation& by) const {
    switch (by.is) {
        case operation::kind::read:
            if (by.known && by.to != now) return std::nullopt;
            return now;
        case operation::kind::write:
            return by.to;
        case operation::kind::swap:
            if (by.known && by.refused != (by.from != now)) return std::nullopt;
            return by.from == now ? by.to : now;
    }
    return std::nullopt;
}

bool register_model::read_only(const operation& each) const {
    return each.is == operation::kind::read || each.refused;
}

std::vector<observation<register_model::state>> register_model::observe(
    const std::vector<operation>& all) const {
    std::vector<observation<state>> seen(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].is == operation::kind::read) {
            if (all[i].known) seen[i].before = all[i].to;
        } else if (!all[i].refused) {
            seen[i].after = all[i].to;
            if (all[i].is == operation::kind::swap && all[i].known) seen[i].before = all[i].from;
        }
    }
    return seen;
}

std::optional<history_value> register_model::answer(const state& now, const operation& by) const {
    if (by.is == operation::kind::read) return numbers_[now];
    if (by.is == operation::kind::swap) return history_value{by.from == now};
    return history_value{};
}

}  // namespace partita::detail
