#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/message.hpp>

namespace partita::causal_broadcast {

inline constexpr std::string_view broadcaster_name = "causal";

/// Per node, how many of its messages.
using vector_clock = std::map<node_id, std::uint64_t>;
[[nodiscard]] inline std::uint64_t count_of(const vector_clock& clock, node_id node) {
    const auto found = clock.find(node);
    return found == clock.end() ? 0 : found->second;
}

/// Names a message for the properties alone: nobody decides by it, so that no mistake with clocks
/// reaches it.
struct message_id {
    node_id node;
    std::uint64_t life = 0;
    std::uint64_t number = 0;  ///< in that life
    auto operator<=>(const message_id&) const = default;
};
PARTITA_MESSAGE(message_id, node, life, number)

/// A message with the clock of its sender, that counts it.
struct text {
    node_id from;
    vector_clock clock;
    std::string value;
    message_id id;

    [[nodiscard]] std::uint64_t number() const { return count_of(clock, from); }
};
PARTITA_MESSAGE(text, from, clock, value, id)

/// What I have delivered.
struct delivered_so_far {
    vector_clock clock;
};
PARTITA_MESSAGE(delivered_so_far, clock)

// Between a client and its node.
struct client_broadcast {
    std::string value;
    bool replies = false;  ///< to a message of another
};
PARTITA_MESSAGE(client_broadcast, value, replies)
struct client_read {};
PARTITA_MESSAGE(client_read)
struct client_done {};
PARTITA_MESSAGE(client_done)
struct client_values {
    std::vector<std::string> values;
};
PARTITA_MESSAGE(client_values, values)

// A timer: tell those again who lack something.
struct tell_again {};
PARTITA_MESSAGE(tell_again)

// Notes.
struct message_made {
    message_id id;
    std::string value;
};
PARTITA_MESSAGE(message_made, id, value)
struct message_delivered {
    message_id id;
    std::string value;
};
PARTITA_MESSAGE(message_delivered, id, value)
struct node_started {};
PARTITA_MESSAGE(node_started)

}  // namespace partita::causal_broadcast
