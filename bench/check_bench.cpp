#include <array>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <partita/models/linearizability.hpp>

// The stock models, which no public header offers: both searches step the same.
#include "../models/checkers/model_kv.hpp"
#include "../models/checkers/model_register.hpp"
#include "report.hpp"

// Linearizability of histories of the shapes that Porcupine is tested with, checked by Partita and
// by Porcupine's own search order: candidates in order of invocation, operations of unknown outcome
// returning at the end, parts by key in turns. An iteration checks all histories of a shape.

namespace partita::bench {
namespace {

/// A set of operations.
class bits {
   public:
    explicit bits(std::size_t count) : words_((count + 63) / 64) {}
    void set(std::size_t at) { words_[at / 64] |= std::uint64_t{1} << (at % 64); }
    void clear(std::size_t at) { words_[at / 64] &= ~(std::uint64_t{1} << (at % 64)); }
    [[nodiscard]] std::uint64_t hash() const {
        std::uint64_t hash = 0;
        for (const std::uint64_t each : words_) hash = partita::detail::mixed(hash ^ each);
        return hash;
    }
    friend bool operator==(const bits&, const bits&) = default;

   private:
    std::vector<std::uint64_t> words_;
};

/// checkSingle of Porcupine's checker.go.
template <typename Model>
class plain_search {
   public:
    enum class end : std::uint8_t { going, found, impossible };

    explicit plain_search(const client_history& given)
        : taken_(given.size()), state_(model_.initial()) {
        for (const client_operation& each : given) operations_.push_back(model_.prepare(each));
        link(given);
        at_ = entries_[0].next;
    }

    end run(std::uint64_t steps) {
        for (const std::uint64_t last = steps_ + steps; steps_ < last;) {
            if (entries_[0].next == 0) return end::found;
            const entry& here = entries_[at_];
            if (!here.call) {
                if (calls_.empty()) return end::impossible;
                back();
            } else if (!forward()) {
                at_ = here.next;
            }
        }
        return end::going;
    }
    [[nodiscard]] std::uint64_t entries() const { return remembered_count_; }

   private:
    struct entry {
        std::size_t operation = 0;
        bool call = false;
        std::size_t match = 0;  // of a call: its return
        std::size_t next = 0;
        std::size_t previous = 0;
    };
    struct called {
        std::size_t entry = 0;
        typename Model::state state;
    };
    struct remembered {
        bits taken;
        typename Model::state state;
    };

    void link(const client_history& given) {
        struct event {
            std::uint64_t position;
            bool call;
            std::size_t operation;
        };
        std::vector<event> events;
        for (std::size_t i = 0; i < given.size(); ++i) {
            const bool known = given[i].outcome == response_kind::ok;
            events.push_back({given[i].invoked, true, i});
            events.push_back({known ? given[i].responded : client_operation::never, false, i});
        }
        std::stable_sort(events.begin(), events.end(), [](const auto& one, const auto& other) {
            return one.position < other.position;
        });
        entries_.resize(events.size() + 1);  // a ring; the first is its head
        std::vector<std::size_t> calls(given.size());
        for (std::size_t i = 0; i < events.size(); ++i) {
            entry& each = entries_[i + 1];
            each.operation = events[i].operation;
            each.call = events[i].call;
            if (each.call) calls[each.operation] = i + 1;
            if (!each.call) entries_[calls[each.operation]].match = i + 1;
        }
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            entries_[i].next = (i + 1) % entries_.size();
            entries_[i].previous = (i + entries_.size() - 1) % entries_.size();
        }
    }

    bool forward() {
        const entry& here = entries_[at_];
        ++steps_;
        auto next = model_.step(state_, operations_[here.operation]);
        if (!next) return false;
        bits taken = taken_;
        taken.set(here.operation);
        if (!remember(taken, *next)) return false;
        calls_.push_back({at_, std::move(state_)});
        state_ = *std::move(next);
        taken_ = std::move(taken);
        lift(at_);
        at_ = entries_[0].next;
        return true;
    }

    bool remember(const bits& taken, const typename Model::state& state) {
        auto& same = memory_[taken.hash() ^ partita::detail::hash_of_state(state)];
        for (const remembered& each : same) {
            if (each.taken == taken && each.state == state) return false;
        }
        same.push_back({taken, state});
        ++remembered_count_;
        return true;
    }

    void back() {
        state_ = std::move(calls_.back().state);
        at_ = calls_.back().entry;
        calls_.pop_back();
        taken_.clear(entries_[at_].operation);
        unlift(at_);
        at_ = entries_[at_].next;
    }

    void lift(std::size_t call) {
        for (const std::size_t each : {call, entries_[call].match}) {
            entries_[entries_[each].previous].next = entries_[each].next;
            entries_[entries_[each].next].previous = entries_[each].previous;
        }
    }
    void unlift(std::size_t call) {
        for (const std::size_t each : {entries_[call].match, call}) {
            entries_[entries_[each].previous].next = each;
            entries_[entries_[each].next].previous = each;
        }
    }

