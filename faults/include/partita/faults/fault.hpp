#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <partita/runtime/ids.hpp>
#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita {

/// The kinds of fault, as a fault plan and `--kinds` name them.
enum class fault_kind : std::uint8_t {
    omission,
    delay,
    reordering,
    duplication,
    corruption,
    partition,
    crash,
    pause,
    custom,
};
inline constexpr std::size_t fault_kinds = 9;
[[nodiscard]] std::string_view to_text(fault_kind);
[[nodiscard]] result<fault_kind> parse_fault_kind(std::string_view);

/// Which messages of a node a windowed fault touches: those it sends, receives, or both.
enum class flow : std::uint8_t { send, receive, both };

/// Messages of `node` (with `peer`, or with all) are lost.
struct omission_fault {
    flow way = flow::both;
    node_id node;
    std::optional<node_id> peer;
    bool operator==(const omission_fault&) const = default;
};
/// Messages of `node` (with `peer`, or with all) take longer; lanes keep their order.
struct delay_fault {
    flow way = flow::send;
    node_id node;
    std::optional<node_id> peer;
    duration by = std::chrono::seconds(5);
    bool operator==(const delay_fault&) const = default;
};
/// Every other message of `node`, by a seeded coin, waits up to `window` while others overtake it.
struct reordering_fault {
    node_id node;
    std::optional<node_id> peer;
    duration window = std::chrono::milliseconds(10);
    bool operator==(const reordering_fault&) const = default;
};
/// Messages that `node` sends arrive once more.
struct duplication_fault {
    node_id node;
    std::optional<node_id> peer;
    bool operator==(const duplication_fault&) const = default;
};
/// One bit of each message that `node` sends is flipped: the one given, or one by a seeded draw.
struct corruption_fault {
    node_id node;
    std::optional<node_id> peer;
    std::optional<std::uint64_t> bit;
    bool operator==(const corruption_fault&) const = default;
};
/// No message passes between different groups; one_way: none from the first group to the others.
/// Nodes in no group are not touched.
struct partition_fault {
    std::vector<std::vector<node_id>> groups;
    bool one_way = false;
    bool operator==(const partition_fault&) const = default;
};
/// The node stops and loses its memory. Ending the fault restarts it from its storage.
struct crash_fault {
    node_id node;
    bool operator==(const crash_fault&) const = default;
};
/// The node stalls. Ending the fault lets it go on.
struct pause_fault {
    node_id node;
    bool operator==(const pause_fault&) const = default;
};
/// Lifts every partition.
struct heal_fault {
    bool operator==(const heal_fault&) const = default;
};
/// Lifts every fault: with `crash`, nodes that were omitting or cut off crash for good instead
/// (Partisan's two ways to resolve); otherwise crashed nodes restart too.
struct resolve_all_fault {
    bool crash = false;
    bool operator==(const resolve_all_fault&) const = default;
};
/// A fault that the application registered by name.
struct custom_fault {
    std::string name;
    std::vector<std::string> arguments;
    bool operator==(const custom_fault&) const = default;
};

/// A fault that begins, or with `ends`, one that ends. A value: the same in a scenario, in random
/// and in exhaustive search.
struct fault {
    using kind_variant =
        std::variant<omission_fault, delay_fault, reordering_fault, duplication_fault,
                     corruption_fault, partition_fault, crash_fault, pause_fault, heal_fault,
                     resolve_all_fault, custom_fault>;
    kind_variant what;
    bool ends = false;
    bool operator==(const fault&) const = default;
};

/// Its kind; heal and resolve_all count as partition.
[[nodiscard]] fault_kind kind_of(const fault&);

// Each fault in one call: world.inject(partition({"n1"}, {"n2", "n3"})).
[[nodiscard]] fault omission(std::string_view node);
[[nodiscard]] fault send_omission(std::string_view node, std::string_view peer = {});
[[nodiscard]] fault receive_omission(std::string_view node, std::string_view peer = {});
[[nodiscard]] fault egress_delay(std::string_view node, std::string_view peer, duration by);
[[nodiscard]] fault ingress_delay(std::string_view node, std::string_view peer, duration by);
[[nodiscard]] fault link_delay(std::string_view node, std::string_view peer, duration by);
[[nodiscard]] fault reordering(std::string_view node, duration window);
[[nodiscard]] fault duplication(std::string_view node, std::string_view peer = {});
[[nodiscard]] fault corruption(std::string_view node, std::string_view peer = {});
[[nodiscard]] fault partition(std::initializer_list<std::string_view> one,
                              std::initializer_list<std::string_view> other);
[[nodiscard]] fault one_way_partition(std::initializer_list<std::string_view> from,
                                      std::initializer_list<std::string_view> to);
[[nodiscard]] fault crash(std::string_view node);
[[nodiscard]] fault restart(std::string_view node);
[[nodiscard]] fault pause(std::string_view node);
[[nodiscard]] fault resume(std::string_view node);
[[nodiscard]] fault heal();
[[nodiscard]] fault resolve_all();
[[nodiscard]] fault resolve_all_with_crash();
[[nodiscard]] fault end(fault);

/// The fault as a step of a schedule, and back. The words are those of the text form:
///
///     fault [end] omission|send_omission|receive_omission NODE [PEER]
///     fault [end] egress_delay|ingress_delay|link_delay NODE [PEER] [DURATION]
///     fault [end] reordering|duplication NODE [PEER] [DURATION]
///     fault [end] corruption NODE [PEER] [bit N]            (an end need not repeat DURATION or N)
///     fault [end] partition { NODES } { NODES } ...
///     fault [end] one_way { NODES } { NODES } ...
///     fault crash|restart|pause|resume NODE
///     fault heal|resolve_all|resolve_all_with_crash
///     fault NAME words...                                 (one of `custom`)
[[nodiscard]] fault_step to_step(const fault&);
[[nodiscard]] result<fault> parse_fault(const fault_step&,
                                        const std::vector<std::string>& custom = {});
/// The nodes that a partition cuts off: all but those of its largest group, the last of equals.
[[nodiscard]] std::vector<node_id> cut_off_by(const partition_fault&);
/// Every node that the fault names.
[[nodiscard]] std::vector<node_id> nodes_of(const fault&);

}  // namespace partita
