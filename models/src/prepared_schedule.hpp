#pragma once

#include <memory>
#include <variant>
#include <vector>

#include <partita/faults/nemesis.hpp>
#include <partita/models/application.hpp>
#include <partita/sim/latency.hpp>
#include <partita/sim/link_model.hpp>

namespace partita::detail {

struct prepared_command {
    const command_definition* definition = nullptr;
    partita::command command;
    node_id node;
};
struct prepared_check {
    const partita::property* property = nullptr;
};
using prepared_step =
    std::variant<prepared_command, fault, wait_step, await_step, prepared_check>;

/// A schedule with all its names looked up, so that a thousand trials over it need no text. Points
/// into the application.
struct prepared_schedule {
    const application* of = nullptr;
    partita::settings settings;
    std::vector<node_id> nodes;
    latency_model latency;
    link_model link;
    std::shared_ptr<const channel_table> channels;  // null: none declared
    std::vector<prepared_step> steps;
    std::vector<site_decision> decisions;
};

[[nodiscard]] result<prepared_schedule> prepare(const application&, const schedule&);
/// One more step of it.
[[nodiscard]] result<prepared_step> prepare(const prepared_schedule&, const step&);

}  // namespace partita::detail
