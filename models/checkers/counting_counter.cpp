#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <partita/models/counting.hpp>

#include "counting_report.hpp"

namespace partita {

namespace {

using detail::step_meter;

/// How many possible final values are told apart; with more, only the least and the greatest.
constexpr std::size_t values_max = 10'000;

/// Sums of adds by when something happened to them.
class sums_over_time {
   public:
    void add(std::uint64_t time, std::int64_t amount) { at_.push_back({time, amount, 0, 0}); }
    void finish() {
        std::sort(at_.begin(), at_.end(),
                  [](const entry& a, const entry& b) { return a.time < b.time; });
        std::int64_t gains = 0;
        std::int64_t losses = 0;
        for (entry& each : at_) {
            (each.amount > 0 ? gains : losses) += each.amount;
            each.gains = gains;
            each.losses = losses;
        }
    }
    struct totals {
        std::int64_t gains = 0;
        std::int64_t losses = 0;
    };
    /// Of what came before that time, or at it.
    [[nodiscard]] totals until(std::uint64_t time) const {
        const auto past = std::partition_point(
            at_.begin(), at_.end(), [&](const entry& each) { return each.time <= time; });
        if (past == at_.begin()) return {};
        return {(past - 1)->gains, (past - 1)->losses};
    }

   private:
    struct entry {
        std::uint64_t time;
        std::int64_t amount;
        std::int64_t gains;  ///< up to here
        std::int64_t losses;
    };
    std::vector<entry> at_;
};

/// One counter.
class counter_checker {
   public:
    counter_checker(const client_history& operations, freshness fresh, step_meter& meter)
        : operations_(operations), fresh_(fresh), meter_(meter) {}

    /// False where sums no longer fit.
    bool add(std::size_t at) {
        const client_operation& of = operations_[at];
        const std::int64_t amount = *of.argument.number();
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
        if (amount == std::numeric_limits<std::int64_t>::min()) return false;
        const std::int64_t size = amount < 0 ? -amount : amount;
        if (size > most - size_of_all_) return false;
        size_of_all_ += size;
        begun_.add(of.invoked, amount);
        last_add_ = std::max(last_add_, of.invoked);
        if (of.outcome == response_kind::ok) {
            acknowledged_.add(of.responded, amount);
            last_add_ = std::max(last_add_, of.responded);
            sum_ += amount;
            any_acknowledged_ = true;
        } else {
            unknown_.push_back(amount);
        }
        return true;
    }
    void read(std::size_t at) { reads_.push_back(at); }

    check_outcome check() {
        begun_.finish();
        acknowledged_.finish();
        for (const std::size_t read : reads_) {
            if (!meter_.spend()) return detail::gave_up(meter_);
            check_outcome found = check_bounds_of(read);
            if (found.verdict != verdict::holds) return found;
        }
        return check_final_values();
    }

   private:
    check_outcome check_bounds_of(std::size_t read) {
        const client_operation& of = operations_[read];
        const auto possible = begun_.until(of.responded);
        sums_over_time::totals certain;
        if (fresh_ == freshness::immediate && of.invoked > 0) {
            certain = acknowledged_.until(of.invoked - 1);
        }
        const std::int64_t least = certain.gains + possible.losses;
        const std::int64_t most = certain.losses + possible.gains;
        const std::int64_t value = *of.result.number();
        if (least <= value && value <= most) return detail::holds(meter_);
        detail::quotation quote(operations_);
        return detail::violated("read out of bounds",
                                quote(read) + " returned " + std::to_string(value) +
                                    ", but the adds that it must and can have seen allow " +
                                    std::to_string(least) + " to " + std::to_string(most),
                                {read}, meter_);
    }

