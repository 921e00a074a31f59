#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <partita/faults/nemesis.hpp>
#include <partita/models/venue.hpp>

#include "cluster_directory.hpp"
#include "cluster_member.hpp"

namespace partita::cli {

/// The nodes of an application as processes of this machine, connected over TCP, with the faults of
/// a schedule: a crash kills the process, a pause stops it, and the rest is the nemesis in each.
/// Whatever waits does so with a bound. All processes are gone when this is.
class cluster_venue final : public venue, private node_control_port, private observer {
   public:
    /// `patience`: how long a process may take to start, to answer, or to do what it is told.
    /// Requires: check_schedule. Both must outlive this.
    cluster_venue(const application&, const schedule&, duration patience);
    ~cluster_venue() override;

    /// Starts all nodes and waits until all are connected with all. Throws failure.
    void start();

    void wait(duration) override;
    result<void> inject(const fault&) override;
    std::size_t begin(const command_definition&, const command&, node_id) override;
    performance finish(std::size_t begun) override;
    bool is_finished(std::size_t begun) override;
    void settle() override;
    bool quiescent() override { return quiescent_; }
    std::optional<trial_end> end() override { return end_; }
    /// Ends the nodes.
    const partita::trace& trace() override;

    /// When each step began, and at the end, when the settling did.
    [[nodiscard]] const std::vector<time_point>& step_times() const { return step_times_; }
    [[nodiscard]] const std::vector<bool>& met() const { return met_; }
    [[nodiscard]] const std::vector<node_id>& all() const { return nodes_; }
    /// How often a node was started.
    [[nodiscard]] std::size_t lives() const;

   private:
    /// A command that has begun, on a node in one of its lives.
    struct client {
        node_id where;
        std::uint64_t life = 0;
        performance done{};
    };
    /// Since the start, as everything in the trace.
    [[nodiscard]] time_point now() const;
    void crash(node_id) override;
    void restart(node_id) override;
    void pause(node_id) override;
    void resume(node_id) override;
    std::vector<node_id> nodes() const override { return nodes_; }
    bool is_up(node_id) const override;
    event_id record(const trace_event&) override;

    [[nodiscard]] node_life life_of(node_id, std::uint64_t incarnation, shared_log&) const;
    [[nodiscard]] nemesis_environment environment();
    result<void> strike_custom(const custom_fault&, bool ends);
    [[nodiscard]] cluster_member& member(node_id);
    void tell_all(const std::vector<std::byte>& frame);
    void after(duration, std::function<void()>);
    void take_due();
    /// Handles what comes in until `done` or the time is over, or the trial ends. True when `done`.
    bool pump(duration most, const std::function<bool()>& done);
    void pump_once(int wait_ms);
    void read(cluster_member&);
    void take_frames(cluster_member&);
    void take(cluster_member&, frame_reader&);
    void take_event(cluster_member&, frame_reader&);
    void opened(cluster_member&, std::string address);
    void met_site(cluster_member&, std::uint32_t index, time_point);
    void ended(cluster_member&, const worker_end&);
    void start_member(cluster_member&, bool together);
    [[nodiscard]] bool all_done() const;
    [[nodiscard]] bool all_connected() const;
    void await_done();
    void await_connected();
    void broadcast(const fault&, const cluster_member* but = nullptr);
    void inject_later(duration, fault);
    void print_outputs() const;
    void fail(node_id, std::string kind, std::string explanation);
    void begin_step() { step_times_.push_back(now()); }
    [[nodiscard]] std::vector<node_pending> look();
    [[nodiscard]] bool idle_now();
    [[nodiscard]] bool is_gone(const client&);
    void respond(client&, time_point, response);
    void stop_all();

    const application& of_;
    duration patience_;
    temporary_directory directory_;
    partita::settings settings_;
    std::vector<node_id> nodes_;
    std::vector<site_decision> decisions_;
    std::vector<bool> met_;
    time_point begin_;
    std::vector<std::unique_ptr<cluster_member>> members_;
    nemesis nemesis_;     // of the program: what concerns whole nodes
    partita::trace own_;  // what happened here
    struct timed {
        time_point at;
        std::function<void()> action;
    };
    std::vector<timed> timed_;
    bool running_ = false;  // all have started together
    std::vector<client> clients_;
    std::uint64_t position_ = 0;  // of the last invocation or response
    result<void> done_;           // of what was told to be done last
    std::vector<time_point> step_times_;
    std::vector<node_pending> last_look_;
    std::size_t equal_looks_ = 0;
    bool quiescent_ = false;
    bool stopped_ = false;
    std::optional<trial_end> end_;
    std::optional<std::string> cannot_start_;  // for want of a socket or the like
    partita::trace merged_;
};

}  // namespace partita::cli
