#pragma once

#include <any>
#include <optional>
#include <span>

#include <partita/models/run.hpp>
#include <partita/sim/world.hpp>

#include "prepared_schedule.hpp"

namespace partita::detail {

/// What a search adds to a trial: where its decisions come from and where offers go.
struct offer_recording {
    const fault_plan* plan = nullptr;
    const std::vector<site_action>* alternatives = nullptr;
    site_directory* directory = nullptr;
};

/// One trial: a world, its nemesis, and a driver that takes the steps one after the other.
class trial_run {
   public:
    trial_run(const prepared_schedule&, std::vector<site_decision>, const run_options&, workspace&,
              const std::optional<offer_recording>& = {});

    void run();

    [[nodiscard]] partita::verdict verdict() const { return verdict_; }
    [[nodiscard]] const std::optional<partita::violation>& violation() const { return violation_; }
    [[nodiscard]] const partita::nemesis& nemesis() const { return nemesis_; }
    [[nodiscard]] partita::world& world() { return world_; }
    [[nodiscard]] partita::history take_history() { return std::move(history_); }

   private:
    void play();
    [[nodiscard]] bool take(const prepared_step&);
    [[nodiscard]] bool take_command(const prepared_command&);
    [[nodiscard]] bool finished(const prepared_command&, const response&);
    void settle();
    void check_properties();
    void conclude(partita::verdict, std::string property, std::string kind,
                  std::string explanation);
    [[nodiscard]] bool world_ended();

    const prepared_schedule& schedule_;
    partita::world world_;
    partita::nemesis nemesis_;
    std::any state_;
    partita::history history_;
    std::uint64_t commands_ = 0;
    partita::verdict verdict_ = partita::verdict::holds;
    std::optional<partita::violation> violation_;
};

}  // namespace partita::detail
