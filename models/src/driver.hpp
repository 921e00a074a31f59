#pragma once

#include <any>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <partita/models/venue.hpp>

#include "prepared_schedule.hpp"

namespace partita::detail {

/// Takes the steps of one trial at its venue, keeps the abstract model and decides the verdict.
class driver {
   public:
    driver(const prepared_schedule& of, venue& at)
        : schedule_(of), venue_(at), state_(of.of->initial_state) {
        for (const prepared_step& each : of.steps)
            disturbed_ = disturbed_ || std::holds_alternative<fault>(each);
    }

    /// User code also runs outside actors: start functions, hooks, custom faults, models,
    /// properties. What it throws is a violation.
    void guard(const std::function<void()>& body);
    /// Takes the steps, lets the venue settle, and checks the properties unless the trial was
    /// decided on the way.
    void play();
    /// Tells whether the schedule has deviations.
    void disturbed(bool by_deviations) { disturbed_ = disturbed_ || by_deviations; }

    driven so_far;

   private:
    class scripted;
    /// That has begun.
    struct open_command {
        const prepared_command* what = nullptr;
        std::size_t begun = 0;
        std::size_t step = 0;
    };
    [[nodiscard]] bool take(const prepared_step&);
    [[nodiscard]] bool take_command(const prepared_command&);
    [[nodiscard]] bool finish(const open_command&);
    [[nodiscard]] bool finish_background(bool all);
    [[nodiscard]] bool judge(const open_command&, const performance&);
    [[nodiscard]] bool check(std::span<const property>, bool all);
    [[nodiscard]] bool play_steps();
    void play_script();
    void count_occurrences();
    [[nodiscard]] evidence seen();
    void conclude(partita::verdict, std::string property, std::string kind,
                  std::string explanation);
    [[nodiscard]] bool ended();

    const prepared_schedule& schedule_;
    venue& venue_;
    std::any state_;
    std::size_t step_ = 0;
    std::deque<prepared_step> scripted_steps_;  // that open commands refer to
    std::vector<node_id> crashed_;
    bool disturbed_ = false;
    std::vector<open_command> background_;
};

}  // namespace partita::detail
