#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "linear_search.hpp"

namespace partita::detail {

/// What the searches of one check have in common.
struct search_context {
    const model_family& family;
    kept_order order = kept_order::real_time;
    const client_history& given;
    const search_options& options;
    numbered_objects& objects;
    std::size_t bytes_max = 0;
};

/// Finds out why claims have no order: the shortest prefix (of real time), the operation that does
/// not fit, the states it would have fitted, and which other operations are needed to see that.
class order_explainer {
   public:
    /// `reached` is what the search that failed says. Takes about `steps_max` steps.
    order_explainer(const search_context&, search_claims, std::uint64_t reached,
                    std::uint64_t steps_max);

    /// Whether what happened before `end` has no order. Then the rest is forgotten.
    [[nodiscard]] bool breaks_before(std::uint64_t end);
    /// Cuts to the shortest prefix; gives where it ends.
    std::uint64_t shorten();
    /// A verdict `violated` with all but its steps.
    [[nodiscard]] check_outcome explain();
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

   private:
    static constexpr std::size_t alternatives_max = 4;

    search_end decide(const search_claims&, std::uint64_t steps_max);
    [[nodiscard]] search_claims cut(std::uint64_t end);
    void relax_others();
    [[nodiscard]] search_claims relaxed(const std::vector<std::size_t>& indices);
    search_claim unknown(search_claim);

    [[nodiscard]] std::vector<std::uint32_t> states_tried();
    [[nodiscard]] bool fits(std::uint32_t state, const history_value& answer);
    void find_alternatives();
    void find_unmade();

    [[nodiscard]] std::string words() const;
    [[nodiscard]] std::string contrast() const;
    [[nodiscard]] std::string alternatives_in_words() const;
    [[nodiscard]] std::string others_in_words() const;
    [[nodiscard]] std::string object_in_words() const;

    search_context context_;
    search_claims claims_;
    std::uint64_t reached_;
    std::uint64_t steps_max_;
    std::uint64_t steps_ = 0;
    std::uint64_t end_ = client_operation::never;
    std::map<std::size_t, std::uint32_t> unknown_numbers_;  // by index in the history

    std::size_t misfit_ = SIZE_MAX;  // its index in the history
    search_claim misfit_claim_;
    std::vector<std::size_t> others_;  // indices that are needed besides
    std::set<std::pair<history_value, std::string>> alternatives_;  // answers, and in words
    bool states_described_ = true;
    std::string unmade_;  // the state that it needs, where nothing makes it
};

/// `process 3 read x = 1 (lines 4 and 9)`.
[[nodiscard]] std::string quote(const client_history&, std::size_t index);

/// "1", "1 or 2", "1, 2 or 3".
[[nodiscard]] std::string joined(const std::vector<std::string>&, const std::string& last);

}  // namespace partita::detail
