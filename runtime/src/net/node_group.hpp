#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <partita/runtime/socket_node.hpp>

#include "net/connection.hpp"

namespace partita::detail {

class node_thread;

/// Which lane of which peer.
using lane_key = std::tuple<node_id, std::uint64_t, std::uint32_t>;

/// What the threads of one node share. Everything that changes is behind a lock or atomic; none of
/// it is on the way of a message when the node has one thread.
class node_group {
   public:
    node_group(const socket_node_options&, std::optional<tls_context>);

    const socket_node_options options;
    std::shared_ptr<const channel_table> channels;
    std::optional<tls_context> tls;
    peer_spec self;
    std::uint64_t incarnation = 0;
    std::uint64_t seed = 0;
    std::unique_ptr<storage_port> storage;  // safe to use on all threads
    std::vector<std::unique_ptr<node_thread>> threads;

    /// What this node says of itself in a handshake.
    [[nodiscard]] handshake_options identity() const;
    void log(const std::string& line) const;

    // ---- names ----
    void name_changed(std::uint64_t digest, std::uint32_t thread, bool taken);
    [[nodiscard]] std::optional<std::uint32_t> thread_of(std::uint64_t digest) const;

    // ---- routes, for threads other than the first ----
    struct route_table {
        std::vector<node_id> members;
        std::map<node_id, node_id> next_hops;
    };
    void publish(std::shared_ptr<const route_table>);
    [[nodiscard]] std::shared_ptr<const route_table> routes() const;

    // ---- which peers can be reached ----
    /// A lane to that peer was connected or lost; the first thread's node is told what follows.
    void lane_opened(const peer_spec&, std::uint64_t incarnation, std::uint64_t channel);
    void lane_lost(node_id peer, std::uint64_t channel, const std::string& why);
    /// None of the attempts to reach that peer went well so far.
    void unreachable(node_id peer, const std::string& why);
    void forget(node_id peer);
    /// Why it cannot be reached; empty when it can, or nobody knows yet.
    [[nodiscard]] std::string trouble(node_id peer) const;

    // ---- accepted connections ----
    /// One more may be accepted; to be given back by drop_accepted.
    [[nodiscard]] bool take_accepted();
    void drop_accepted();
    /// A connection that the peer dialled is ready. The newest of a lane is the valid one, hence
    /// the flag: it turns false when there is a newer one.
    [[nodiscard]] std::shared_ptr<std::atomic<bool>> came_in(const lane_key&);
    void went_away(node_id peer, const lane_key&, const std::shared_ptr<std::atomic<bool>>& valid);

    struct {
        std::atomic<std::uint64_t> connections{0}, accepted{0}, refused{0}, malformed{0},
            messages_sent{0}, messages_received{0}, messages_shed{0}, queued_bytes{0};
    } counters;

   private:
    struct reach {
        std::map<std::uint64_t, std::uint32_t> open;  // channel -> lanes
        bool up = false;                              // the node was told so
        std::string down;                             // why it is not
    };
    void tell(std::function<void(node&)>) const;
    [[nodiscard]] bool complete(const reach&) const;
    [[nodiscard]] static bool none_open(const reach&);
    [[nodiscard]] std::uint32_t lanes_of(std::uint64_t channel) const;

    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::uint32_t> names_;
    std::shared_ptr<const route_table> routes_ = std::make_shared<const route_table>();
    std::map<node_id, reach> reach_;
    std::map<lane_key, std::shared_ptr<std::atomic<bool>>> valid_;
    std::map<node_id, std::size_t> accepted_from_;
    std::size_t accepted_now_ = 0;
};

}  // namespace partita::detail
