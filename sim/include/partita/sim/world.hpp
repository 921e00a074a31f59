#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/node.hpp>
#include <partita/runtime/ports.hpp>
#include <partita/sim/latency.hpp>
#include <partita/sim/link_model.hpp>
#include <partita/sim/message_fate.hpp>
#include <partita/sim/trace.hpp>
#include <partita/sim/workspace.hpp>

namespace partita {

class simulated_storage;

namespace detail {
class connection_table;
class lane_table;
struct pending;
enum class pending_kind : std::uint8_t;
}  // namespace detail

/// What shapes a world, besides what happens in it. Equal options and equal actions give equal
/// traces.
struct world_options {
    std::uint64_t seed = 0;
    latency_model latency = constant_latency{};
    link_model link;  ///< what a connection carries
    /// of the queue, handled; then the trial ends ("step bound")
    std::uint64_t events_max = 1'000'000;
    std::size_t pending_max = 1'000'000;  ///< in flight and timers; then it ends ("mailbox bound")
    node_options node;  ///< of every node; with the declared channels
    /// Makes each node's overlay. Empty: all are fully meshed from the start, and connected. With
    /// one that has a protocol a node starts alone with its contacts; a contact's address, where it
    /// has no id, is the name of the node (`n1` or `n1:9000`).
    overlay_factory overlay;
    trace_detail detail = trace_detail::full;
    /// Asked for each message that is put on a link, copies too, which is told apart by its site
    /// identity; and for each that stays on its node (ordinal 0), of which only the first arrival
    /// counts. Nothing: the latency model says when it arrives. Empty: nobody is asked.
    std::function<std::optional<message_fate>(const envelope&)> fate;
    observer* listener = nullptr;  ///< also told of every event, as it happens
};

/// Why a world will do no more.
struct world_end {
    event_kind kind = event_kind::failure;  ///< failure, or bound
    std::string text;
    node_id node;
};

/// All nodes, links and timers under one virtual clock: the ports in virtual time. Time moves only
/// to the next event. Events of one instant happen in the order in which they were caused. Single
/// threaded; any number of worlds may live at once, each with a workspace of its own.
class world final : private clock_port,
                    private transport_port,
                    private random_port,
                    private task_port,
                    private node_control_port,
                    private observer {
   public:
    /// Called at the node's start and at every restart: spawns its actors.
    using start_function = std::function<void(node&)>;

    world(const world_options&, workspace&);
    ~world() override;
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    /// Adds nodes and starts them in that order. Call once.
    void start(const std::vector<node_id>&, start_function);

    [[nodiscard]] time_point now() const override { return now_; }
    [[nodiscard]] const partita::trace& trace() const { return trace_; }
    /// Takes the trace out of a finished world.
    [[nodiscard]] partita::trace take_trace() { return std::move(trace_); }
    /// Set once user code failed or a bound was hit; nothing happens any more.
    [[nodiscard]] const std::optional<world_end>& end() const { return end_; }
    [[nodiscard]] std::uint64_t events_handled() const { return handled_; }

    /// Handles the next event. False when there is none, or the world has ended.
    bool step();
    /// Handles events until `done()` holds (checked after each), none is left, or the next would be
    /// later than `limit`. True when `done` holds. Time stays at the last event handled.
    bool run_until(const std::function<bool()>& done, time_point limit);
    /// Handles events up to that time and moves the clock there.
    void run_for(duration);
    /// True when nothing is left to happen.
    [[nodiscard]] bool quiescent() const;

    /// The node, or null while it is down.
    [[nodiscard]] partita::node* find(node_id);
    /// Whether the node is up and stalled.
    [[nodiscard]] bool is_paused(node_id) const;
    [[nodiscard]] node_control_port& control() { return *this; }
    [[nodiscard]] observer& events() { return *this; }
    [[nodiscard]] std::uint64_t seed_of(std::string_view stream) override;
    /// Runs `action` after `delay`, as an event of its own.
    void after(duration delay, std::function<void()> action);

   private:
    struct host;
    class node_transport;

    timer_id start_timer(duration, envelope_ptr) override;
    void cancel_timer(timer_id) override;
    void send(envelope_ptr, const passage_options&) override;
    std::uint64_t next_ordinal(const envelope&) override;
    void watch(node_id watcher, node_id watched) override;
    void connect(node_id self, const peer_spec&) override;
    void disconnect(node_id self, node_id peer) override;
    void post(envelope_ptr) override;
    void crash(node_id) override;
    void restart(node_id) override;
    void pause(node_id) override;
    void resume(node_id) override;
    std::vector<node_id> nodes() const override;
    bool is_up(node_id) const override;
    event_id record(const trace_event&) override;

    void boot(host&);
    void handle(detail::pending&&);
    void handle_at(host&, detail::pending&&);
    void fetch_ahead() const;
    void catch_up(host&);
    void schedule_catch_up(const host&);
    void lose(const detail::pending&, std::string_view why);
    std::uint64_t push(time_point, detail::pending&&);
    std::uint64_t push_for(std::uint32_t place, detail::pending_kind, time_point, envelope_ptr&&);
    void tell_peer_down(node_id watcher, node_id gone);
    [[nodiscard]] bool meets_fate(envelope_ptr&);
    void send_in_lane(envelope_ptr&&, const passage_options&, std::uint32_t to);
    [[nodiscard]] duration travel_time(host& from);
    [[nodiscard]] bool is_congested(std::uint32_t from, node_id to, const channel&,
                                    std::uint64_t partition_key);
    void open(std::uint32_t from, std::uint32_t to);
    void tell_peer_up(std::uint32_t watcher, std::uint32_t found);
    void peer_up_at(host&, node_id found);
    [[nodiscard]] duration notice_time() const;
    /// Throws std::out_of_range for a node that is none of this world's.
    [[nodiscard]] std::uint32_t place_of(node_id) const;
    [[nodiscard]] host& host_of(node_id);
    [[nodiscard]] const host& host_of(node_id) const;
    [[nodiscard]] std::optional<std::uint32_t> index_of(node_id) const;
    [[nodiscard]] time_point arrival_of(const envelope&, const passage_options&, std::uint32_t to);
    void record_node(event_kind, node_id, std::string_view text = {});

    world_options options_;
    workspace& space_;
    partita::trace trace_;
    start_function start_;
    full_mesh::member_list members_;
    time_point now_{};
    std::uint64_t handled_ = 0;
    std::optional<world_end> end_;
    std::vector<host> hosts_;  // all made by start()
    std::vector<std::pair<std::uint64_t, std::uint32_t>>
        index_;  // node bits -> host, open addressing
    // Until no code of theirs can be running:
    std::vector<std::unique_ptr<partita::node>> graveyard_;
    std::vector<std::unique_ptr<simulated_storage>> old_disks_;
    std::size_t stalls_ = 0;                      // nodes paused, or catching up
    std::vector<std::function<void()>> actions_;  // what after() was asked to run, by number
    std::vector<std::uint64_t> actions_free_;     // numbers to use again
    std::unique_ptr<detail::connection_table> connections_;
    bool connections_matter_ = false;  // some node's overlay makes its own
    bool constant_latency_ = true;
    bool lanes_matter_ = false;
    std::unique_ptr<detail::lane_table> lanes_;  // null: links have no limits
};

}  // namespace partita
