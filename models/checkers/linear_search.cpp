#include "linear_search.hpp"

#include <algorithm>

namespace partita::detail {
namespace {

constexpr std::uint32_t none = numbered_object::none;

std::uint64_t mark_of(std::size_t object, std::uint32_t state) {
    return mixed(std::uint64_t{state} << 32U ^ (object + 0x5bd1e995U));
}

}  // namespace

linear_search::linear_search(search_problem problem, const search_reductions& reductions)
    : problem_(std::move(problem)),
      reductions_(reductions),
      by_invocation_(problem_.required + problem_.lanes),
      by_response_(problem_.required + problem_.lanes),
      remaining_(problem_.required),
      states_(problem_.objects.size(), numbered_object::initial),
      used_(problem_.groups.size() - 1),
      set_((problem_.required + 31) / 32) {
    for (const numbered_object* each : problem_.objects) object_bytes_ += each->bytes();
    link_lanes();
}

void linear_search::link_lanes() {
    const auto required = static_cast<std::uint32_t>(problem_.required);
    const auto link = [&](std::vector<links>& ring, const std::vector<std::uint32_t>& order) {
        for (std::uint32_t lane = 0; lane < problem_.lanes; ++lane) {
            ring[required + lane] = {required + lane, required + lane};
        }
        for (const std::uint32_t each : order) {
            const std::uint32_t head = required + problem_.operations[each].claim.lane;
            ring[each] = {ring[head].before, head};
            ring[ring[head].before].after = each;
            ring[head].before = each;
        }
    };
    std::vector<std::uint32_t> order(required);
    for (std::uint32_t each = 0; each < required; ++each) order[each] = each;
    link(by_invocation_, order);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t one, std::uint32_t other) {
        return problem_.operations[one].claim.responded <
               problem_.operations[other].claim.responded;
    });
    link(by_response_, order);
}

/// What is invoked later may not be taken: an operation that responded comes first.
std::uint64_t linear_search::bound(std::uint32_t lane) const {
    const std::uint32_t first = by_response_[problem_.required + lane].after;
    if (first >= problem_.required) return client_operation::never;
    return problem_.operations[first].claim.responded;
}

search_end linear_search::run(std::uint64_t steps, std::size_t bytes_max) {
    const std::uint64_t last = steps_ + std::min(steps, UINT64_MAX - steps_);
    bytes_max_ = bytes_max;
    if (!begun_) {
        begun_ = true;
        reached_ = bound(0);
        if (begins_doomed()) return search_end::impossible;
        if (const search_end end = enter(0); end != search_end::going) return end;
    }
    while (!frames_.empty()) {
        if (steps_ >= last) return search_end::going;
        frame& top = frames_.back();
        if (top.next == top.end) {
            leave();
            continue;
        }
        const std::size_t taken_before = order_.size();
        if (!take(candidates_[top.next++])) continue;
        if (const search_end end = enter(taken_before); end != search_end::going) return end;
    }
    return search_end::impossible;
}

std::vector<std::size_t> linear_search::order() const {
    std::vector<std::size_t> indices;
    indices.reserve(order_.size());
    for (const taken& each : order_) {
        indices.push_back(problem_.operations[each.operation].claim.index);
    }
    return indices;
}

/// A new node, after what was taken last: takes the reads that fit, and unless it has been here,
/// finds the candidates.
search_end linear_search::enter(std::size_t taken_before) {
    const std::size_t first = candidates_.size();
    for (std::uint32_t lane = 0; lane < problem_.lanes; ++lane) scan(lane);
    if (remaining_ == 0) return search_end::found;
    if (problem_.lanes == 1) reached_ = std::max(reached_, bound(0));
    const search_memo::answer been_here = remember();
    if (been_here == search_memo::answer::full) return search_end::no_memory;
    if (been_here == search_memo::answer::known) {
        candidates_.resize(first);
        undo_to(taken_before);
        return search_end::going;
    }
    sort_candidates(first);
    frames_.push_back({taken_before, first, first, candidates_.size()});
    return search_end::going;
}

