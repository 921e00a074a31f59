#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <partita/faults/nemesis.hpp>
#include <partita/models/venue.hpp>
#include <partita/schedules/codec.hpp>

#include "parity_stage.hpp"

namespace partita::parity {

/// The nodes of an application on sockets in this process, with the deviations of a schedule at
/// their messages. For schedules without fault steps.
class socket_venue final : public venue, private node_control_port {
   public:
    /// Requires: check_schedule. Both must outlive this.
    socket_venue(const application& of, const schedule& from)
        : of_(of), settings_(*settings_of(of, from.application)), nodes_(nodes_of(settings_)) {
        for (const deviation& each : from.deviations) {
            decisions_.push_back({each.site.id(), *parse_action(each)});
        }
        for (const node_id id : nodes_) {
            nemeses_[id] = std::make_unique<nemesis>(environment(), of.rewrites);
            nemeses_[id]->load(decisions_);
        }
        stage_.start({.nodes = static_cast<int>(nodes_.size()),
                      .boot =
                          [this](node& here) {
                              nemeses_.at(here.id())->attach(here);
                              of_.start(here, settings_);
                          },
                      .channels = of.channels});
    }

    void wait(duration time) override { std::this_thread::sleep_for(time); }
    result<void> inject(const fault&) override {
        return fail(error_code::bad_input, "no fault steps here");
    }
    std::size_t begin(const command_definition& definition, const command& it,
                      node_id where) override {
        const auto mine = std::make_shared<client>();
        mine->done.invoked = now();
        mine->done.invoked_position = ++position_;
        clients_.push_back(mine);
        stage_.on(where.name(), [&](node& here) {
            here.spawn_fiber("command " + std::to_string(clients_.size()),
                             [this, mine, it, definition](fiber_context& self) {
                                 response made = definition.run(self, it);
                                 const std::lock_guard guard(mine->mutex);
                                 mine->done.responded = now();
                                 mine->done.responded_position = ++position_;
                                 mine->done.response = std::move(made);
                             });
        });
        return clients_.size() - 1;
    }
    bool is_finished(std::size_t begun) override {
        const std::lock_guard guard(clients_[begun]->mutex);
        return clients_[begun]->done.response.has_value();
    }
    performance finish(std::size_t begun) override {
        (void)stage_.until([&] { return is_finished(begun); });
        const std::lock_guard guard(clients_[begun]->mutex);
        return clients_[begun]->done;
    }
    void settle() override {
        for (const node_id id : nodes_) {
            stage_.on(id.name(), [&](node&) { nemeses_.at(id)->settle(); });
        }
        quiescent_ = stage_.until([this] { return is_idle(); });
    }
    bool quiescent() override { return quiescent_; }
    std::optional<trial_end> end() override {
        const std::string failures = stage_.seen().failures();
        if (failures.empty()) return std::nullopt;
        return trial_end{verdict::violated, {"no failures", "failure", failures}};
    }
    const partita::trace& trace() override { return stage_.seen().kept(); }
    /// Whether some node met the site of that deviation.
    [[nodiscard]] bool met(std::size_t deviation) {
        bool any = false;
        for (const node_id id : nodes_) {
            stage_.on(id.name(), [&](node&) { any = any || nemeses_.at(id)->met()[deviation]; });
        }
        return any;
    }

   private:
    /// A command that has begun; its fiber has it, too.
    struct client {
        std::mutex mutex;
        performance done{};
    };
    void crash(node_id) override {}
    void restart(node_id) override {}
    void pause(node_id) override {}
    void resume(node_id) override {}
    std::vector<node_id> nodes() const override { return nodes_; }
    bool is_up(node_id) const override { return true; }

    [[nodiscard]] nemesis_environment environment() {
        nemesis_environment outside;
        outside.control = this;
        outside.events = &stage_.book();
        outside.now = &now;
        outside.after = [](duration, const std::function<void()>&) {};
        return outside;
    }
    [[nodiscard]] static time_point now() {
        return time_point(std::chrono::steady_clock::now().time_since_epoch());
    }
    /// Twice in a row no timer is set, no message waits, and all that was sent has arrived.
    [[nodiscard]] bool is_idle() {
        socket_node::counters all;
        bool busy = false;
        for (const node_id id : nodes_) {
            const auto left = stage_.at(id.name()).pending();
            const auto counted = stage_.at(id.name()).count();
            busy = busy || left.timers != 0 || left.messages != 0;
            all.messages_sent += counted.messages_sent;
            all.messages_received += counted.messages_received + counted.messages_shed;
        }
        const bool quiet = !busy && all.messages_sent == all.messages_received;
        const bool still = quiet && last_sent_ == all.messages_sent;
        last_sent_ = quiet ? std::optional(all.messages_sent) : std::nullopt;
        return still;
    }

    const application& of_;
    settings settings_;
    std::vector<node_id> nodes_;
    std::vector<site_decision> decisions_;
    std::map<node_id, std::unique_ptr<nemesis>> nemeses_;
    socket_stage stage_;
    std::vector<std::shared_ptr<client>> clients_;
    std::atomic<std::uint64_t> position_{0};  // of the last invocation or response
    std::optional<std::uint64_t> last_sent_;
    bool quiescent_ = false;
};

}  // namespace partita::parity