    check_outcome check_final_values() {
        std::map<std::int64_t, std::size_t> last;
        for (const std::size_t read : reads_) last[operations_[read].process] = read;
        bool any = false;
        const std::set<std::int64_t> values = final_values();
        for (const auto& [process, read] : last) {
            if (operations_[read].invoked <= last_add_) continue;
            any = true;
            const std::int64_t value = *operations_[read].result.number();
            const bool exact = values.size() <= values_max;
            const bool within = *values.begin() <= value && value <= *values.rbegin();
            if (exact ? values.count(value) == 0 : !within) return wrong(read, values);
        }
        return any_acknowledged_ && !any ? detail::never_read(meter_) : detail::holds(meter_);
    }

    /// The acknowledged sum with each choice of unknown adds; of too many, the ends of their range.
    std::set<std::int64_t> final_values() {
        std::set<std::int64_t> values{sum_};
        for (const std::int64_t amount : unknown_) {
            const std::vector<std::int64_t> before(values.begin(), values.end());
            meter_.spend(before.size());
            if (before.size() <= values_max) {
                for (const std::int64_t value : before) values.insert(value + amount);
            } else if (amount > 0) {
                values.insert(*values.rbegin() + amount);
            } else {
                values.insert(*values.begin() + amount);
            }
        }
        return values;
    }

    check_outcome wrong(std::size_t read, const std::set<std::int64_t>& values) {
        detail::quotation quote(operations_);
        std::string text = quote(read) + " began after all adds, the acknowledged of which are " +
                           std::to_string(sum_) + " together";
        if (values.size() > 1) {
            text += "; with those of unknown outcome, a value from " +
                    std::to_string(*values.begin()) + " to " + std::to_string(*values.rbegin());
        }
        return detail::violated("wrong final value", text, {read}, meter_);
    }

    const client_history& operations_;
    freshness fresh_;
    step_meter& meter_;
    sums_over_time begun_;
    sums_over_time acknowledged_;
    std::vector<std::int64_t> unknown_;
    std::vector<std::size_t> reads_;
    std::int64_t sum_ = 0;          // of what was acknowledged
    std::int64_t size_of_all_ = 0;  // with all signs made positive
    std::uint64_t last_add_ = 0;    // when it began or was acknowledged
    bool any_acknowledged_ = false;
};

result<void> readable(const client_history& operations, std::size_t at, bool grows_only) {
    const client_operation& of = operations[at];
    if (of.function == "add") {
        if (!of.argument.number()) return detail::unreadable(operations, at, "adds no number");
        if (!grows_only || *of.argument.number() >= 0) return {};
        return detail::unreadable(operations, at, "adds a negative number to what only grows");
    }
    if (of.function != "read") {
        return detail::unreadable(operations, at, "no function `" + of.function + "`; add or read");
    }
    if (of.outcome != response_kind::ok || of.result.number()) return {};
    return detail::unreadable(operations, at, "a read returns a whole number");
}

}  // namespace

result<check_outcome> check_counter(const client_history& operations, const counter_rules& rules,
                                    const check_bounds& bounds) {
    step_meter meter(bounds);
    std::map<history_value, counter_checker> counters;
    for (std::size_t at = 0; at < operations.size(); ++at) {
        const client_operation& of = operations[at];
        const auto fine = readable(operations, at, rules.grows_only);
        if (!fine) return tl::unexpected(fine.error());
        if (of.outcome == response_kind::fail) continue;
        auto& counter =
            counters.try_emplace(of.key, operations, rules.freshness, meter).first->second;
        if (of.function == "add" && !counter.add(at)) {
            return detail::unreadable(operations, at, "the sum of all adds does not fit 64 bits");
        }
        if (of.function == "read" && of.outcome == response_kind::ok) counter.read(at);
    }
    check_outcome all = detail::holds(meter);
    for (auto& [key, counter] : counters) {
        check_outcome found = counter.check();
        if (found.verdict == verdict::violated || found.kind == "step bound") return found;
        if (found.verdict == verdict::inconclusive) all = std::move(found);
    }
    all.steps = meter.steps();
    return all;
}

}  // namespace partita
