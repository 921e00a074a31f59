#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/runtime/describe.hpp>
#include <partita/runtime/ids.hpp>

namespace partita {

// What an actor that called monitor_nodes() is told. Being connected and being a member are
// different things: a lost connection removes nobody.

/// A connection to that node, in that life of it, is up.
struct node_up {
    node_id node;
    std::uint64_t incarnation = 0;
};
PARTITA_MESSAGE(node_up, node, incarnation)

/// The last connection to that node is gone.
struct node_down {
    node_id node;
    std::string reason;
};
PARTITA_MESSAGE(node_down, node, reason)

struct member_joined {
    node_id node;
};
PARTITA_MESSAGE(member_joined, node)

struct member_left {
    node_id node;
};
PARTITA_MESSAGE(member_left, node)

/// Names a callback, to cancel it. The default names none.
struct event_handle {
    std::uint64_t value = 0;
    auto operator<=>(const event_handle&) const = default;
};

/// Which events a callback is for; what is not given is any. With a channel: when that channel of a
/// node comes up or goes down, whatever becomes of the others.
struct event_filter {
    std::optional<node_id> node{};
    std::optional<partita::channel> channel{};
};

using up_callback = std::function<void(node_id)>;
using down_callback = std::function<void(node_id, std::string_view reason)>;

namespace detail {

/// Who is connected, on which channels, and whom it concerns. A callback may add and cancel
/// callbacks; those it adds hear of the next event.
class peer_table {
   public:
    void add(node_id, std::uint64_t incarnation);
    /// Of one that is up.
    [[nodiscard]] std::optional<std::uint64_t> life_of(node_id) const;
    /// False when it was not up.
    bool remove(node_id);
    /// False when it was up already, or the node is not.
    bool add_channel(node_id, std::uint64_t channel);
    bool remove_channel(node_id, std::uint64_t channel);
    [[nodiscard]] std::vector<std::uint64_t> channels_of(node_id) const;
    [[nodiscard]] bool contains(node_id id) const { return up_.contains(id); }
    [[nodiscard]] std::vector<std::pair<node_id, std::uint64_t>> lives() const;

    event_handle on_up(up_callback, const event_filter&);
    event_handle on_down(down_callback, const event_filter&);
    bool cancel(event_handle handle) { return callbacks_.erase(handle.value) != 0; }
    void tell_up(node_id, std::optional<std::uint64_t> channel);
    void tell_down(node_id, std::optional<std::uint64_t> channel, std::string_view reason);

    std::vector<actor_id> watchers;  ///< actors that are told, in the order they asked
    bool asked = false;              ///< the transport was asked to keep the members connected

   private:
    struct entry {
        std::uint64_t incarnation = 0;
        std::vector<std::uint64_t> channels;
    };
    struct callback {
        event_filter filter;
        up_callback up;
        down_callback down;
        [[nodiscard]] bool wants(node_id, std::optional<std::uint64_t> channel) const;
    };
    template <typename Call>
    void each_callback(const Call&);

    std::map<node_id, entry> up_;
    std::map<std::uint64_t, std::shared_ptr<const callback>> callbacks_;
    std::uint64_t last_handle_ = 0;
};

}  // namespace detail
}  // namespace partita
