#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/describe.hpp>
#include <partita/runtime/envelope.hpp>
#include <partita/runtime/ids.hpp>
#include <partita/runtime/interposition.hpp>
#include <partita/runtime/trace_event.hpp>
#include <partita/runtime/wire.hpp>

/// The ports: all that a node needs from outside, and the only way anything nondeterministic
/// reaches it. A simulator and a socket back end each implement all of them; nothing above can tell
/// which.
namespace partita {

class node;

/// Time and timers. A timer is an envelope that comes back to its node.
class clock_port {
   public:
    virtual ~clock_port() = default;
    [[nodiscard]] virtual time_point now() const = 0;
    /// Hands the envelope back through node::deliver_timer after `delay` (0 or more).
    virtual timer_id start_timer(duration delay, envelope_ptr) = 0;
    /// Does nothing for a timer that fired or never was.
    virtual void cancel_timer(timer_id) = 0;
};

/// How a message goes to another node.
struct passage_options {
    duration delay{0};         ///< beyond what the link itself takes
    bool overtakable = false;  ///< later messages of the lane may arrive first
};

/// Another node as those who want to reach it know it.
struct peer_spec {
    node_id id;
    std::string name;
    std::string address;  ///< `host:port`; empty in simulation
    std::string role;     ///< what an overlay tells nodes apart by: `server`, `client`
    bool operator==(const peer_spec&) const = default;
};
PARTITA_MESSAGE(peer_spec, id, name, address, role)

/// Carries envelopes over the link they name: may lose and delay them, keeps the order of those
/// of one (source node, channel, partition key), never repeats or invents any. Tells a node through
/// node::peer_up and node::peer_down when a connection to another is made and lost.
class transport_port {
   public:
    virtual ~transport_port() = default;
    virtual void send(envelope_ptr, const passage_options&) = 0;
    /// Numbers a message within its (source, destination, channel, type), from 1.
    [[nodiscard]] virtual std::uint64_t next_ordinal(const envelope&) = 0;
    /// Tells node `watcher`, through node::peer_down, when its connection to `watched` is lost.
    virtual void watch(node_id watcher, node_id watched) = 0;
    /// Keeps `self` connected with that peer from now on, again and again after a loss.
    virtual void connect(node_id self, const peer_spec&) = 0;
    virtual void disconnect(node_id self, node_id peer) = 0;
    /// So much waits already for that connection that a sender who can wait should.
    [[nodiscard]] virtual bool congested(node_id to, const channel&,
                                         std::uint64_t partition_key) const {
        (void)to;
        (void)partition_key;
        return false;
    }
};

/// Randomness: the seed of a stream. Equal names give equal streams, and streams are independent.
class random_port {
   public:
    virtual ~random_port() = default;
    [[nodiscard]] virtual std::uint64_t seed_of(std::string_view stream) = 0;
};

/// What survives a crash: keys and values. A write is durable once sync() returned.
class storage_port {
   public:
    virtual ~storage_port() = default;
    virtual void put(std::string_view key, std::string_view value) = 0;
    virtual void erase(std::string_view key) = 0;
    virtual void sync() = 0;
    [[nodiscard]] virtual std::optional<std::string> value_of(std::string_view key) const = 0;
    [[nodiscard]] virtual std::vector<std::string> keys() const = 0;
};

/// Runs work on this node later, in the order given, without passing the network.
class task_port {
   public:
    virtual ~task_port() = default;
    /// Hands the envelope back through node::deliver_local.
    virtual void post(envelope_ptr) = 0;
    /// An actor of this thread took, or gave up, the name with this digest.
    virtual void name_changed(std::uint64_t digest, bool taken) {
        (void)digest;
        (void)taken;
    }
    /// How many threads the node has. With more than one, an envelope posted may reach an actor of
    /// another.
    [[nodiscard]] virtual std::size_t threads() const { return 1; }
    /// Runs `action` with the node object of that thread. Requires: threads() > 1, thread below it.
    virtual void run_on(std::size_t thread, std::function<void(node&)> action) {
        (void)thread;
        (void)action;
    }
};

/// What can be done to a whole node from outside it.
class node_control_port {
   public:
    virtual ~node_control_port() = default;
    virtual void crash(node_id) = 0;
    virtual void restart(node_id) = 0;
    virtual void pause(node_id) = 0;
    virtual void resume(node_id) = 0;
    [[nodiscard]] virtual std::vector<node_id> nodes() const = 0;
    [[nodiscard]] virtual bool is_up(node_id) const = 0;
};

/// The ports of one node. All outlive the node.
struct ports {
    clock_port* clock = nullptr;
    transport_port* transport = nullptr;
    random_port* random = nullptr;
    storage_port* storage = nullptr;
    task_port* tasks = nullptr;
    observer* events = nullptr;  ///< null: nobody listens
    envelope_pool* envelopes = nullptr;
};

}  // namespace partita
