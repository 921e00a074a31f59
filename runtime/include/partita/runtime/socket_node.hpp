#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include <partita/runtime/channel_options.hpp>
#include <partita/runtime/delivery.hpp>
#include <partita/runtime/node.hpp>
#include <partita/runtime/overlay.hpp>
#include <partita/runtime/ports.hpp>
#include <partita/runtime/security.hpp>

namespace partita {

/// What a node accepts of others, and keeps for them, at most.
struct socket_limits {
    std::size_t connections_max = 10'000;     ///< accepted ones
    std::size_t frame_bytes_max = 64 << 20;   ///< of one message, as it travels and unpacked
    std::size_t queue_bytes_max = 256 << 20;  ///< waiting for one connection
    duration queue_time_max = std::chrono::seconds(10);  ///< waiting for a connection to be made
    duration handshake_max = std::chrono::seconds(5);
    /// What one connection may move before it is the others' turn: more evens out less, less costs
    /// throughput.
    std::size_t turn_bytes = 512 * 1024;
};

/// How connections are made and kept. Defaults as in Partisan, but for reconnection, which there
/// has no back-off.
struct socket_timing {
    duration connect_max = std::chrono::seconds(1);  ///< until a peer must have accepted
    duration reconnect_least = std::chrono::milliseconds(100);
    duration reconnect_most = std::chrono::seconds(10);  ///< the back-off doubles up to here
    /// The first connection to each peer waits for a random time up to this, so that a hundred
    /// nodes started at once do not all call at once.
    duration connection_jitter{0};
    duration ping_idle = std::chrono::seconds(20);  ///< silence after which a peer is asked
    duration ping_timeout = std::chrono::seconds(10);
    unsigned ping_attempts = 5;
};

/// A node on sockets.
struct socket_node_options {
    std::string name;                    ///< `n1`; not empty
    std::string cluster = "partita";     ///< nodes of different clusters refuse each other
    std::string listen = "127.0.0.1:0";  ///< `host:port`; port 0: any that is free
    std::string advertise;               ///< what others dial; empty: the address listened on
    std::string role;                    ///< see peer_spec::role; empty: what the overlay says
    std::vector<channel_options> channels;
    /// Null: a full mesh of this node alone.
    overlay_factory overlay_with;
    std::size_t threads = 1;  ///< 1 to 64; see node::thread
    /// How long a thread asks again for work before it sleeps, while work comes at intervals not
    /// much longer than this; otherwise it sleeps at once. Takes the waking up out of every round
    /// trip, for the time of a processor. 0: always sleeps.
    duration busy_poll = std::chrono::microseconds(50);
    security_options security;
    socket_limits limits;
    socket_timing timing;
    delivery_options delivery;
    /// Where storage_port keeps its file; empty: in memory, gone with the process.
    std::string storage_directory;
    /// 0: a new one for each process. Others make runs comparable with a simulation.
    std::uint64_t incarnation = 0;
    std::optional<std::uint64_t> seed;  ///< of all randomness of the application; none: fresh
    observer* events = nullptr;         ///< told of every event, on the thread where it happens
    /// Takes one line a trouble with a connection; called on any thread. Null: standard error.
    std::function<void(const std::string& line)> log;
};

/// The address of something that does not exist is an error; so is a port in use, a file that
/// cannot be read and an option out of range: one line that says which.
using socket_error = std::string;

/// One node as a process sees it: its threads, its listening socket and its connections. The same
/// `node`, actors and hooks as in simulation, with ports made of epoll, TCP, TLS and files.
///
/// A message to a peer goes over the connection that this node dialled for its channel and
/// partition key; what comes in from a peer comes over connections that the peer dialled. So a
/// connection has one owner, two nodes that dial each other at once do not conflict, and the
/// newest connection of a lane is the valid one.
class socket_node {
   public:
    using start_function = std::function<void(node&)>;

    /// Binds, starts the threads and, on the first of them, calls `start` with the node.
    [[nodiscard]] static tl::expected<std::unique_ptr<socket_node>, socket_error> open(
        const socket_node_options&, start_function start);
    /// Stops: closes every connection, ends every actor and waits for the threads.
    ~socket_node();
    socket_node(const socket_node&) = delete;
    socket_node& operator=(const socket_node&) = delete;

    [[nodiscard]] node_id id() const;
    /// This node as others may connect to it.
    [[nodiscard]] const peer_spec& self() const;

    /// Runs `action` on the node's first thread, soon. May be called on any thread.
    void post(std::function<void(node&)> action);
    /// Runs `action` on that thread of the node, from 0. Requires: thread < options.threads.
    void post_to(std::size_t thread, std::function<void(node&)> action);
    /// The same as post, and waits for it. Not from a thread of the node. False: the node has
    /// stopped.
    bool run(const std::function<void(node&)>& action);
    /// Keeps a connection to that peer; for overlays without a membership of their own.
    void connect(const peer_spec&);

    /// Blocks until stop() was called, here or on another thread.
    void wait();
    void stop();

    struct counters {
        std::uint64_t connections = 0;  ///< open now, of both directions
        std::uint64_t accepted = 0;
        std::uint64_t refused = 0;    ///< by the handshake or a limit
        std::uint64_t malformed = 0;  ///< connections ended by a bad frame
        std::uint64_t messages_sent = 0;
        std::uint64_t messages_received = 0;
        /// By full queues, monotonic channels and want of a connection. A connection lost with
        /// bytes unsent counts as one: how many messages they held is not known.
        std::uint64_t messages_shed = 0;
        std::uint64_t queued_bytes = 0;
    };
    [[nodiscard]] counters count() const;

    /// What is left to happen here without anything from outside. Not from a thread of the node.
    struct pending_work {
        std::uint64_t timers = 0;    ///< set, and messages held back by hooks
        std::uint64_t messages = 0;  ///< that stay on the node and wait for their actor
    };
    [[nodiscard]] pending_work pending();

   private:
    struct inside;
    explicit socket_node(std::unique_ptr<inside>);
    std::unique_ptr<inside> inside_;
};

}  // namespace partita
