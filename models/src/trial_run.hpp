#pragma once

#include <optional>
#include <span>

#include <partita/models/run.hpp>
#include <partita/sim/world.hpp>

#include "driver.hpp"
#include "prepared_schedule.hpp"

namespace partita::detail {

/// What a search adds to a trial: where its decisions come from and where offers go.
struct offer_recording {
    const fault_plan* plan = nullptr;
    const std::vector<site_action>* alternatives = nullptr;
    site_directory* directory = nullptr;
};

/// One trial: a world, its nemesis, and a driver that takes the steps one after the other.
class trial_run final : private venue {
   public:
    trial_run(const prepared_schedule&, std::vector<site_decision>, const run_options&, workspace&,
              const std::optional<offer_recording>& = {});

    void run();

    [[nodiscard]] partita::verdict verdict() const { return driver_.so_far.verdict; }
    [[nodiscard]] const std::optional<partita::violation>& violation() const {
        return driver_.so_far.violation;
    }
    [[nodiscard]] const partita::nemesis& nemesis() const { return nemesis_; }
    [[nodiscard]] partita::world& world() { return world_; }
    [[nodiscard]] partita::history take_history() { return std::move(driver_.so_far.history); }

   private:
    void wait(duration) override;
    result<void> inject(const fault&) override;
    performance perform(const command_definition&, const command&, node_id) override;
    void settle() override;
    bool quiescent() override { return world_.quiescent(); }
    std::optional<trial_end> end() override;
    const partita::trace& trace() override { return world_.trace(); }
    void begin_step();
    void wait_for_members();

    const prepared_schedule& schedule_;
    partita::world world_;
    partita::nemesis nemesis_;
    driver driver_;
    const recorded_network* recorded_ = nullptr;
    std::size_t steps_ = 0;  // begun, with a recording
    std::uint64_t commands_ = 0;
};

}  // namespace partita::detail
