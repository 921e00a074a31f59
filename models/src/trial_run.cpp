#include "trial_run.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

namespace partita::detail {
namespace {

world_options options_of(const prepared_schedule& of, const run_options& with) {
    world_options options;
    options.seed = of.settings.number("seed");
    options.latency = of.latency;
    options.events_max = of.of->bounds.events_max;
    options.pending_max = of.of->bounds.pending_max;
    options.node.mailbox_max = of.of->bounds.mailbox_max;
    options.detail = with.detail;
    options.listener = with.listener;
    return options;
}

/// A custom fault strikes the first node it names, or all running ones.
result<void> apply_custom(const application& of, world& in, const custom_fault& it, bool ends) {
    const auto found = of.custom_faults.find(it.name);
    if (found == of.custom_faults.end()) return {};
    std::vector<node_id> struck = in.control().nodes();
    for (const std::string& word : it.arguments) {
        if (std::find(struck.begin(), struck.end(), node_id(word)) == struck.end()) continue;
        struck = {node_id(word)};
        break;
    }
    for (const node_id id : struck) {
        node* const running = in.find(id);
        if (running == nullptr) continue;
        if (auto applied = found->second(*running, it.arguments, ends); !applied) return applied;
    }
    return {};
}

nemesis_environment environment_of(const prepared_schedule& of, world& in) {
    nemesis_environment outside;
    outside.control = &in.control();
    outside.events = &in.events();
    outside.now = [&in] { return in.now(); };
    outside.after = [&in](duration delay, std::function<void()> action) {
        in.after(delay, std::move(action));
    };
    outside.seed = in.seed_of("nemesis");
    outside.custom = [&of, &in](const custom_fault& it, bool ends) {
        return apply_custom(*of.of, in, it, ends);
    };
    return outside;
}

std::string line_of(const command& it) { return to_text(step{it}); }

}  // namespace

trial_run::trial_run(const prepared_schedule& of, std::vector<site_decision> decisions,
                     const run_options& with, workspace& space,
                     const std::optional<offer_recording>& offers)
    : schedule_(of),
      world_(options_of(of, with), space),
      nemesis_(environment_of(of, world_), of.of->rewrites),
      state_(of.of->initial_state) {
    nemesis_.load(std::move(decisions), of.decisions.size());
    if (offers) {
        nemesis_.record_offers(*offers->plan, *offers->alternatives, *offers->directory);
    } else if (with.record_sites) {
        nemesis_.record_labels();
    }
}

void trial_run::conclude(partita::verdict verdict, std::string property, std::string kind,
                         std::string explanation) {
    if (violation_) return;
    verdict_ = verdict;
    violation_ = partita::violation{std::move(property), std::move(kind), std::move(explanation)};
}

bool trial_run::world_ended() {
    if (!world_.end()) return false;
    const world_end& end = *world_.end();
    const bool bound = end.kind == event_kind::bound;
    const std::string kind = end.text.substr(0, end.text.find(':'));
    conclude(bound ? verdict::inconclusive : verdict::violated, bound ? "bounds" : "no failures",
             kind, end.node.name() + ": " + end.text);
    return true;
}

/// User code also runs outside actors: start functions, hooks, custom faults, models, properties.
void trial_run::run() {
    try {
        play();
    } catch (const bound_reached& bound) {
        conclude(verdict::inconclusive, "bounds", std::string(bound.which),
                 std::string(bound.which));
    } catch (const std::exception& error) {
        conclude(verdict::violated, "no failures", "exception", error.what());
    } catch (...) {
        conclude(verdict::violated, "no failures", "exception", "not a std::exception");
    }
}

void trial_run::play() {
    const application& of = *schedule_.of;
    world_.start(schedule_.nodes, [&](node& fresh) {
        nemesis_.attach(fresh);
        if (of.start) of.start(fresh, schedule_.settings);
    });
    for (const prepared_step& each : schedule_.steps) {
        if (world_ended() || !take(each)) return;
    }
    settle();
    if (!world_ended()) check_properties();
}

bool trial_run::take(const prepared_step& each) {
    if (const auto* wait = std::get_if<wait_step>(&each)) {
        world_.run_for(wait->duration);
        return true;
    }
    if (const auto* injected = std::get_if<fault>(&each)) {
        const auto done = nemesis_.inject(*injected);
        if (!done)
            conclude(verdict::inconclusive, "schedule", "bad schedule", done.error().message);
        return done.has_value();
    }
    return take_command(std::get<prepared_command>(each));
}

bool trial_run::take_command(const prepared_command& it) {
    const std::string line = line_of(it.command);
    const time_point invoked = world_.now();
    world_.events().record({event_kind::invoke, invoked, it.node, {}, nullptr, {}, line});
    response answer = response::unknown("node down");
    node* const where = world_.find(it.node);
    if (where != nullptr && world_.is_paused(it.node)) {
        answer = response::unknown("node paused");
    } else if (where != nullptr) {
        bool responded = false;
        // A name of its own, so that no actor loses its name and no two commands draw alike.
        where->spawn_fiber("command " + std::to_string(++commands_), [&](fiber_context& self) {
            answer = it.definition->run(self, it.command);
            responded = true;
        });
        // A crash takes the client with it: then nobody knows whether the command happened.
        world_.run_until([&] { return responded || world_.find(it.node) != where; },
                         later(invoked, schedule_.of->bounds.command_max));
        if (world_ended()) return false;
        if (!responded && world_.find(it.node) == where) {
            const bool deadlock = world_.quiescent();
            conclude(deadlock ? verdict::violated : verdict::inconclusive,
                     deadlock ? "no deadlock" : "bounds", deadlock ? "deadlock" : "command bound",
                     "'" + line + "' has no response" +
                         (deadlock ? " and nothing is left to happen"
                                   : " within its bound of virtual time"));
            return false;
        }
        if (world_.find(it.node) != where) answer = response::unknown("node down");
    }
    world_.events().record(
        {event_kind::respond, world_.now(), it.node, {}, nullptr, {}, to_text(answer)});
    history_.push_back({it.command, invoked, world_.now(), answer});
    return finished(it, answer);
}

bool trial_run::finished(const prepared_command& it, const response& answer) {
    if (it.definition->postcondition) {
        if (const auto wrong = it.definition->postcondition(state_, it.command, answer)) {
            conclude(verdict::violated, "postcondition of " + it.definition->name, wrong->kind,
                     wrong->explanation);
            return false;
        }
    }
    if (it.definition->next_state) it.definition->next_state(state_, it.command, answer);
    return true;
}

void trial_run::settle() {
    nemesis_.settle();
    world_.run_until([] { return false; }, later(world_.now(), schedule_.of->bounds.settle_max));
}

void trial_run::check_properties() {
    std::vector<node_id> crashed;
    for (const traced_event& each : world_.trace().events()) {
        if (each.kind == event_kind::crash) crashed.push_back(each.node);
    }
    const evidence seen{schedule_.settings, history_, world_.trace(),
                        schedule_.nodes,    crashed,  world_.quiescent()};
    for (const property& each : schedule_.of->properties) {
        if (const auto wrong = each.check(seen)) {
            return conclude(verdict::violated, each.name, wrong->kind, wrong->explanation);
        }
    }
}

}  // namespace partita::detail
