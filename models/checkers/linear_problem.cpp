#include "linear_problem.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace partita::detail {
namespace {

constexpr std::uint32_t none = numbered_object::none;

class problem_maker {
   public:
    problem_maker(const client_history& given, bool looks_at_process,
                  const search_reductions& reductions)
        : history_(given), looks_at_process_(looks_at_process), reductions_(reductions) {}

    search_problem make(const search_claims& claims, const numbered_objects& all) {
        for (const search_claim& each : claims) add(each, all);
        sort_operations();
        number_groups();
        if (reductions_.observations) observe();
        return std::move(problem_);
    }

   private:
    void add(const search_claim& claim, const numbered_objects& all) {
        search_operation operation;
        operation.claim = claim;
        operation.states = all[claim.object].get();
        operation.read_only = operation.states->read_only(claim.number);
        if (operation.read_only && !claim.required) return;  // it changes nothing
        const auto [at, fresh] =
            object_.try_emplace(claim.object, static_cast<std::uint32_t>(problem_.objects.size()));
        if (fresh) problem_.objects.push_back(operation.states);
        operation.object = at->second;
        if (claim.required) ++problem_.required;
        problem_.lanes = std::max(problem_.lanes, claim.lane + 1);
        problem_.operations.push_back(operation);
    }

    /// What equal operations of unknown outcome have in common.
    [[nodiscard]] auto kind_of(const search_operation& each) const {
        const client_operation& told = history_[each.claim.index];
        return std::tie(told.function, told.key, told.argument);
    }
    [[nodiscard]] auto place_of(const search_operation& each) const {
        const std::int64_t process = looks_at_process_ ? history_[each.claim.index].process : 0;
        return std::tuple(each.claim.lane, each.claim.object, process);
    }
    [[nodiscard]] bool equal(const search_operation& one, const search_operation& other) const {
        return place_of(one) == place_of(other) && kind_of(one) == kind_of(other);
    }
    [[nodiscard]] bool less(const search_operation& one, const search_operation& other) const {
        if (one.claim.required != other.claim.required) return one.claim.required;
        if (!one.claim.required && reductions_.equal_in_order) {
            if (place_of(one) != place_of(other)) return place_of(one) < place_of(other);
            if (kind_of(one) != kind_of(other)) return kind_of(one) < kind_of(other);
        }
        return std::tie(one.claim.invoked, one.claim.index) <
               std::tie(other.claim.invoked, other.claim.index);
    }

    void sort_operations() {
        auto& all = problem_.operations;
        const auto in_order = [this](const auto& one, const auto& other) {
            return less(one, other);
        };
        if (!std::is_sorted(all.begin(), all.end(), in_order)) {
            std::sort(all.begin(), all.end(), in_order);
        }
        for (std::size_t at = 0; at < all.size(); ++at) all[at].mark = mixed(at + 1);
    }

    void number_groups() {
        auto& all = problem_.operations;
        for (std::size_t at = problem_.required; at < all.size(); ++at) {
            const bool goes_on =
                at > problem_.required && reductions_.equal_in_order && equal(all[at - 1], all[at]);
            if (!goes_on) problem_.groups.push_back(static_cast<std::uint32_t>(at));
            all[at].group = static_cast<std::uint32_t>(problem_.groups.size() - 1);
            if (reductions_.fewer_unknown) all[at].mark = 0;
        }
        problem_.groups.push_back(static_cast<std::uint32_t>(all.size()));
    }

    void observe() {
        std::vector<std::vector<std::size_t>> positions(problem_.objects.size());
        for (std::size_t at = 0; at < problem_.operations.size(); ++at) {
            positions[problem_.operations[at].object].push_back(at);
        }
        problem_.watch_of_state.resize(problem_.objects.size());
        problem_.anywhere.resize(problem_.objects.size());
        for (std::uint32_t each = 0; each < positions.size(); ++each) {
            observe_object(each, positions[each]);
        }
    }

    void observe_object(std::uint32_t object, const std::vector<std::size_t>& positions) {
        std::vector<std::uint32_t> numbers;
        numbers.reserve(positions.size());
        for (const std::size_t at : positions) {
            numbers.push_back(problem_.operations[at].claim.number);
        }
        const auto all = problem_.objects[object]->observe(numbers);
        for (std::size_t i = 0; i < all.size(); ++i) {
            need(problem_.operations[positions[i]], all[i]);
        }
        for (std::size_t i = 0; i < all.size(); ++i) {
            lead(problem_.operations[positions[i]], all[i]);
        }
    }

    void need(search_operation& operation, const numbered_object::observed& seen) {
        operation.before = seen.before;
        operation.after = seen.after;
        if (seen.before == none || !operation.claim.required || operation.claim.blocked) return;
        auto& watches = problem_.watch_of_state[operation.object];
        if (watches.size() <= seen.before) watches.resize(seen.before + 1, none);
        if (watches[seen.before] == none) {
            watches[seen.before] = static_cast<std::uint32_t>(problem_.watched.size());
            problem_.watched.push_back({operation.object, seen.before, 0, 0});
        }
        operation.needs = watches[seen.before];
        ++problem_.watched[operation.needs].needed;
    }

    void lead(search_operation& operation, const numbered_object::observed& seen) {
        operation.makes_begin = static_cast<std::uint32_t>(problem_.makes.size());
        operation.makes_end = operation.makes_begin;
        if (operation.read_only) return;
        if (seen.after != none) {
            lead_to(operation, seen.after);
        } else {
            for (const std::uint32_t each : seen.perhaps) lead_to(operation, each);
            operation.leads_anywhere = seen.leads_anywhere;
            if (seen.leads_anywhere) ++problem_.anywhere[operation.object];
        }
    }
    void lead_to(search_operation& operation, std::uint32_t state) {
        const std::uint32_t watch = problem_.watch_of(operation.object, state);
        if (watch == none) return;
        problem_.makes.push_back(watch);
        ++problem_.watched[watch].makers;
        ++operation.makes_end;
    }

    const client_history& history_;
    bool looks_at_process_;
    search_reductions reductions_;
    search_problem problem_;
    std::map<std::uint32_t, std::uint32_t> object_;  // of all objects -> of this problem
};

}  // namespace

search_problem problem_of(const search_claims& claims, const numbered_objects& all,
                          const client_history& given, bool looks_at_process,
                          const search_reductions& reductions) {
    return problem_maker(given, looks_at_process, reductions).make(claims, all);
}

}  // namespace partita::detail