    Model model_;
    std::vector<typename Model::operation> operations_;
    std::vector<entry> entries_;
    std::size_t at_ = 0;
    bits taken_;
    typename Model::state state_;
    std::vector<called> calls_;
    std::unordered_map<std::uint64_t, std::vector<remembered>> memory_;
    std::uint64_t steps_ = 0;
    std::uint64_t remembered_count_ = 0;
};

struct finding {
    verdict is = verdict::holds;
    std::uint64_t effort = 0;
};

/// Parts in turns, as Porcupine's goroutines take them.
template <typename Model>
finding plain_check(const client_history& given, std::uint64_t entries_max) {
    std::map<history_value, client_history> parts;
    for (const client_operation& each : given) parts[Model::partition(each)].push_back(each);
    using search = plain_search<Model>;
    std::vector<std::unique_ptr<search>> going;
    for (const auto& [key, part] : parts) going.push_back(std::make_unique<search>(part));
    finding found;
    while (!going.empty()) {
        std::uint64_t now = found.effort;
        for (auto& each : going) {
            const auto end = each->run(4'096);
            now += each->entries();
            if (end == search::end::impossible) return {verdict::violated, now};
            if (end != search::end::found) continue;
            found.effort += each->entries();
            each.reset();
        }
        std::erase(going, nullptr);
        if (now > entries_max) return {verdict::inconclusive, now};
    }
    return found;
}

struct shape {
    const char* model = "cas-register";
    int histories = 1;
    int operations = 80;
    int clients = 5;
    int keys = 1;
    int values = 5;
    int unknown_percent = 0;
    int stale_permille = 0;    // of reads, which see an earlier value
    int repeated_percent = 0;  // of appended texts
};

/// What a server and its clients do, one at a time.
class history_maker {
   public:
    history_maker(const shape& shaped, std::uint64_t seed)
        : shape_(shaped), draw_(seed), clients_(static_cast<std::size_t>(shaped.clients)) {}

    client_history make() {
        while (made_.size() < static_cast<std::size_t>(shape_.operations)) {
            advance(clients_[below(shape_.clients)]);
        }
        return std::move(made_);
    }

   private:
    struct client {
        std::size_t operation = SIZE_MAX;
        bool done = false;
        std::int64_t process = -1;
    };

    std::size_t below(int count) { return draw_() % static_cast<std::size_t>(count); }
    bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }

    void advance(client& of) {
        if (of.operation == SIZE_MAX) {
            if (of.process < 0) of.process = ++processes_;
            of.operation = made_.size();
            of.done = false;
            made_.push_back(invoked(of.process));
        } else if (!of.done) {
            of.done = true;
            lost_ = chance(shape_.unknown_percent);
            if (!lost_ || chance(50)) apply(made_[of.operation]);
            if (lost_) of = {};
        } else {
            made_[of.operation].outcome = response_kind::ok;
            made_[of.operation].responded = ++position_;
            of.operation = SIZE_MAX;
        }
    }

    client_operation invoked(std::int64_t process) {
        client_operation each;
        each.process = process;
        each.invoked = ++position_;
        each.key = {std::to_string(below(shape_.keys))};
        const std::string kind = shape_.model;
        if (kind == "kv") {
            each.function = chance(50) ? "get" : "append";
            if (each.function == "append") each.argument = {text(process)};
            return each;
        }
        each.function = std::array<const char*, 3>{"read", "write", "cas"}[below(3)];
        if (each.function == "write") each.argument = value();
        if (each.function == "cas") each.argument = {history_values{value(), value()}};
        return each;
    }
    history_value value() { return {static_cast<std::int64_t>(below(shape_.values))}; }
    std::string text(std::int64_t process) {
        if (!chance(shape_.repeated_percent)) ++texts_;
        return "x " + std::to_string(process) + " " + std::to_string(texts_) + " y";
    }

    void apply(client_operation& each) {
        auto& past = past_[each.key];
        if (past.empty()) past.emplace_back();
        history_value now = past.back();
        if (each.function == "read" || each.function == "get") {
            const bool stale =
                below(1'000) < static_cast<std::size_t>(shape_.stale_permille) && past.size() > 3;
            each.result = stale ? past[past.size() - 3] : now;
            return;
        }
        if (each.function == "write") now = each.argument;
        if (each.function == "append") {
            now = {(now.nothing() ? "" : *now.text()) + *each.argument.text()};
        }
        if (each.function == "cas") {
            const history_values& pair = *each.argument.list();
            each.result = {now == pair[0]};
            if (now == pair[0]) now = pair[1];
        }
        past.push_back(now);
    }

    shape shape_;
    std::mt19937_64 draw_;
    std::vector<client> clients_;
    client_history made_;
    std::map<history_value, history_values> past_;
    std::uint64_t position_ = 0;
    std::int64_t processes_ = 0;
    int texts_ = 0;
    bool lost_ = false;
};

std::vector<client_history> histories_of(const shape& shaped) {
    std::vector<client_history> all;
    for (int seed = 0; seed < shaped.histories; ++seed) {
        all.push_back(history_maker(shaped, static_cast<std::uint64_t>(seed)).make());
    }
    return all;
}

/// Where the plain search gives up, in each history; what is measured then flatters it.
constexpr std::uint64_t plain_entries_max = 500'000;

finding check_plainly(const shape& shaped, const client_history& given) {
    return std::string(shaped.model) == "kv"
               ? plain_check<partita::detail::kv_model>(given, plain_entries_max)
               : plain_check<partita::detail::register_model>(given, plain_entries_max);
}

finding check_ours(const shape& shaped, const client_history& given, bool explain) {
    const auto found =
        check_stock_model(shaped.model, kept_order::real_time, given, {}, {{}, explain});
    return {found->verdict, found->steps};
}

/// Whether the two agree wherever the plain search comes to an end.
bool agree(const shape& shaped, const std::vector<client_history>& all) {
    for (const client_history& each : all) {
        const finding plain = check_plainly(shaped, each);
        const finding ours = check_ours(shaped, each, false);
        if (ours.is == verdict::inconclusive) return false;
        if (plain.is != verdict::inconclusive && plain.is != ours.is) return false;
    }
    return true;
}

enum class checker { ours, explaining, plain };

void check_all(benchmark::State& state, const shape& shaped, checker by) {
    const std::vector<client_history> all = histories_of(shaped);
    if (by == checker::ours && !agree(shaped, all)) {
        state.SkipWithError("the two searches disagree");
        return;
    }
    finding last;
    std::uint64_t effort = 0;
    int violated = 0;
    int gave_up = 0;
    for (auto each : state) {
        effort = 0;
        violated = gave_up = 0;
        for (const client_history& given : all) {
            last = by == checker::plain ? check_plainly(shaped, given)
                                        : check_ours(shaped, given, by == checker::explaining);
            effort += last.effort;
            violated += last.is == verdict::violated ? 1 : 0;
            gave_up += last.is == verdict::inconclusive ? 1 : 0;
        }
    }
    state.SetItemsProcessed(state.iterations() * shaped.histories * shaped.operations);
    state.counters["violated"] = violated;
    state.counters["gave_up"] = gave_up;
    state.counters[by == checker::plain ? "entries" : "steps"] = static_cast<double>(effort);
}

struct named_shape {
    const char* name;
    shape of;
};

const std::array<named_shape, 8> shapes{{
    {"etcd",
     {.histories = 100,
      .operations = 80,
      .clients = 5,
      .unknown_percent = 12,
      .stale_permille = 100}},
    {"etcd_many_unknown",
     {.histories = 20,
      .operations = 80,
      .clients = 5,
      .unknown_percent = 25,
      .stale_permille = 100}},
    {"kv_c10_ok",
     {.model = "kv", .operations = 337, .clients = 10, .keys = 10, .repeated_percent = 7}},
    {"kv_c10_bad",
     {.model = "kv",
      .operations = 405,
      .clients = 10,
      .keys = 10,
      .stale_permille = 50,
      .repeated_percent = 7}},
    {"kv_c50_ok",
     {.model = "kv",
      .histories = 4,
      .operations = 1'712,
      .clients = 50,
      .keys = 10,
      .repeated_percent = 7}},
    {"kv_c50_bad",
     {.model = "kv",
      .histories = 4,
      .operations = 2'024,
      .clients = 50,
      .keys = 10,
      .stale_permille = 5,
      .repeated_percent = 7}},
    {"keys_50", {.operations = 10'000, .clients = 20, .keys = 50}},
    {"one_key", {.operations = 2'000, .clients = 5, .values = 1'000}},
}};

const bool registered = [] {
    for (const named_shape& each : shapes) {
        const auto add = [&](const char* suffix, checker by) {
            benchmark::RegisterBenchmark(
                (std::string(each.name) + "/" + suffix).c_str(),
                [of = each.of, by](benchmark::State& state) { check_all(state, of, by); })
                ->Unit(benchmark::kMillisecond);
        };
        add("partita", checker::ours);
        add("explained", checker::explaining);
        add("plain", checker::plain);
    }
    return true;
}();

std::vector<bar> bars_of(const measurements& seen) {
    std::vector<bar> bars;
    for (const named_shape& each : shapes) {
        const std::string name = each.name;
        const bool unknown = each.of.unknown_percent > 0;
        bars.push_back({name + ": speed of Partita's search / of the plain one",
                        seen.ratio(name + "/partita", name + "/plain"), unknown ? 10.0 : 1.0, false,
                        "x"});
    }
    const auto rate = seen.median("keys_50/partita");
    bars.push_back({"10,000 operations on 50 keys: a check",
                    rate ? std::optional(1e7 / *rate) : std::nullopt, 1'000, true, "ms"});
    return bars;
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    return partita::bench::run_suite(count, words, partita::bench::bars_of);
}
