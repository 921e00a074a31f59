#include "prepared_schedule.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

namespace partita {
namespace detail {
namespace {

/// Looks the names of one schedule up.
class preparer {
   public:
    preparer(const application& of, const settings& with) : of_(of), nodes_(nodes_of(with)) {}

    result<prepared_step> prepare_step(const step& each) const {
        if (const auto* wait = std::get_if<wait_step>(&each)) return prepared_step{*wait};
        if (const auto* injected = std::get_if<fault_step>(&each)) {
            auto read = parse_fault(*injected, of_.custom_fault_names());
            if (!read) return tl::unexpected(read.error());
            for (const node_id id : partita::nodes_of(*read)) {
                if (!knows(id)) return unknown_node(id.name(), to_text(each));
            }
            return prepared_step{std::move(*read)};
        }
        if (std::holds_alternative<await_step>(each)) return prepared_step{await_step{}};
        if (const auto* checked = std::get_if<check_step>(&each)) {
            return prepare_check(*checked, to_text(each));
        }
        return prepare_command(std::get<command>(each), to_text(each));
    }

    result<site_decision> prepare_deviation(const deviation& each) const {
        auto action = parse_action(each);
        if (!action) return tl::unexpected(action.error());
        if (action->verb == site_verb::rewrite) {
            const auto same = [&](const message_rewrite& own) {
                return own.name == action->rewrite;
            };
            if (std::none_of(of_.rewrites.begin(), of_.rewrites.end(), same)) {
                return fail(error_code::unknown_name,
                            "deviation '" + to_text(each) + "': application " + of_.name +
                                " has no rewrite '" + action->rewrite + "'");
            }
        }
        return site_decision{each.site.id(), *action};
    }

   private:
    [[nodiscard]] bool knows(node_id id) const {
        return std::find(nodes_.begin(), nodes_.end(), id) != nodes_.end();
    }
    [[nodiscard]] tl::unexpected<error> unknown_node(const std::string& name,
                                                     const std::string& line) const {
        return fail(error_code::unknown_name, "'" + line + "': unknown node '" + name +
                                                  "': expected n1 to n" +
                                                  std::to_string(nodes_.size()));
    }
    [[nodiscard]] result<prepared_step> prepare_check(const check_step& it,
                                                      const std::string& line) const {
        std::string known;
        for (const property& each : of_.properties) {
            if (each.name == it.property) return prepared_step{prepared_check{&each}};
            known += (known.empty() ? "" : ", ") + each.name;
        }
        return fail(error_code::unknown_name,
                    "'" + line + "': application " + of_.name + " has no property '" +
                        it.property + "': expected " +
                        (known.empty() ? "none, since it declares none" : "one of " + known));
    }
    [[nodiscard]] result<prepared_step> prepare_command(const command& it,
                                                        const std::string& line) const {
        const command_definition* const definition = of_.find_command(it.name);
        if (definition == nullptr) {
            std::string known;
            for (const auto& each : of_.commands) known += (known.empty() ? "" : ", ") + each.name;
            return fail(error_code::unknown_name, "'" + line + "': application " + of_.name +
                                                      " has no command '" + it.name +
                                                      "': expected one of " + known);
        }
        if (definition->on_node == it.node.empty()) {
            return fail(error_code::bad_input,
                        "'" + line + "': expected " +
                            (definition->on_node ? "a node first: n1 " : "no node: ") +
                            definition->usage);
        }
        if (it.arguments.size() < definition->arguments_least ||
            it.arguments.size() > definition->arguments_most) {
            return fail(error_code::bad_input, "'" + line + "': expected " + definition->usage);
        }
        const std::string& name = definition->node_argument
                                      ? it.arguments.at(*definition->node_argument)
                                      : it.node;
        const node_id where = name.empty() ? nodes_.front() : node_id(name);
        if (!knows(where)) return unknown_node(name, line);
        return prepared_step{prepared_command{definition, it, where}};
    }

    const application& of_;
    std::vector<node_id> nodes_;
};

/// Requires: settings_of has checked them.
link_model link_of(const settings& with) {
    return {*parse_bandwidth(with.value("bandwidth")),
            *parse_byte_count("window", with.value("window")),
            *parse_byte_count("queue", with.value("queue"))};
}

}  // namespace

result<prepared_schedule> prepare(const application& of, const schedule& from) {
    if (from.application.name != of.name) {
        return fail(error_code::unknown_name, "the schedule is for application '" +
                                                  from.application.name + "', not for '" + of.name +
                                                  "'");
    }
    auto read = settings_of(of, from.application);
    if (!read) return tl::unexpected(read.error());
    prepared_schedule made;
    made.of = &of;
    made.settings = std::move(*read);
    made.nodes = nodes_of(made.settings);
    made.latency = *parse_latency(made.settings.value("latency"));
    made.link = link_of(made.settings);
    if (!of.channels.empty()) made.channels = std::make_shared<const channel_table>(of.channels);
    const preparer look_up(of, made.settings);
    for (const step& each : from.steps) {
        auto prepared = look_up.prepare_step(each);
        if (!prepared) return tl::unexpected(prepared.error());
        made.steps.push_back(std::move(*prepared));
    }
    for (const deviation& each : from.deviations) {
        auto prepared = look_up.prepare_deviation(each);
        if (!prepared) return tl::unexpected(prepared.error());
        made.decisions.push_back(std::move(*prepared));
    }
    return made;
}

result<prepared_step> prepare(const prepared_schedule& of, const step& each) {
    return preparer(*of.of, of.settings).prepare_step(each);
}

}  // namespace detail

result<void> check_schedule(const application& of, const schedule& checked) {
    const auto prepared = detail::prepare(of, checked);
    if (!prepared) return tl::unexpected(prepared.error());
    return {};
}

}  // namespace partita
