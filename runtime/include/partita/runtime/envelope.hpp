#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <partita/runtime/ids.hpp>
#include <partita/runtime/message.hpp>
#include <partita/runtime/payload.hpp>

namespace partita {

struct envelope;
/// Gives an envelope back to the pool it came from.
struct envelope_release {
    void operator()(envelope*) const noexcept;
};
using envelope_ptr = std::unique_ptr<envelope, envelope_release>;

class envelope_pool;
struct delivery_stamp;

/// A message on its way: address, channel and encoded payload. Owned by exactly one holder at a
/// time (envelope_ptr); the sender fills it, the receiving actor decodes it.
struct envelope {
    actor_id source;
    actor_id destination;
    const message_type* type = nullptr;  ///< null only for the runtime's own wake-ups
    partita::channel channel;
    /// Chooses the connection within the channel; by default that of the sending actor, so that its
    /// messages keep their order.
    std::uint64_t partition_key = 0;
    /// The link it is on: from the source's node to the destination's, unless others relay it.
    node_id link_from;
    node_id link_to;
    std::uint8_t relays = 0;  ///< how many nodes have relayed it
    /// The how-manieth of this type from source node to destination node on this channel, from 1:
    /// the part of a message's identity that survives edits of the program. 0 = never left its
    /// node.
    std::uint64_t ordinal = 0;
    /// Pairs a reply with its call; 0 = neither.
    std::uint64_t correlation = 0;
    bool is_reply = false;
    bool is_timer = false;
    /// A repetition that a fault made; it bears the original's ordinal.
    bool is_copy = false;
    timer_id timer;  ///< when is_timer
    event_id cause;  ///< the trace event that sent it
    /// What reliable and causal delivery keep about it; null when it has neither.
    std::shared_ptr<const delivery_stamp> delivery;
    partita::payload payload;

    /// Its payload as text, with field names.
    [[nodiscard]] std::string text() const;

   private:
    friend class envelope_pool;
    friend struct envelope_release;
    friend envelope_ptr detached(envelope_ptr);
    /// What an earlier use left behind must not reach a trace: trials share pools.
    void clear_header() {
        source = destination = actor_id{};
        type = nullptr;
        channel = {};
        ordinal = correlation = partition_key = 0;
        link_from = link_to = {};
        relays = 0;
        is_reply = is_timer = is_copy = false;
        timer = {};
        cause = {};
        delivery.reset();
    }
    envelope_pool* home_ = nullptr;
};

/// The same message in an envelope of no pool, which may go to another thread.
[[nodiscard]] envelope_ptr detached(envelope_ptr);

/// Recycles envelopes. Used by one thread; outlives every envelope it handed out.
class envelope_pool {
   public:
    envelope_pool() = default;
    envelope_pool(const envelope_pool&) = delete;
    envelope_pool& operator=(const envelope_pool&) = delete;

    [[nodiscard]] envelope_ptr make() {
        if (free_.empty()) grow();
        envelope* fresh = free_.back();
        free_.pop_back();
        fresh->clear_header();
        return envelope_ptr(fresh);
    }
    /// A copy with its own payload, for duplication.
    [[nodiscard]] envelope_ptr copy(const envelope&);
    /// Envelopes that are out now.
    [[nodiscard]] std::size_t in_use() const { return made_ - free_.size(); }

   private:
    friend struct envelope_release;
    void grow();
    std::vector<std::unique_ptr<envelope[]>> blocks_;
    std::vector<envelope*> free_;
    std::size_t made_ = 0;
};

inline void envelope_release::operator()(envelope* done) const noexcept {
    if (done->home_ == nullptr) {
        delete done;
        return;
    }
    done->payload.clear();
    done->home_->free_.push_back(done);
}

}  // namespace partita
