#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "linear_explain.hpp"
#include "relation_values.hpp"

namespace partita::detail {
namespace {

constexpr std::uint64_t explanation_steps_max = 4'000'000;

/// What is searched on its own.
struct search_part {
    search_claims claims;
    bool prepared = false;
    std::optional<linear_search> search;
    search_end end = search_end::going;
    std::vector<std::size_t> order;
};

class order_check {
   public:
    order_check(const model_family& family, kept_order order, const client_history& given,
                const check_bounds& bounds, const search_options& options)
        : context_{family, order, given, options, objects_, bounds.memory_bytes_max},
          bounds_(bounds) {
        divide();
    }

    check_outcome run() {
        const search_part* illegal = search_all();
        check_outcome outcome;
        if (illegal != nullptr) {
            outcome = violated(*illegal);
        } else if (std::all_of(parts_.begin(), parts_.end(), [](const search_part& each) {
                       return each.end == search_end::found;
                   })) {
            outcome.witness = merged();
        } else {
            outcome = gave_up();
        }
        outcome.steps = steps_;
        return outcome;
    }

   private:
    [[nodiscard]] bool alone() const {
        return context_.order == kept_order::real_time && context_.options.reductions.partitions;
    }

    /// One part for each object, or one for all.
    void divide() {
        if (!alone()) parts_.emplace_back();
        for (std::size_t index = 0; index < context_.given.size(); ++index) {
            const client_operation& each = context_.given[index];
            if (each.outcome == response_kind::fail) continue;
            search_claim claim = claim_of(index);
            parts_[alone() ? claim.object : 0].claims.push_back(claim);
        }
    }

    search_claim claim_of(std::size_t index) {
        const client_operation& told = context_.given[index];
        search_claim claim;
        claim.index = index;
        claim.object = object_of(told);
        if (context_.order == kept_order::process) claim.lane = lane_of(told.process);
        claim.invoked = told.invoked;
        claim.required = told.outcome == response_kind::ok;
        if (claim.required) claim.responded = told.responded;
        return claim;
    }

    std::uint32_t object_of(const client_operation& told) {
        const model_family& family = context_.family;
        history_value part;
        if (family.partition) part = family.partition(told);
        const auto [at, fresh] =
            numbers_.try_emplace(std::move(part), static_cast<std::uint32_t>(objects_.size()));
        if (fresh) {
            objects_.push_back(family.make());
            if (alone()) parts_.emplace_back();
        }
        return at->second;
    }

    /// A part that is never searched is never read.
    void prepare(search_part& part) {
        if (part.prepared) return;
        part.prepared = true;
        for (search_claim& each : part.claims) {
            each.number = objects_[each.object]->add(context_.given[each.index]);
        }
    }

    std::uint32_t lane_of(std::int64_t process) {
        return lanes_.try_emplace(process, static_cast<std::uint32_t>(lanes_.size())).first->second;
    }

    /// Searches the parts in turn, each time for twice as long, until one has no order: a part that
    /// takes for ever does not keep that from being found.
    const search_part* search_all() {
        bool going = true;
        for (std::uint64_t slice = 1'024; going && steps_ < bounds_.steps_max; slice *= 2) {
            going = false;
            for (search_part& each : parts_) {
                if (each.end != search_end::going) continue;
                search_on(each, slice);
                if (each.end == search_end::impossible) return &each;
                going = going || each.end == search_end::going;
            }
        }
        return nullptr;
    }

    void search_on(search_part& part, std::uint64_t slice) {
        if (!part.search) {
            prepare(part);
            if (search_unobserved(part)) return;
            part.search.emplace(problem_with(part, context_.options.reductions),
                                context_.options.reductions);
        } else {
            bytes_ -= part.search->bytes();
        }
        run_search(part, slice);
        if (part.end == search_end::going) {
            bytes_ += part.search->bytes();
        } else {
            close(part);
        }
    }

    /// Most parts are decided without a detour: before anything is read off their values.
    bool search_unobserved(search_part& part) {
        search_reductions reductions = context_.options.reductions;
        if (!reductions.observations || !reductions.observe_late) return false;
        reductions.observations = false;
        part.search.emplace(problem_with(part, reductions), reductions);
        run_search(part, 2 * part.claims.size() + 16);
        if (part.end == search_end::going || part.end == search_end::no_memory) {
            part.end = search_end::going;
            part.search.reset();
            return false;
        }
        close(part);
        return true;
    }

    [[nodiscard]] search_problem problem_with(const search_part& part,
                                              const search_reductions& reductions) const {
        return problem_of(part.claims, objects_, context_.given, context_.family.looks_at_process,
                          reductions);
    }

