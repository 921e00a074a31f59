#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <partita/faults/fault.hpp>
#include <partita/faults/plan.hpp>
#include <partita/faults/site_action.hpp>
#include <partita/runtime/interposition.hpp>
#include <partita/runtime/node.hpp>
#include <partita/runtime/ports.hpp>
#include <partita/runtime/random_source.hpp>
#include <partita/schedules/trial.hpp>

namespace partita {

/// What a nemesis needs of the world, simulated or real, besides the nodes' interposition.
struct nemesis_environment {
    node_control_port* control = nullptr;
    observer* events = nullptr;
    std::function<time_point()> now;
    std::function<void(duration, std::function<void()>)> after;
    std::uint64_t seed = 0;
    /// Applies a custom fault that the application registered.
    std::function<result<void>(const custom_fault&, bool ends)> custom;
};

/// Labels by identity, so that a search can carry 64-bit sites and still print them. Grows over the
/// trials of a search; looked up, never iterated.
class site_directory {
   public:
    [[nodiscard]] bool knows(site_id id) const { return labels_.contains(id.value); }
    void add(site_id id, std::string label) {
        if (labels_.emplace(id.value, label).second) fresh_.emplace_back(id, std::move(label));
    }
    /// The labels added since the last call, in order.
    [[nodiscard]] std::vector<std::pair<site_id, std::string>> take_fresh() {
        return std::exchange(fresh_, {});
    }
    /// Requires: knows(id).
    [[nodiscard]] const std::string& label(site_id id) const { return labels_.at(id.value); }

   private:
    std::unordered_map<std::uint64_t, std::string> labels_;  // order: never iterated
    std::vector<std::pair<site_id, std::string>> fresh_;
};

/// One compiled deviation.
struct site_decision {
    site_id site;
    site_action action;
};

/// What a nemesis takes down about the sites it meets, for a search or a replay.
enum class site_recording : std::uint8_t { none, offers, labels };

/// Turns a schedule into faults while a trial runs: answers the sites that its deviations name,
/// keeps the windowed faults of its fault steps, and takes down which sites were met. It sits in
/// every node's interposition under the name "nemesis" and knows nothing of simulators.
class nemesis {
   public:
    nemesis(nemesis_environment, const std::vector<message_rewrite>&);
    nemesis(const nemesis&) = delete;
    nemesis& operator=(const nemesis&) = delete;

    /// The deviations of this trial. Call before the nodes start. The first `fixed` are those of
    /// the schedule that a search starts from: no decisions of its own, and their sites not on
    /// offer.
    void load(std::vector<site_decision>, std::size_t fixed = 0);
    /// Takes down the sites met. `offers`: as decisions within the plan, alternatives counted as
    /// actions_of() does; labels of new sites go to the directory. Both must outlive the nemesis.
    void record_offers(const fault_plan&, const std::vector<site_action>& alternatives,
                       site_directory&);
    void record_labels() { recording_ = site_recording::labels; }

    /// Installs the hooks; to be called at every start of a node.
    void attach(node&);
    /// Begins or ends a fault now.
    result<void> inject(const fault&);
    /// The settle phase begins: lifts every fault but crashes, which last until a restart is asked
    /// for (`fault restart`, `crash ... for`, `fault resolve_all`).
    void settle();
    /// Every node that crashed, paused or was cut off, in order of happening.
    [[nodiscard]] const std::vector<node_id>& faulty() const { return faulty_; }

    [[nodiscard]] const std::vector<bool>& met() const { return met_; }
    [[nodiscard]] std::uint32_t met_count() const { return met_count_; }
    /// The decisions offered after the last decision that was met (all when none was).
    [[nodiscard]] const std::vector<decision>& offers() const { return offers_; }
    [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }

   private:
    [[nodiscard]] disposition answer(node_id here, direction, const envelope&);
    [[nodiscard]] const site_action* decided(site_id);
    void visit(site_id, const envelope&, bool at_node, node_id here, direction);
    void offer(site_id, const envelope&, bool at_node, node_id here, direction);
    [[nodiscard]] bool allowed(const site_action&, const envelope&, node_id here) const;
    void strike(node_id here, const site_action&);
    [[nodiscard]] disposition alter(const site_action&, site_id, const envelope&);
    [[nodiscard]] disposition windowed(node_id here, direction, const envelope&);
    void begin(const fault&);
    void lift(const fault&);
    void resolve(bool crash);
    void restart_crashed();
    void stall(node_id here, disposition&) const;
    void note(std::string_view text);

    nemesis_environment outside_;
    const std::vector<message_rewrite>& rewrites_;
    std::vector<site_decision> decisions_;
    std::size_t fixed_ = 0;
    std::vector<bool> met_;
    std::uint32_t met_count_ = 0;
    site_recording recording_ = site_recording::none;
    const fault_plan* plan_ = nullptr;
    const std::vector<site_action>* alternatives_ = nullptr;
    site_directory* directory_ = nullptr;
    bool node_sites_ = false;
    bool message_sites_ = false;
    std::array<std::uint32_t, fault_kinds> used_{};
    std::vector<node_id> faulty_;
    std::vector<decision> offers_;
    std::vector<std::string> labels_;
    std::vector<fault> active_;
    bool settled_ = false;  // no fault begins to last any more
    std::vector<node_id> crashed_;
    std::vector<std::pair<node_id, time_point>> stalls_;  // nodes paused at a site, until when
    random_source random_;
};

/// The identity of the site `n1 -> n2 [on CHANNEL] TYPE #k` of a message, and its label. Copies
/// that faults made are no sites: they bear the labels of their originals.
[[nodiscard]] site_id message_site(const envelope&);
[[nodiscard]] std::string message_label(const envelope&);
/// The same for `NODE at send|receive MESSAGE`.
[[nodiscard]] site_id node_site(node_id here, direction, const envelope&);
[[nodiscard]] std::string node_label(node_id here, direction, const envelope&);

}  // namespace partita
