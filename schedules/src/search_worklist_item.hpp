#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <partita/schedules/worklist.hpp>

namespace partita::detail {

/// A set of decisions by value: message identities are compared, never lines.
using decision_lookup = std::set<decision>;

/// A message type as a trace shows it: sent, or received as well.
struct shown_type {
    std::string type;
    bool received = false;
    auto operator<=>(const shown_type&) const = default;
};
using shown_types = std::set<shown_type>;

/// A trace that waits to be worked on.
struct worklist_item {
    std::vector<worklist_line> lines;
    decision_set omissions;        ///< that the trace came from, in its order
    shown_types new_types;         ///< that the trace it came from did not show
    decision_lookup new_messages;  ///< that the trace it came from did not have
};

/// The foreground types that a trial with these omissions shows: a message omitted is sent and not
/// received.
[[nodiscard]] shown_types types_shown(const std::vector<worklist_line>&,
                                      const decision_set& omissions);

/// What a trial with these omissions adds to the trace of an item; `new_types` is empty when that
/// is nothing to work on.
[[nodiscard]] worklist_item item_from(const worklist_trial&, const decision_set& omissions,
                                      const worklist_item& before);

/// The omission sets of one item, in the order in which they are considered, as one flag a line.
class candidate_walk {
   public:
    /// `first`: every set of foreground messages; otherwise the item's omissions, and these with
    /// all its new foreground messages.
    candidate_walk(const worklist_item&, bool first);

    /// Whether there is a set at which the walk stands.
    [[nodiscard]] bool at_set() const { return at_set_; }
    void advance();
    /// By line: omitted for its own sake.
    [[nodiscard]] const std::vector<bool>& omitted() const { return omitted_; }
    /// By type number (numbering()): how many messages of the type remain.
    [[nodiscard]] const std::vector<std::uint32_t>& remaining() const { return remaining_; }
    [[nodiscard]] const std::map<std::string, std::size_t>& numbering() const { return numbers_; }

   private:
    void set(std::size_t line, bool omitted);
    void count_up();

    bool first_;
    bool at_set_ = true;
    bool has_second_ = true;
    std::map<std::string, std::size_t> numbers_;
    std::vector<std::size_t> type_of_;     ///< by line
    std::vector<std::size_t> foreground_;  ///< the lines that may be omitted
    std::vector<bool> omitted_;
    std::vector<std::uint32_t> remaining_;
};

/// The messages to omit when those flagged are: they, and the background messages of each sender
/// between its first and its last one, or to the end when it sends no foreground message after it.
[[nodiscard]] decision_set with_background(const std::vector<worklist_line>&,
                                           const std::vector<bool>& omitted);

}  // namespace partita::detail