    void run_search(search_part& part, std::uint64_t slice) {
        const std::uint64_t before = part.search->steps();
        part.end = part.search->run(
            std::min(slice, bounds_.steps_max - std::min(bounds_.steps_max, steps_)),
            bounds_.memory_bytes_max - std::min(bounds_.memory_bytes_max, bytes_));
        steps_ += part.search->steps() - before;
        reached_ = part.search->reached();
    }

    void close(search_part& part) {
        if (part.end == search_end::found) part.order = part.search->order();
        part.search.reset();
        const bool done = part.end == search_end::found;
        if (done && alone()) objects_[part.claims.front().object].reset();
    }

    check_outcome violated(const search_part& part) {
        check_outcome outcome;
        if (context_.options.explain) outcome = explained(part);
        outcome.verdict = verdict::violated;
        outcome.kind =
            context_.order == kept_order::real_time ? "no linearization" : "no sequential order";
        return outcome;
    }

    /// Of several parts without an order, that which shows it first.
    check_outcome explained(const search_part& illegal) {
        auto first = explainer_of(illegal, reached_);
        if (context_.order == kept_order::real_time) {
            std::uint64_t end = first->shorten();
            for (search_part& each : parts_) {
                if (&each == &illegal || each.end == search_end::found) continue;
                prepare(each);
                auto other = explainer_of(each, 0);
                if (other->breaks_before(end)) {
                    end = other->shorten();
                    std::swap(first, other);
                }
                steps_ += other->steps();
            }
        }
        check_outcome outcome = first->explain();
        steps_ += first->steps();
        return outcome;
    }
    std::unique_ptr<order_explainer> explainer_of(const search_part& part, std::uint64_t reached) {
        const std::uint64_t left = bounds_.steps_max - std::min(bounds_.steps_max, steps_);
        return std::make_unique<order_explainer>(context_, part.claims, reached,
                                                 std::min(left, explanation_steps_max));
    }

    /// Orders of parts as one. An operation may be placed at the latest invocation of those that
    /// come before it in its part, and its own: none has responded by then.
    [[nodiscard]] std::vector<std::size_t> merged() const {
        if (parts_.size() == 1) return parts_.front().order;
        std::vector<std::tuple<std::uint64_t, std::size_t, std::size_t>> points;
        for (std::size_t part = 0; part < parts_.size(); ++part) {
            std::uint64_t point = 0;
            for (const std::size_t index : parts_[part].order) {
                point = std::max(point, context_.given[index].invoked);
                points.emplace_back(point, part, index);
            }
        }
        std::stable_sort(points.begin(), points.end(), [](const auto& one, const auto& other) {
            return std::get<0>(one) < std::get<0>(other);
        });
        std::vector<std::size_t> order;
        order.reserve(points.size());
        for (const auto& each : points) order.push_back(std::get<2>(each));
        return order;
    }

    check_outcome gave_up() {
        const bool no_memory = std::any_of(parts_.begin(), parts_.end(), [](const auto& each) {
            return each.end == search_end::no_memory;
        });
        check_outcome outcome;
        outcome.verdict = verdict::inconclusive;
        outcome.kind = no_memory ? "memory bound" : "step bound";
        outcome.explanation = "neither an order nor its absence was found within " +
                              (no_memory ? std::to_string(bounds_.memory_bytes_max) + " bytes"
                                         : std::to_string(bounds_.steps_max) + " steps") +
                              undecided();
        return outcome;
    }

    /// " for x, y and 3 more of 50 objects".
    [[nodiscard]] std::string undecided() const {
        if (parts_.size() == 1) return ".";
        std::vector<std::string> names;
        std::size_t count = 0;
        for (const search_part& each : parts_) {
            if (each.end == search_end::found) continue;
            if (++count <= 3) names.push_back(name_of(each));
        }
        if (count > 3) names.push_back(std::to_string(count - 3) + " more");
        return " for " + joined(names, "and") + " of " + std::to_string(parts_.size()) +
               " objects.";
    }
    [[nodiscard]] std::string name_of(const search_part& part) const {
        const history_value& key = context_.given[part.claims.front().index].key;
        return key.text() != nullptr ? *key.text() : to_text(key);
    }

    numbered_objects objects_;
    search_context context_;
    check_bounds bounds_;
    std::vector<search_part> parts_;
    std::unordered_map<history_value, std::uint32_t, value_hash> numbers_;  // order: looked up only
    std::map<std::int64_t, std::uint32_t> lanes_;
    std::uint64_t steps_ = 0;
    std::size_t bytes_ = 0;      // of searches that go on
    std::uint64_t reached_ = 0;  // of the last search
};

}  // namespace

check_outcome check_order(const model_family& family, kept_order order, const client_history& given,
                          const check_bounds& bounds, const search_options& options) {
    return order_check(family, order, given, bounds, options).run();
}

}  // namespace partita::detail
