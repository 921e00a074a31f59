#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <partita/runtime/stack_pool.hpp>

#include "net/connection.hpp"
#include "net/node_group.hpp"

namespace partita::detail {

class peer_link;

/// One thread of a node: its part of the actors, its connections, and the ports that these see. An
/// actor, a timer and a connection stay on the thread where they began; messages between threads
/// go through a queue.
class node_thread final : private clock_port,
                          private transport_port,
                          private random_port,
                          private task_port,
                          public connection::owner {
   public:
    node_thread(node_group&, std::uint32_t number);
    ~node_thread() override;

    /// Runs `start` with the node object, then the loop, until stop().
    void run(const std::function<void(node&)>& start);
    void stop();
    [[nodiscard]] bool here() const { return std::this_thread::get_id() == id_.load(); }

    // From any thread:
    void post_action(std::function<void(node&)>);
    void post_message(envelope_ptr);   ///< for an actor of this thread, over no link
    void post_delivery(envelope_ptr);  ///< for an actor of this thread, from a peer
    void post_send(envelope_ptr);      ///< over a connection of this thread

    // From its connections and lanes:
    [[nodiscard]] boost::asio::io_context& io() { return io_; }
    [[nodiscard]] node_group& group() { return group_; }
    [[nodiscard]] const connection_surroundings& surroundings() const { return surroundings_; }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] std::uint32_t thread_of_lane(const channel&, std::uint32_t lane) const;
    [[nodiscard]] time_point now() const override;
    void flush_later(connection&);
    void drop(const envelope&, std::string_view why);
    /// A pause between attempts, between half and all of `most`.
    [[nodiscard]] duration spread(duration most);
    /// The id of a peer that was only known by its address; false: it has a link already.
    [[nodiscard]] bool learn_peer(peer_link&, const peer_spec&, std::uint64_t life);
    /// That node connected to this one: so does this one to it, for as long as it stays.
    void answer(const peer_spec&, std::uint64_t life);
    void no_longer_asked_by(node_id);

    // On its own thread:
    [[nodiscard]] std::size_t timers_pending() const { return timer_envelopes_.size(); }
    [[nodiscard]] std::size_t messages_pending() const { return local_.size(); }

    void accept(connection::socket);
    void connect(node_id self, const peer_spec&) override;
    void disconnect(node_id self, node_id peer) override;

   private:
    struct parcel {
        enum class kind : std::uint8_t { message, delivery, send, action } what;
        envelope_ptr message;
        std::function<void(node&)> action;
    };
    struct pending_timer {
        time_point at;
        std::uint64_t id = 0;
        /// For a heap with the earliest on top.
        [[nodiscard]] friend bool operator<(const pending_timer& left, const pending_timer& right) {
            return std::pair(left.at, left.id) > std::pair(right.at, right.id);
        }
    };

    // clock_port
    timer_id start_timer(duration, envelope_ptr) override;
    void cancel_timer(timer_id) override;
    // transport_port
    void send(envelope_ptr, const passage_options&) override;
    std::uint64_t next_ordinal(const envelope&) override;
    void watch(node_id watcher, node_id watched) override;
    [[nodiscard]] bool congested(node_id to, const channel&,
                                 std::uint64_t partition_key) const override;
    // random_port, task_port
    std::uint64_t seed_of(std::string_view stream) override;
    void post(envelope_ptr) override;
    void name_changed(std::uint64_t digest, bool taken) override;
    std::size_t threads() const override { return group_.options.threads; }
    void run_on(std::size_t thread, std::function<void(node&)> action) override {
        group_.threads.at(thread)->post_action(std::move(action));
    }
    // connection::owner, of accepted connections
    void ready(connection&) override;
    void received(connection&, envelope_ptr) override;
    void drained(connection&) override;
    void closed(connection&, const std::string& why, connection::ending how) override;

    void turn();
    [[nodiscard]] bool run_local();
    [[nodiscard]] bool run_inbox();
    void run_timers();
    void flush_all();
    void wait();
    [[nodiscard]] bool poll();
    [[nodiscard]] bool poll_until(time_point);
    void arm_wake_up();
    void put(parcel);
    [[nodiscard]] node_thread& home_of(actor_id);
    [[nodiscard]] std::uint32_t lane_for(const channel&, std::uint64_t partition_key) const;
    void send_now(envelope_ptr);
    [[nodiscard]] bool held_back(envelope_ptr&, const passage_options&);
    [[nodiscard]] peer_link* link_to(node_id) const;
    void make_link(const peer_spec&, bool wanted);
    void publish_routes();
    /// It is asked to connect, and passes it on to the others.
    [[nodiscard]] bool is_first() const { return number_ == 0; }

    node_group& group_;
    std::uint32_t number_;
    // Before all that may hold envelopes, the connections that io_ keeps included.
    envelope_pool envelopes_;
    stack_pool stacks_;
    boost::asio::io_context io_;
    connection_surroundings surroundings_;
    std::unique_ptr<node> node_;

    std::vector<envelope_ptr> local_;  // messages that stay on this thread
    std::vector<envelope_ptr> local_now_;
    std::mutex inbox_mutex_;
    std::vector<parcel> inbox_;
    std::vector<parcel> inbox_now_;
    std::atomic<bool> inbox_filled_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<std::thread::id> id_{};

    std::vector<pending_timer> timers_;  // a heap
    std::unordered_map<std::uint64_t, envelope_ptr> timer_envelopes_;
    std::uint64_t last_timer_ = 0;
    boost::asio::steady_timer wake_up_;
    time_point wake_up_at_ = time_point::max();

    std::map<std::tuple<node_id, node_id, std::uint64_t, std::uint64_t>, std::uint64_t> ordinals_;
    std::map<lane_key, time_point> held_until_;
    std::vector<std::unique_ptr<peer_link>> links_;
    std::vector<std::unique_ptr<peer_link>> old_links_;
    std::map<node_id, peer_link*> links_by_id_;
    std::map<std::uint64_t, std::shared_ptr<connection>> accepted_;
    std::uint64_t last_accepted_ = 0;
    std::vector<std::shared_ptr<connection>> to_flush_;
    std::shared_ptr<connection> busiest_;  // what the last message came by
    unsigned polled_ = 0;
    bool brisk_ = false;          // the last wait was short
    bool routes_changed_ = true;  // perhaps, and others have to know
    std::mt19937_64 spreading_;
};

}  // namespace partita::detail