void linear_search::leave() {
    undo_to(frames_.back().taken_before);
    candidates_.resize(frames_.back().first);
    frames_.pop_back();
}

/// Taking reads leaves the state as it is: one that did not fit before does not fit after.
void linear_search::scan(std::uint32_t lane) {
    const auto head = static_cast<std::uint32_t>(problem_.required + lane);
    for (std::uint32_t at = by_invocation_[head].after; at != head;) {
        const search_operation& each = problem_.operations[at];
        if (each.claim.invoked > bound(lane)) return;
        const std::uint32_t following = by_invocation_[at].after;
        if (each.read_only && reductions_.reads_at_once) {
            take(at);
        } else {
            candidates_.push_back(at);
        }
        at = following;
    }
}

void linear_search::sort_candidates(std::size_t first) {
    const auto begin = candidates_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto claim = [&](std::uint32_t of) -> const search_claim& {
        return problem_.operations[of].claim;
    };
    if (reductions_.first_responded) {
        std::sort(begin, candidates_.end(), [&](std::uint32_t one, std::uint32_t other) {
            return claim(one).responded != claim(other).responded
                       ? claim(one).responded < claim(other).responded
                       : one < other;
        });
    }
    add_unknown();
    if (!reductions_.unknown_last) {
        std::sort(candidates_.begin() + static_cast<std::ptrdiff_t>(first), candidates_.end(),
                  [&](std::uint32_t one, std::uint32_t other) {
                      return claim(one).invoked != claim(other).invoked
                                 ? claim(one).invoked < claim(other).invoked
                                 : one < other;
                  });
    }
}

/// The next of each group that may be taken.
void linear_search::add_unknown() {
    for (std::size_t group = 0; group < used_.size(); ++group) {
        const std::uint32_t next = problem_.groups[group] + used_[group];
        if (next == problem_.groups[group + 1]) continue;
        const search_claim& claim = problem_.operations[next].claim;
        if (claim.invoked <= bound(claim.lane)) candidates_.push_back(next);
    }
}

/// The set as its words from the first that is not full to the last that is not empty.
search_memo::answer linear_search::remember() {
    std::uint32_t from = none;
    for (std::uint32_t lane = 0; lane < problem_.lanes; ++lane) {
        from = std::min(from, by_invocation_[problem_.required + lane].after / 32);
    }
    if (object_bytes_ > bytes_max_) return search_memo::answer::full;
    const std::uint32_t to = std::max(from, (last_ + 31) / 32);
    entry_.assign(1, from);
    const auto end = static_cast<std::ptrdiff_t>(std::min<std::size_t>(to, set_.size()));
    entry_.insert(entry_.end(), set_.begin() + from, set_.begin() + end);
    entry_.insert(entry_.end(), states_.begin(), states_.end());
    entry_.insert(entry_.end(), used_.begin(), used_.end());
    return memo_.add(hash_, entry_, used_.size(), reductions_.fewer_unknown,
                     bytes_max_ - object_bytes_, steps_);
}

bool linear_search::take(std::uint32_t operation) {
    const search_operation& chosen = problem_.operations[operation];
    const std::uint32_t now = states_[chosen.object];
    ++steps_;
    if (chosen.claim.blocked) {
        note_blocked(now);
        return false;
    }
    if (chosen.before != none && chosen.before != now) return false;
    if (chosen.claim.only_at != none && chosen.claim.only_at != now) return false;
    const std::size_t bytes = chosen.states->bytes();
    const std::uint32_t next = chosen.states->step(now, chosen.claim.number);
    object_bytes_ += chosen.states->bytes() - bytes;
    if (next == none) return false;
    if (next != now && chosen.after != none && chosen.after != next) return false;
    if (next == now && !chosen.claim.required && reductions_.unknown_last) return false;
    apply(operation, next);
    if (!reductions_.observations || chosen.read_only || !strands(chosen, now)) return true;
    undo_to(order_.size() - 1);
    return false;
}

