#include "linear_explain.hpp"

#include <algorithm>

namespace partita::detail {
namespace {

constexpr std::uint32_t none = numbered_object::none;
constexpr std::size_t states_tried_max = 24;

}  // namespace

order_explainer::order_explainer(const search_context& context, search_claims claims,
                                 std::uint64_t reached, std::uint64_t steps_max)
    : context_(context), claims_(std::move(claims)), reached_(reached), steps_max_(steps_max) {}

check_outcome order_explainer::explain() {
    const search_claims whole = claims_;
    relax_others();
    claims_ = whole;
    find_alternatives();
    find_unmade();

    check_outcome outcome;
    outcome.verdict = verdict::violated;
    outcome.evidence.push_back(misfit_);
    outcome.evidence.insert(outcome.evidence.end(), others_.begin(), others_.end());
    outcome.prefix_end = end_;
    outcome.explanation = words();
    return outcome;
}

search_end order_explainer::decide(const search_claims& claims, std::uint64_t steps_max) {
    linear_search search(problem_of(claims, context_.objects, context_.given,
                                    context_.family.looks_at_process, context_.options.reductions),
                         context_.options.reductions);
    const std::uint64_t left = steps_max_ - std::min(steps_max_, steps_);
    const search_end end = search.run(std::min(steps_max, left), context_.bytes_max);
    steps_ += search.steps() + claims.size() / 16;
    return end;
}

/// Whose response is not to be had: it may have had any, or not have happened.
search_claim order_explainer::unknown(search_claim claim) {
    const auto [at, fresh] = unknown_numbers_.try_emplace(claim.index, 0);
    if (fresh) {
        client_operation asked = context_.given[claim.index];
        asked.outcome = response_kind::unknown;
        asked.result = {};
        at->second = context_.objects[claim.object]->add(asked);
    }
    claim.number = at->second;
    claim.required = false;
    claim.responded = client_operation::never;
    return claim;
}

/// The events up to and with `end`.
search_claims order_explainer::cut(std::uint64_t end) {
    search_claims prefix;
    for (const search_claim& each : claims_) {
        if (each.invoked > end) continue;
        prefix.push_back(each.required && each.responded > end ? unknown(each) : each);
    }
    return prefix;
}

bool order_explainer::breaks_before(std::uint64_t end) {
    search_claims prefix = cut(end - 1);
    if (decide(prefix, 100'000) != search_end::impossible) return false;
    claims_ = std::move(prefix);
    return true;
}

/// A prefix of a history that has an order has one, so the shortest that has none is found by
/// halving. Where a search takes too long, a prefix that surely has none is kept.
std::uint64_t order_explainer::shorten() {
    std::vector<std::uint64_t> ends;
    for (const search_claim& each : claims_) {
        if (each.required && each.responded >= reached_) ends.push_back(each.responded);
    }
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    const auto illegal = [&](std::size_t at) {
        return decide(cut(ends[at]), steps_max_ / 8) == search_end::impossible;
    };
    std::size_t low = 0;
    std::size_t high = ends.size() - 1;
    for (std::size_t middle = 0; low < high; middle = (low + high) / 2) {
        if (illegal(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    end_ = ends[high];
    claims_ = cut(end_);
    for (const search_claim& each : claims_) {
        if (each.required && each.responded == end_) misfit_ = each.index;
    }
    return end_;
}

search_claims order_explainer::relaxed(const std::vector<std::size_t>& indices) {
    search_claims left;
    for (const search_claim& each : claims_) {
        const bool chosen = std::binary_search(indices.begin(), indices.end(), each.index);
        if (!chosen) {
            left.push_back(each);
        } else if (!context_.objects[each.object]->read_only(each.number)) {
            left.push_back(unknown(each));
        }
    }
    return left;
}

/// Forgets the responses that are not needed to see that there is no order, many at a time, then
/// one at a time. What is left of `claims_` still has none.
void order_explainer::relax_others() {
    others_.clear();
    for (const search_claim& each : claims_) {
        if (each.required && each.index != misfit_) others_.push_back(each.index);
    }
    std::sort(others_.begin(), others_.end());
    for (std::size_t size = std::max<std::size_t>(1, others_.size() / 2);; size /= 2) {
        for (std::size_t from = 0; from < others_.size();) {
            const auto begin = others_.begin() + static_cast<std::ptrdiff_t>(from);
            const std::size_t count = std::min(size, others_.size() - from);
            const std::vector<std::size_t> chosen(begin,
                                                  begin + static_cast<std::ptrdiff_t>(count));
            search_claims fewer = relaxed(chosen);
            if (decide(fewer, 20'000) == search_end::impossible) {
                claims_ = std::move(fewer);
                others_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
            } else {
                from += count;
            }
        }
        if (size == 1) break;
    }
    if (misfit_ == SIZE_MAX) {  // the last to be invoked stands for all
        misfit_ = others_.back();
        others_.pop_back();
    }
}

/// The states in which the misfit could be tried at all, without its having an effect.
std::vector<std::uint32_t> order_explainer::states_tried() {
    search_claims claims = claims_;
    for (search_claim& each : claims) {
        if (each.index != misfit_) continue;
        each.number = unknown(each).number;  // what it answered must not steer the search
        each.blocked = true;
    }
    linear_search search(problem_of(claims, context_.objects, context_.given,
                                    context_.family.looks_at_process, context_.options.reductions),
                         context_.options.reductions);
    search.run(std::min<std::uint64_t>(200'000, steps_max_ / 4), context_.bytes_max);
    steps_ += search.steps();
    std::vector<std::uint32_t> tried = search.tried_in();
    if (tried.size() > states_tried_max) tried.resize(states_tried_max);
    return tried;
}

/// Whether there is an order if the misfit answers otherwise, in that state.
bool order_explainer::fits(std::uint32_t state, const history_value& answer) {
    client_operation other = context_.given[misfit_];
    other.result = answer;
    search_claims claims = claims_;
    for (search_claim& each : claims) {
        if (each.index != misfit_) continue;
        each.number = context_.objects[each.object]->add(other);
        each.only_at = state;
    }
    return decide(claims, 100'000) == search_end::found;
}

void order_explainer::find_alternatives() {
    for (const search_claim& each : claims_) {
        if (each.index == misfit_) misfit_claim_ = each;
    }
    const numbered_object& object = *context_.objects[misfit_claim_.object];
    for (const std::uint32_t state : states_tried()) {
        if (alternatives_.size() > alternatives_max) break;
        const auto answer = object.answer(state, misfit_claim_.number);
        if (!answer || !fits(state, *answer)) continue;
        std::string text = object.describe(state);
        states_described_ = !text.empty();
        if (text.empty()) text = to_text(*answer);
        alternatives_.emplace(*answer, text);
    }
}

/// The state that the misfit needs, where no operation could have led to it.
void order_explainer::find_unmade() {
    const search_problem problem =
        problem_of(claims_, context_.objects, context_.given, context_.family.looks_at_process,
                   context_.options.reductions);
    for (const search_operation& each : problem.operations) {
        if (each.claim.index != misfit_ || each.needs == none) continue;
        const bool made = problem.watched[each.needs].makers > 0 ||
                          problem.anywhere[each.object] > 0 ||
                          each.before == numbered_object::initial;
        if (!made) unmade_ = each.states->describe(each.before);
    }
}

}  // namespace partita::detail
