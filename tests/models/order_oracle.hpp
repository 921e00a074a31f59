#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <partita/models/linearizability.hpp>

/// The stock models and both orders once more, in the plainest way: every permutation, every subset
/// of the operations of unknown outcome. It shares no code with what it checks.
namespace partita::order_oracle {

using store = std::map<history_value, history_value>;

inline history_value number(std::int64_t value) { return {value}; }
inline history_value text(std::string value) { return {std::move(value)}; }
inline history_value truth(bool value) { return {value}; }

inline history_values& list_in(history_value& slot) {
    if (slot.nothing()) slot = {history_values{}};
    return std::get<history_values>(slot.is);
}

inline history_value apply_to_register(history_value& slot, const client_operation& each) {
    if (each.function == "read" || each.function == "get") return slot;
    if (each.function == "cas") {
        const history_values& pair = *each.argument.list();
        const bool fits = slot == pair[0];
        if (fits) slot = pair[1];
        return truth(fits);
    }
    if (each.function == "append") {
        slot = text((slot.nothing() ? "" : *slot.text()) + *each.argument.text());
    } else {
        slot = each.argument;
    }
    return {};
}

inline history_value apply_to_queue(history_value& slot, const client_operation& each) {
    history_values& all = list_in(slot);
    if (each.function == "enqueue") {
        all.push_back(each.argument);
        return {};
    }
    if (all.empty()) return {};
    const history_value first = all.front();
    all.erase(all.begin());
    return first;
}

inline history_value apply_to_set(history_value& slot, const client_operation& each) {
    history_values& all = list_in(slot);
    if (each.function == "read") return slot;
    const auto at = std::lower_bound(all.begin(), all.end(), each.argument);
    const bool there = at != all.end() && *at == each.argument;
    if (each.function == "add" && !there) all.insert(at, each.argument);
    if (each.function == "remove" && there) all.erase(at);
    return truth(each.function == "add" ? !there : there);
}

inline history_value apply_to_counter(history_value& slot, const client_operation& each) {
    if (slot.nothing()) slot = number(0);
    if (each.function == "read") return slot;
    slot = number(*slot.number() + *each.argument.number());
    return {};
}

inline history_value apply_to_lock(history_value& slot, const client_operation& each) {
    const history_value own = number(each.process);
    const bool done = each.function == "acquire" ? slot.nothing() : slot == own;
    if (done) slot = each.function == "acquire" ? own : history_value{};
    return truth(done);
}

struct model {
    std::string name;
    std::function<history_value(history_value&, const client_operation&)> apply;
    std::vector<std::string> functions;
};

inline const std::vector<model>& models() {
    static const std::vector<model> all{
        {"register", apply_to_register, {"read", "read", "write"}},
        {"cas-register", apply_to_register, {"read", "write", "cas", "cas"}},
        {"kv", apply_to_register, {"get", "get", "read", "put", "append", "append", "append"}},
        {"queue", apply_to_queue, {"enqueue", "dequeue"}},
        {"set", apply_to_set, {"add", "remove", "contains", "add", "remove", "read"}},
        {"counter", apply_to_counter, {"add", "read", "read"}},
        {"lock", apply_to_lock, {"acquire", "release"}},
    };
    return all;
}

/// Whether an operation could have answered as it did.
inline bool agrees(const client_operation& each, const history_value& answer) {
    if (each.outcome != response_kind::ok) return true;
    const bool says_whether =
        each.function == "cas" || each.function == "acquire" || each.function == "release";
    if (says_whether && each.result.nothing()) return answer == truth(true);
    const bool may_be_silent = each.function == "add" || each.function == "remove";
    if (may_be_silent && each.result.nothing()) return true;
    return each.result == answer;
}

inline bool comes_before(const client_operation& one, const client_operation& other,
                         kept_order order) {
    if (one.outcome != response_kind::ok || one.responded >= other.invoked) return false;
    return order == kept_order::real_time || one.process == other.process;
}

inline bool any_order(const model& of, const client_history& given, kept_order order,
                      std::vector<bool>& left, const store& now) {
    bool done = true;
    for (std::size_t i = 0; i < given.size(); ++i) {
        done = done && (!left[i] || given[i].outcome != response_kind::ok);
    }
    if (done) return true;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!left[i]) continue;
        bool first = true;
        for (std::size_t j = 0; j < given.size(); ++j) {
            first = first && !(left[j] && comes_before(given[j], given[i], order));
        }
        if (!first) continue;
        store next = now;
        if (!agrees(given[i], of.apply(next[given[i].key], given[i]))) continue;
        left[i] = false;
        if (any_order(of, given, order, left, next)) return true;
        left[i] = true;
    }
    return false;
}

inline bool has_order(const model& of, const client_history& given, kept_order order) {
    std::vector<bool> left;
    for (const client_operation& each : given) left.push_back(each.outcome != response_kind::fail);
    return any_order(of, given, order, left, {});
}

inline bool is_order(const model& of, const client_history& given, kept_order order,
                     const std::vector<std::size_t>& witness) {
    if (!keeps_order(given, order, witness)) return false;
    store now;
    for (const std::size_t index : witness) {
        const client_operation& each = given[index];
        if (!agrees(each, of.apply(now[each.key], each))) return false;
    }
    return true;
}

