#include <algorithm>
#include <map>

#include <partita/models/counting.hpp>

#include "counting_report.hpp"
#include "relation_values.hpp"

namespace partita {

namespace {

using detail::quotation;
using detail::step_meter;

constexpr std::size_t nobody = SIZE_MAX;
constexpr std::uint64_t never = client_operation::never;

bool is_add(const client_operation& of) {
    return of.function == "add" || of.function == "broadcast";
}

/// What the history tells of one element.
struct element_facts {
    std::size_t add = nobody;  ///< the first that did not fail
    std::size_t failed_add = nobody;
    std::uint64_t begun = never;
    std::uint64_t acknowledged = never;
    std::uint64_t known = never;  ///< since when
    std::size_t known_by = nobody;
    std::vector<std::size_t> reads;  ///< that returned it, by when they began
};

/// One set.
class set_checker {
   public:
    set_checker(const client_history& operations, freshness fresh, step_meter& meter)
        : operations_(operations), fresh_(fresh), meter_(meter) {}

    void add(std::size_t at) {
        const client_operation& of = operations_[at];
        element_facts& facts = facts_of(of.argument);
        if (of.outcome == response_kind::fail) {
            facts.failed_add = at;
            return;
        }
        if (facts.add == nobody) facts.add = at;
        facts.begun = std::min(facts.begun, of.invoked);
        if (of.outcome != response_kind::ok) return;
        facts.acknowledged = std::min(facts.acknowledged, of.responded);
        know(facts, at);
    }
    void read(std::size_t at) { reads_.push_back(at); }

    check_outcome check() {
        std::stable_sort(reads_.begin(), reads_.end(), [&](std::size_t a, std::size_t b) {
            return operations_[a].invoked < operations_[b].invoked;
        });
        for (const std::size_t read : reads_) {
            check_outcome found = see(read);
            if (found.verdict != verdict::holds) return found;
        }
        for (std::uint32_t number = 0; number < facts_.size(); ++number) {
            check_outcome found = check_element(number);
            if (found.verdict != verdict::holds) return found;
        }
        return detail::holds(meter_);
    }

    [[nodiscard]] bool any_acknowledged() const {
        return any([](auto&) { return true; });
    }
    [[nodiscard]] bool any_read_afterwards() const {
        return any([&](const element_facts& facts) {
            return !reads_.empty() && operations_[reads_.back()].invoked > facts.acknowledged;
        });
    }

   private:
    element_facts& facts_of(const history_value& element) {
        const std::uint32_t number = elements_(element);
        if (number == facts_.size()) facts_.emplace_back();
        return facts_[number];
    }
    void know(element_facts& facts, std::size_t at) {
        if (operations_[at].responded >= facts.known) return;
        facts.known = operations_[at].responded;
        facts.known_by = at;
    }
    template <typename Condition>
    bool any(Condition condition) const {
        return std::any_of(facts_.begin(), facts_.end(), [&](const element_facts& facts) {
            return facts.acknowledged != never && condition(facts);
        });
    }

    check_outcome see(std::size_t read) {
        for (const history_value& element : *operations_[read].result.list()) {
            if (!meter_.spend()) return detail::gave_up(meter_);
            element_facts& facts = facts_of(element);
            if (!facts.reads.empty() && facts.reads.back() == read) {
                return violated("duplicate element", read, {}, [&](quotation& quote) {
                    return quote(read) + " returned " + to_text(element) + " more than once";
                });
            }
            facts.reads.push_back(read);
            if (facts.begun > operations_[read].responded) return unexpected(read, element, facts);
            know(facts, read);
        }
        return detail::holds(meter_);
    }

    check_outcome unexpected(std::size_t read, const history_value& element,
                             const element_facts& facts) {
        const std::size_t add = facts.add == nobody ? facts.failed_add : facts.add;
        return violated("unexpected element", read, {add}, [&](quotation& quote) {
            const std::string text = quote(read) + " returned " + to_text(element) + ", which ";
            if (add == nobody) return text + "nobody added";
            if (facts.add == nobody) return text + quote(add) + " failed to add";
            return text + quote(add) + " began to add only afterwards";
        });
    }

