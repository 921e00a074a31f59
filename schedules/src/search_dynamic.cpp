#include <algorithm>
#include <span>

#include <partita/schedules/search.hpp>

#include "search_branching.hpp"

namespace partita {
namespace {

using detail::branch;
using detail::decision_number;

/// Every offer is a branch.
class every_offer final : public detail::branch_rule {
   public:
    explicit every_offer(detail::decision_interner& decisions) : decisions_(decisions) {}

    void look(const branch& place, const trial_report& report, std::vector<decision_number>& offers,
              std::span<std::uint32_t>) override {
        const std::size_t wanted = place.at_bound ? 1 : report.offers.size();
        for (const decision& offered :
             std::span(report.offers).first(std::min(wanted, report.offers.size()))) {
            offers.push_back(decisions_.number_of(offered));
        }
    }
    std::size_t memory_words() const override { return 0; }

   private:
    detail::decision_interner& decisions_;
};

}  // namespace

certificate exhaust_dynamic(evaluator& trials, const exhaust_options& options,
                            const progress_function& tell, const failing_function& failing) {
    detail::recorder record(options, tell, failing);
    if (const auto undisturbed = run_undisturbed(trials, record)) {
        every_offer rule(record.decisions());
        detail::branching_search(trials, record, rule, options.decisions_max).run(*undisturbed);
    }
    certificate found = record.finish();
    found.schedules = found.trials;
    return found;
}

}  // namespace partita
