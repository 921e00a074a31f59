#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <partita/models/check.hpp>

namespace partita::detail {

/// Counts the steps of one check and says when the bound is passed.
class step_meter {
   public:
    explicit step_meter(const check_bounds& bounds) : bounds_(bounds) {}

    /// False once more than the bound was spent.
    bool spend(std::uint64_t steps = 1) {
        steps_ += steps;
        return !spent();
    }
    /// False where `bytes` more than the check may use are asked for; what it asked for is not
    /// given back.
    bool reserve(std::uint64_t bytes);
    [[nodiscard]] bool spent() const { return no_memory_ || steps_ > bounds_.steps_max; }
    [[nodiscard]] bool no_memory() const { return no_memory_; }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

   private:
    check_bounds bounds_;
    std::uint64_t steps_ = 0;
    std::uint64_t bytes_ = 0;
    bool no_memory_ = false;
};

[[nodiscard]] check_outcome holds(const step_meter&);
[[nodiscard]] check_outcome gave_up(const step_meter&);
[[nodiscard]] check_outcome violated(std::string kind, std::string explanation,
                                     std::vector<std::size_t> evidence, const step_meter&);

/// `line 12`, or `operation 3` where the history comes from no file.
[[nodiscard]] std::string place(const client_history&, std::size_t operation);

/// The error of an operation that a check cannot read.
[[nodiscard]] tl::unexpected<error> unreadable(const client_history&, std::size_t operation,
                                               const std::string& what);

/// Quotes operations in a text: in full where one is first named, by its place from then on.
class quotation {
   public:
    explicit quotation(const client_history& history) : history_(history) {}
    std::string operator()(std::size_t operation);

   private:
    const client_history& history_;
    std::set<std::size_t> named_;
};

/// `a text`, cut in the middle where it is too long to be read.
[[nodiscard]] std::string shortened(std::string text);

/// Each index once, in the order given.
[[nodiscard]] std::vector<std::size_t> without_repeats(const std::vector<std::size_t>&);

}  // namespace partita::detail