void linear_search::note_blocked(std::uint32_t state) {
    if (std::find(tried_in_.begin(), tried_in_.end(), state) == tried_in_.end()) {
        tried_in_.push_back(state);
    }
}

void linear_search::apply(std::uint32_t operation, std::uint32_t next) {
    const search_operation& chosen = problem_.operations[operation];
    std::uint32_t& state = states_[chosen.object];
    order_.push_back({operation, state, last_});
    if (next != state) hash_ ^= mark_of(chosen.object, state) ^ mark_of(chosen.object, next);
    hash_ ^= chosen.mark;
    state = next;
    if (chosen.claim.required) {
        unlink(operation);
    } else {
        ++used_[chosen.group];
    }
    if (reductions_.observations) count(chosen, UINT32_MAX);
}

void linear_search::undo_to(std::size_t count_left) {
    for (; order_.size() > count_left; order_.pop_back()) {
        const taken& last = order_.back();
        const search_operation& chosen = problem_.operations[last.operation];
        std::uint32_t& state = states_[chosen.object];
        if (last.state != state) {
            hash_ ^= mark_of(chosen.object, state) ^ mark_of(chosen.object, last.state);
        }
        hash_ ^= chosen.mark;
        state = last.state;
        last_ = last.last;
        if (chosen.claim.required) {
            relink(last.operation);
        } else {
            --used_[chosen.group];
        }
        if (reductions_.observations) count(chosen, 1);
    }
}

void linear_search::unlink(std::uint32_t operation) {
    for (auto* ring : {&by_invocation_, &by_response_}) {
        const links& own = (*ring)[operation];
        (*ring)[own.before].after = own.after;
        (*ring)[own.after].before = own.before;
    }
    set_[operation / 32] |= 1U << (operation % 32);
    last_ = std::max(last_, operation + 1);
    --remaining_;
}

/// In the reverse order of unlink().
void linear_search::relink(std::uint32_t operation) {
    for (auto* ring : {&by_invocation_, &by_response_}) {
        const links& own = (*ring)[operation];
        (*ring)[own.before].after = operation;
        (*ring)[own.after].before = operation;
    }
    set_[operation / 32] &= ~(1U << (operation % 32));
    ++remaining_;
}

/// `by` is 1, or UINT32_MAX for -1.
void linear_search::count(const search_operation& operation, std::uint32_t by) {
    if (operation.needs != none) problem_.watched[operation.needs].needed += by;
    for (std::uint32_t at = operation.makes_begin; at < operation.makes_end; ++at) {
        problem_.watched[problem_.makes[at]].makers += by;
    }
    if (operation.leads_anywhere) problem_.anywhere[operation.object] += by;
}

/// Whether a state that is needed can no longer come: the one just left, or one that the operation
/// could have led to.
bool linear_search::strands(const search_operation& operation, std::uint32_t left) const {
    if (const std::uint32_t watch = problem_.watch_of(operation.object, left);
        watch != none && stranded(watch)) {
        return true;
    }
    for (std::uint32_t at = operation.makes_begin; at < operation.makes_end; ++at) {
        if (stranded(problem_.makes[at])) return true;
    }
    return false;
}

bool linear_search::stranded(std::uint32_t watch) const {
    const watched_state& each = problem_.watched[watch];
    return each.needed > 0 && each.makers == 0 && problem_.anywhere[each.object] == 0 &&
           states_[each.object] != each.state;
}

bool linear_search::begins_doomed() const {
    for (std::uint32_t each = 0; each < problem_.watched.size(); ++each) {
        if (stranded(each)) return true;
    }
    return false;
}

}  // namespace partita::detail