    check_outcome check_element(std::uint32_t number) {
        const element_facts& facts = facts_[number];
        if (facts.known == never || reads_.empty()) return detail::holds(meter_);
        std::uint64_t seen_until = facts.known;
        for (const std::size_t read : facts.reads) {
            seen_until = std::max(seen_until, operations_[read].responded);
        }
        if (!meter_.spend(1 + facts.reads.size())) return detail::gave_up(meter_);
        const std::size_t last = reads_.back();
        if (operations_[last].invoked > seen_until)
            return lost(number, *begun_after(reads_, seen_until));
        if (fresh_ == freshness::immediate) return check_fresh(number);
        return detail::holds(meter_);
    }

    using read_list = std::vector<std::size_t>;

    /// The first of the reads that began after that time.
    [[nodiscard]] read_list::const_iterator begun_after(const read_list& reads,
                                                        std::uint64_t time) const {
        return std::partition_point(reads.begin(), reads.end(), [&](std::size_t read) {
            return operations_[read].invoked <= time;
        });
    }

    check_outcome lost(std::uint32_t number, std::size_t read) {
        const element_facts& facts = facts_[number];
        std::vector<std::size_t> others{facts.known_by};
        if (!facts.reads.empty()) others.push_back(facts.reads.back());
        return violated("lost element", read, others, [&](quotation& quote) {
            return missing(number, read, quote) + ", and no later read returned it";
        });
    }

    /// Reads that began once it was known return it: as many as there are, or one does not.
    check_outcome check_fresh(std::uint32_t number) {
        const element_facts& facts = facts_[number];
        auto read = begun_after(reads_, facts.known);
        auto seen = begun_after(facts.reads, facts.known);
        if (reads_.end() - read == facts.reads.end() - seen) return detail::holds(meter_);
        for (; seen != facts.reads.end() && *seen == *read; ++seen) ++read;
        return violated("stale read", *read, {facts.known_by},
                        [&](quotation& quote) { return missing(number, *read, quote); });
    }

    std::string missing(std::uint32_t number, std::size_t read, quotation& quote) {
        const element_facts& facts = facts_[number];
        const bool added = is_add(operations_[facts.known_by]);
        return quote(read) + " lacks " + to_text(elements_[number]) + ", which " +
               quote(facts.known_by) + (added ? " had added" : " had returned") +
               " before it began";
    }

    template <typename Words>
    check_outcome violated(const char* kind, std::size_t read, std::vector<std::size_t> others,
                           Words words) {
        quotation quote(operations_);
        others.insert(others.begin(), read);
        std::erase(others, nobody);
        return detail::violated(kind, words(quote), others, meter_);
    }

    const client_history& operations_;
    freshness fresh_;
    step_meter& meter_;
    detail::value_numbers elements_;
    std::vector<element_facts> facts_;  // by element
    std::vector<std::size_t> reads_;
};

result<void> readable(const client_history& operations, std::size_t at) {
    const client_operation& of = operations[at];
    if (is_add(of)) {
        if (!of.argument.nothing()) return {};
        return detail::unreadable(operations, at, "adds nothing");
    }
    if (of.function != "read") {
        return detail::unreadable(operations, at,
                                  "no function `" + of.function + "`; add, broadcast or read");
    }
    if (of.outcome != response_kind::ok || of.result.list()) return {};
    return detail::unreadable(operations, at, "a read returns a list of elements");
}

}  // namespace

result<check_outcome> check_set(const client_history& operations, freshness fresh,
                                const check_bounds& bounds) {
    step_meter meter(bounds);
    std::map<history_value, set_checker> sets;
    for (std::size_t at = 0; at < operations.size(); ++at) {
        const client_operation& of = operations[at];
        if (auto fine = readable(operations, at); !fine) return tl::unexpected(fine.error());
        set_checker& set = sets.try_emplace(of.key, operations, fresh, meter).first->second;
        if (is_add(of)) {
            set.add(at);
        } else if (of.outcome == response_kind::ok) {
            set.read(at);
        }
    }
    bool acknowledged = false;
    bool looked_at = false;
    for (auto& [key, set] : sets) {
        check_outcome found = set.check();
        if (found.verdict != verdict::holds) return found;
        acknowledged = acknowledged || set.any_acknowledged();
        looked_at = looked_at || set.any_read_afterwards();
    }
    return acknowledged && !looked_at ? detail::never_read(meter) : detail::holds(meter);
}

}  // namespace partita
