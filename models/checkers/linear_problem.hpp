#pragma once

#include <memory>
#include <vector>

#include <partita/models/linearizability.hpp>

namespace partita::detail {

/// One operation as it goes into a search.
struct search_claim {
    std::size_t index = 0;     ///< in the history
    std::uint32_t object = 0;  ///< of all objects
    std::uint32_t number = 0;  ///< in its object
    std::uint32_t lane = 0;    ///< order is kept within a lane
    std::uint64_t invoked = 0;
    std::uint64_t responded = client_operation::never;
    bool required = true;  ///< false: of unknown outcome
    /// Takes effect only in this state, if it is not none.
    std::uint32_t only_at = numbered_object::none;
    /// Takes effect nowhere; the search notes the states in which it was tried.
    bool blocked = false;
};
using search_claims = std::vector<search_claim>;
using numbered_objects = std::vector<std::unique_ptr<numbered_object>>;

struct search_operation {
    search_claim claim;
    numbered_object* states = nullptr;
    std::uint32_t object = 0;  ///< of those in this problem
    std::uint32_t group = 0;   ///< not required: its group
    bool read_only = false;
    bool leads_anywhere = false;
    std::uint32_t before = numbered_object::none;
    std::uint32_t after = numbered_object::none;
    std::uint32_t needs = numbered_object::none;  ///< the watch of `before`
    std::uint32_t makes_begin = 0;                ///< in search_problem::makes
    std::uint32_t makes_end = 0;
    std::uint64_t mark = 0;  ///< for hashes of sets of operations
};

/// A state of an object that some operation needs: how many required operations still need it, and
/// how many operations can still lead to it.
struct watched_state {
    std::uint32_t object = 0;
    std::uint32_t state = 0;
    std::uint32_t needed = 0;
    std::uint32_t makers = 0;
};

/// Claims prepared for a search.
/// Invariant: `operations` holds the required ones in order of invocation, then group by group the
/// others.
struct search_problem {
    std::vector<search_operation> operations;
    std::size_t required = 0;
    std::uint32_t lanes = 1;
    std::vector<numbered_object*> objects;
    std::vector<std::uint32_t> groups;  ///< where each group begins in `operations`; then the end

    std::vector<watched_state> watched;
    std::vector<std::uint32_t> makes;                        ///< indices into `watched`
    std::vector<std::vector<std::uint32_t>> watch_of_state;  ///< by object and state
    std::vector<std::uint32_t> anywhere;                     ///< by object: that lead anywhere

    [[nodiscard]] std::uint32_t watch_of(std::uint32_t object, std::uint32_t state) const {
        const auto& of_object = watch_of_state[object];
        return state < of_object.size() ? of_object[state] : numbered_object::none;
    }
};

[[nodiscard]] search_problem problem_of(const search_claims&, const numbered_objects&,
                                        const client_history&, bool looks_at_process,
                                        const search_reductions&);

}  // namespace partita::detail