/// The events up to and with `end`.
inline client_history prefix(const client_history& given, std::uint64_t end) {
    client_history kept;
    for (client_operation each : given) {
        if (each.invoked > end) continue;
        if (each.outcome != response_kind::unknown && each.responded > end) {
            each.outcome = response_kind::unknown;
            each.result = {};
            each.responded = client_operation::never;
        }
        kept.push_back(each);
    }
    return kept;
}

struct shape {
    std::size_t operations = 6;
    std::size_t processes = 3;
    std::size_t keys = 2;
    std::size_t values = 3;
    std::size_t unknown_percent = 25;
    std::size_t wrong_percent = 15;
    bool unique_values = false;
};

/// A history of clients of a server that is right but for the odd wrong answer. `pick(n)` gives a
/// number below n.
class history_maker {
   public:
    using picker = std::function<std::size_t(std::size_t)>;

    history_maker(const model& of, const shape& shaped, picker pick)
        : of_(of), shape_(shaped), pick_(std::move(pick)), open_(shaped.processes) {}

    client_history make() {
        while (made_.size() < shape_.operations) step();
        for (std::size_t process = 0; process < open_.size(); ++process) respond(process);
        return made_;
    }

   private:
    [[nodiscard]] bool chance(std::size_t percent) { return pick_(100) < percent; }

    void step() {
        const std::size_t process = pick_(shape_.processes);
        if (open_[process]) {
            respond(process);
        } else {
            invoke(process);
        }
    }

    void invoke(std::size_t process) {
        client_operation each;
        each.process = static_cast<std::int64_t>(process);
        each.function = of_.functions[pick_(of_.functions.size())];
        if (shape_.keys > 1) each.key = text(std::string(1, static_cast<char>('a' + key())));
        each.argument = argument(each.function);
        each.invoked = ++position_;
        open_[process] = made_.size();
        made_.push_back(each);
        early_.push_back(chance(50));
        answers_.emplace_back();
        if (early_.back()) answers_.back() = of_.apply(now_[each.key], each);
    }
    std::size_t key() { return pick_(shape_.keys); }

    history_value value() {
        ++values_;
        const std::size_t chosen = shape_.unique_values ? values_ : pick_(shape_.values) + 1;
        if (of_.name != "kv") return number(static_cast<std::int64_t>(chosen));
        static const std::array<std::string, 4> tricky{"", "a", "ab", "b"};
        return text(shape_.unique_values ? std::to_string(chosen) + " " : tricky[chosen % 4]);
    }
    history_value argument(const std::string& function) {
        const bool none = function == "read" || function == "get" || function == "dequeue" ||
                          function == "acquire" || function == "release";
        if (none) return {};
        if (function == "cas") return {history_values{value(), value()}};
        return value();
    }

    void respond(std::size_t process) {
        if (!open_[process]) return;
        const std::size_t index = *open_[process];
        open_[process].reset();
        client_operation& each = made_[index];
        if (chance(shape_.unknown_percent)) {
            if (!early_[index] && chance(50)) of_.apply(now_[each.key], each);
            return;
        }
        if (!early_[index]) answers_[index] = of_.apply(now_[each.key], each);
        each.outcome = response_kind::ok;
        each.responded = ++position_;
        each.result = chance(shape_.wrong_percent) ? wrong(answers_[index]) : answers_[index];
        const bool says_whether = each.function == "cas" || each.function == "add" ||
                                  each.function == "remove" || each.function == "acquire";
        const bool is_no = each.result == truth(false);
        if (says_whether && !is_no && chance(30)) each.result = {};
        if (each.result.nothing() && chance(10) && each.function != "dequeue") fail(each);
    }
    static void fail(client_operation& each) {
        if (each.function == "read" || each.function == "get") each.outcome = response_kind::fail;
    }

    history_value wrong(const history_value& answer) {
        if (std::holds_alternative<bool>(answer.is)) return truth(!std::get<bool>(answer.is));
        if (answer.number() != nullptr) return number(static_cast<std::int64_t>(pick_(4)));
        if (answer.text() != nullptr && !answer.text()->empty()) {
            return text(answer.text()->substr(0, answer.text()->size() - 1));
        }
        if (answer.list() != nullptr && !answer.list()->empty()) {
            history_values fewer = *answer.list();
            fewer.pop_back();
            return {fewer};
        }
        return answer;
    }

    const model& of_;
    shape shape_;
    picker pick_;
    client_history made_;
    std::vector<std::optional<std::size_t>> open_;  // each process's operation
    std::vector<bool> early_;                       // took effect when invoked
    history_values answers_;
    store now_;
    std::uint64_t position_ = 0;
    std::size_t values_ = 0;
};

inline client_history make_history(const model& of, const shape& shaped, std::uint64_t seed) {
    std::mt19937_64 draw(seed);
    return history_maker(of, shaped, [&](std::size_t n) { return draw() % n; }).make();
}

}  // namespace partita::order_oracle
