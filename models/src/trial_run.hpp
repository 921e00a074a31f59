#pragma once

#include <deque>
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
    [[nodiscard]] std::uint64_t occurred() const { return driver_.so_far.occurred; }
    [[nodiscard]] const partita::nemesis& nemesis() const { return nemesis_; }
    [[nodiscard]] partita::world& world() { return world_; }
    [[nodiscard]] driven take_driven() { return std::move(driver_.so_far); }

   private:
    void wait(duration) override;
    result<void> inject(const fault&) override;
    std::size_t begin(const command_definition&, const command&, node_id) override;
    performance finish(std::size_t begun) override;
    bool is_finished(std::size_t begun) override;
    void settle() override;
    bool quiescent() override { return world_.quiescent(); }
    std::optional<trial_end> end() override;
    const partita::trace& trace() override { return world_.trace(); }
    /// A command that has begun.
    struct client {
        const command* what = nullptr;
        node_id where;
        node* host = nullptr;  // that it runs on; null: none
        std::uint64_t life = 0;
        performance done{};
    };
    void begin_step();
    void wait_for_members();
    [[nodiscard]] bool is_gone(const client&);
    void respond(client&, response);

    const prepared_schedule& schedule_;
    driver driver_;               // its steps and
    std::deque<client> clients_;  // these are what fibers of world_ refer to
    partita::world world_;
    partita::nemesis nemesis_;
    const recorded_network* recorded_ = nullptr;
    std::size_t steps_ = 0;       // begun, with a recording
    std::uint64_t position_ = 0;  // of the last invocation or response
};

}  // namespace partita::detail
