#pragma once

#include <vector>

#include "linear_memo.hpp"
#include "linear_problem.hpp"

namespace partita::detail {

/// How far a search has come.
enum class search_end : std::uint8_t { going, found, impossible, no_memory };

/// Looks for an order of operations that the model allows, depth first. It can be run in slices.
class linear_search {
   public:
    linear_search(search_problem problem, const search_reductions& reductions);

    /// Goes on for about so many steps of the model.
    search_end run(std::uint64_t steps, std::size_t bytes_max);

    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    [[nodiscard]] std::size_t bytes() const { return memo_.bytes() + object_bytes_; }
    /// After `found`: indices into the history.
    [[nodiscard]] std::vector<std::size_t> order() const;
    /// The latest response that no order tried could reach, or lay at the end of one: whatever was
    /// answered earlier has an order. For problems of one lane.
    [[nodiscard]] std::uint64_t reached() const { return reached_; }
    /// In which states a blocked operation was tried, in order of their first occurrence.
    [[nodiscard]] const std::vector<std::uint32_t>& tried_in() const { return tried_in_; }
    [[nodiscard]] const search_problem& problem() const { return problem_; }

   private:
    /// An operation taken, and what was there before.
    struct taken {
        std::uint32_t operation = 0;
        std::uint32_t state = 0;
        std::uint32_t last = 0;
    };
    /// One node of the search: what led to it, and which candidates are left to try.
    struct frame {
        std::size_t taken_before = 0;
        std::size_t first = 0;
        std::size_t next = 0;
        std::size_t end = 0;
    };

    void link_lanes();
    [[nodiscard]] bool begins_doomed() const;
    [[nodiscard]] std::uint64_t bound(std::uint32_t lane) const;

    search_end enter(std::size_t taken_before);
    void leave();
    void scan(std::uint32_t lane);
    void add_unknown();
    void sort_candidates(std::size_t first);
    search_memo::answer remember();

    bool take(std::uint32_t operation);
    void note_blocked(std::uint32_t state);
    void apply(std::uint32_t operation, std::uint32_t next);
    void undo_to(std::size_t count);
    void unlink(std::uint32_t operation);
    void relink(std::uint32_t operation);
    void count(const search_operation&, std::uint32_t by);
    [[nodiscard]] bool strands(const search_operation&, std::uint32_t left) const;
    [[nodiscard]] bool stranded(std::uint32_t watch) const;

    search_problem problem_;
    search_reductions reductions_;
    std::uint64_t steps_ = 0;
    std::uint64_t reached_ = 0;
    std::size_t bytes_max_ = 0;
    std::size_t object_bytes_ = 0;
    bool begun_ = false;
    std::vector<std::uint32_t> tried_in_;

    // The required operations not yet taken, lane by lane: rings in order of invocation and of
    // response. Places from problem_.required on are the heads of the lanes.
    struct links {
        std::uint32_t before = 0;
        std::uint32_t after = 0;
    };
    std::vector<links> by_invocation_;
    std::vector<links> by_response_;

    std::size_t remaining_ = 0;          // required operations
    std::vector<std::uint32_t> states_;  // of each object, now
    std::vector<std::uint32_t> used_;    // of each group
    std::vector<std::uint32_t> set_;     // bits of the required operations taken
    std::uint32_t last_ = 0;             // one more than the highest bit ever set in set_
    std::uint64_t hash_ = 0;
    std::vector<taken> order_;
    std::vector<frame> frames_;
    std::vector<std::uint32_t> candidates_;  // of all frames
    std::vector<std::uint32_t> entry_;       // made here, to be compared
    search_memo memo_;
};

}  // namespace partita::detail
