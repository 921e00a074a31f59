#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/message.hpp>

namespace partita::gossip {

inline constexpr std::string_view gossiper_name = "gossip";
inline constexpr std::string_view not_found = "NOT FOUND";

/// Names an update for the properties alone: nobody decides by it, so that no mistake with
/// timestamps and message numbers reaches it.
struct update_id {
    node_id node;
    std::uint64_t life = 0;
    std::uint64_t number = 0;  ///< in that life
    auto operator<=>(const update_id&) const = default;
};
PARTITA_MESSAGE(update_id, node, life, number)

/// The ordinary timestamp of an update: which of two is the later.
struct timestamp {
    std::int64_t time = 0;  ///< nanoseconds of the node's clock
    node_id node;
    auto operator<=>(const timestamp&) const = default;
};
PARTITA_MESSAGE(timestamp, time, node)

/// What a key holds: a value, or the certificate of its death.
struct item {
    std::string value;
    bool deleted = false;
    timestamp when;
    std::int64_t activated = 0;  ///< of a certificate: when its life began, or began anew
    update_id id;
    bool operator==(const item&) const = default;
};
PARTITA_MESSAGE(item, value, deleted, when, activated, id)
using items = std::map<std::string, item>;

// Between a client and its node.
struct client_put {
    std::string key;
    std::string value;
    bool deletes = false;
};
PARTITA_MESSAGE(client_put, key, value, deletes)
struct client_broadcast {
    std::string value;
};
PARTITA_MESSAGE(client_broadcast, value)
struct client_read {
    std::string key;
};
PARTITA_MESSAGE(client_read, key)
struct client_done {};
PARTITA_MESSAGE(client_done)
struct client_value {
    std::string value;
};
PARTITA_MESSAGE(client_value, value)

// Direct mail.
struct letter {
    std::string key;
    item content;
};
PARTITA_MESSAGE(letter, key, content)
struct letter_received {
    std::string key;
    timestamp when;
};
PARTITA_MESSAGE(letter_received, key, when)

// Rumors.
struct rumor {
    items told;
};
PARTITA_MESSAGE(rumor, told)
/// Which of them were news.
struct rumor_heard {
    std::vector<std::string> news;
};
PARTITA_MESSAGE(rumor_heard, news)

// Anti-entropy.
struct compare {
    std::uint64_t digest = 0;
};
PARTITA_MESSAGE(compare, digest)
/// I hold what that digest is of, now that I know what you hold.
struct equal {
    std::uint64_t digest = 0;
};
PARTITA_MESSAGE(equal, digest)
struct database_is {
    items held;
    bool answer_wanted = false;
};
PARTITA_MESSAGE(database_is, held, answer_wanted)

// Timers.
struct mail_again {};
PARTITA_MESSAGE(mail_again)
struct next_rumor_round {};
PARTITA_MESSAGE(next_rumor_round)
struct next_comparison {};
PARTITA_MESSAGE(next_comparison)

// Notes.
struct node_started {};
PARTITA_MESSAGE(node_started)
struct update_made {
    std::string key;
    item content;
    bool message = false;
};
PARTITA_MESSAGE(update_made, key, content, message)
struct node_holds {
    std::string key;
    item content;  ///< by default: nothing any more
};
PARTITA_MESSAGE(node_holds, key, content)
struct message_delivered {
    update_id id;
    std::string value;
};
PARTITA_MESSAGE(message_delivered, id, value)

}  // namespace partita::gossip
