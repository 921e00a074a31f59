#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <partita/faults/fault.hpp>
#include <partita/faults/plan.hpp>
#include <partita/runtime/envelope.hpp>
#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita {

/// A typed rewrite that the application offers as a corruption: by name, for one message type.
struct message_rewrite {
    std::string name;
    std::uint64_t type_hash = 0;
    /// The altered payload of one that is no such message stays as it is.
    std::function<payload(std::span<const std::byte>)> apply;
};

/// What a deviation does at its site.
enum class site_verb : std::uint8_t {
    omit,       ///< the message is lost:                  omit n1 -> n2 commit #1
    delay,      ///< it and those behind it are late:      delay n1 -> n2 commit #1 by 3s
    reorder,    ///< only it is late:                      reorder n1 -> n2 commit #1 by 10ms
    duplicate,  ///< it arrives once more:                 duplicate n1 -> n2 commit #1
    corrupt,    ///< a bit of its payload flips:           corrupt n1 -> n2 commit #1 bit 17
    rewrite,    ///< the application alters it:            rewrite n1 -> n2 prepared #1 as no
    /// the node stops before this event: crash n2 at receive n1 -> n2 commit #1 [for 5s]
    crash,
    pause,  ///< the node stalls before this event:    pause n2 at send n2 -> n1 prepared #1 for 3s
    /// the node is cut off from this on: isolate n2 at receive n1 -> n2 commit #1 [for 5s]
    isolate,
};

/// A deviation's action with its arguments read.
struct site_action {
    site_verb verb = site_verb::omit;
    duration time{0};                  ///< by / for; 0 = for good
    std::optional<std::uint64_t> bit;  ///< corrupt; none = chosen by the site's digest
    std::string rewrite;               ///< rewrite: its name
    bool operator==(const site_action&) const = default;
};

[[nodiscard]] fault_kind kind_of(site_verb);
[[nodiscard]] std::string_view to_text(site_verb);
/// True for verbs that happen to a node, at `NODE at send|receive MESSAGE`.
[[nodiscard]] bool at_node(site_verb);

[[nodiscard]] result<site_action> parse_action(const deviation&);
[[nodiscard]] deviation to_deviation(const site_action&, const site_label&);

/// The actions that a plan allows, in the fixed order that decision::alternative counts (1 =
/// first).
[[nodiscard]] std::vector<site_action> actions_of(const fault_plan&,
                                                  const std::vector<message_rewrite>&);

}  // namespace partita
