#include "model_containers.hpp"

#include <algorithm>

#include "model_shapes.hpp"
#include "relation_report.hpp"

namespace partita::detail {
namespace {

history_value values_of(const std::vector<std::uint32_t>& numbers, const value_numbers& values) {
    history_values all;
    for (const std::uint32_t each : numbers) all.push_back(values[each]);
    return {all};
}

history_value sorted(history_value list) {
    auto& all = std::get<history_values>(list.is);
    std::sort(all.begin(), all.end());
    return list;
}

}  // namespace

std::string queue_model::wrong(const client_operation& each) {
    if (each.function == "dequeue") return wrong_read(each);
    if (each.function != "enqueue") return unknown_function(each, "enqueue or dequeue");
    return each.argument.nothing() ? wrong_argument(each, "a value") : "";
}

queue_model::operation queue_model::prepare(const client_operation& each) {
    operation coded;
    coded.known = each.outcome == response_kind::ok;
    coded.enqueue = each.function == "enqueue";
    if (coded.enqueue) coded.value = numbers_(each.argument);
    if (!coded.enqueue && coded.known) coded.value = numbers_(each.result);
    return coded;
}

std::optional<queue_model::state> queue_model::step(const state& now, const operation& by) const {
    if (by.enqueue) {
        state longer;
        longer.reserve(now.size() + 1);
        longer = now;
        longer.push_back(by.value);
        return longer;
    }
    const std::uint32_t first = now.empty() ? 0 : now.front();
    if (by.known && by.value != first) return std::nullopt;
    return now.empty() ? now : state(now.begin() + 1, now.end());
}

std::optional<history_value> queue_model::answer(const state& now, const operation& by) const {
    return numbers_[by.enqueue || now.empty() ? 0 : now.front()];
}

std::string queue_model::describe(const state& of) const {
    return shortened(to_text(values_of(of, numbers_)));
}

set_model::set_model(const client_history& given) {
    for (const client_operation& each : given) {
        if (each.function == "read") read_whole_.insert(each.key);
    }
}

std::string set_model::wrong(const client_operation& each) {
    const bool ok = each.outcome == response_kind::ok;
    if (each.function == "read") {
        if (ok && each.result.list() == nullptr) return wrong_result(each, "a list");
        return wrong_read(each);
    }
    const bool contains = each.function == "contains";
    if (!contains && each.function != "add" && each.function != "remove") {
        return unknown_function(each, "add, remove, contains or read");
    }
    if (contains && ok && each.result.nothing()) return wrong_result(each, "true or false");
    return wrong_flag(each);
}

set_model::operation set_model::prepare(const client_operation& each) {
    using kind = operation::kind;
    operation coded;
    coded.known = each.outcome == response_kind::ok;
    if (each.function == "read") {
        if (!coded.known) return coded;
        for (const history_value& one : *each.result.list()) coded.all.push_back(numbers_(one));
        std::sort(coded.all.begin(), coded.all.end());
        coded.all.erase(std::unique(coded.all.begin(), coded.all.end()), coded.all.end());
        return coded;
    }
    coded.is = each.function == "add"      ? kind::add
               : each.function == "remove" ? kind::remove
                                           : kind::contains;
    coded.element = numbers_(each.argument);
    if (coded.known && !each.result.nothing()) coded.answer = !says_no(each.result);
    return coded;
}

history_value set_model::partition(const client_operation& each) const {
    if (read_whole_.contains(each.key)) return {history_values{each.key}};
    return {history_values{each.key, each.argument}};
}

std::optional<set_model::state> set_model::step(const state& now, const operation& by) const {
    using kind = operation::kind;
    if (by.is == kind::read) {
        if (by.known && by.all != now) return std::nullopt;
        return now;
    }
    const auto place = std::lower_bound(now.begin(), now.end(), by.element);
    const auto at = place - now.begin();
    const bool there = place != now.end() && *place == by.element;
    if (by.answer && *by.answer != (by.is == kind::add ? !there : there)) return std::nullopt;
    state next = now;
    if (by.is == kind::add && !there) next.insert(next.begin() + at, by.element);
    if (by.is == kind::remove && there) next.erase(next.begin() + at);
    return next;
}

bool set_model::read_only(const operation& each) const {
    const bool looks = each.is == operation::kind::read || each.is == operation::kind::contains;
    return looks || (each.answer && !*each.answer);
}

std::optional<history_value> set_model::answer(const state& now, const operation& by) const {
    if (by.is == operation::kind::read) return sorted(values_of(now, numbers_));
    const bool there = std::binary_search(now.begin(), now.end(), by.element);
    return history_value{by.is == operation::kind::add ? !there : there};
}

std::string set_model::describe(const state& of) const {
    return shortened(to_text(sorted(values_of(of, numbers_))));
}

}  // namespace partita::detail
