#include "trial_run.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

namespace partita::detail {
namespace {

world_options options_of(const prepared_schedule& of, const run_options& with) {
    world_options options;
    options.seed = of.settings.number("seed");
    options.latency = of.latency;
    options.link = of.link;
    options.events_max = of.of->bounds.events_max;
    options.pending_max = of.of->bounds.pending_max;
    options.node.mailbox_max = of.of->bounds.mailbox_max;
    options.node.channels = of.channels;
    options.overlay = overlay_of(of.settings);
    options.detail = with.detail;
    options.listener = with.listener;
    if (with.recorded != nullptr) options.fate = with.recorded->fate;
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

/// Faults of messages: what a recording tells of them comes with each message.
bool strikes_messages(const fault& it) {
    return !std::holds_alternative<crash_fault>(it.what) &&
           !std::holds_alternative<pause_fault>(it.what) &&
           !std::holds_alternative<resolve_all_fault>(it.what) &&
           !std::holds_alternative<custom_fault>(it.what);
}

}  // namespace

trial_run::trial_run(const prepared_schedule& of, std::vector<site_decision> decisions,
                     const run_options& with, workspace& space,
                     const std::optional<offer_recording>& offers)
    : schedule_(of),
      driver_(of, *this),
      world_(options_of(of, with), space),
      nemesis_(environment_of(of, world_), of.of->rewrites),
      recorded_(with.recorded) {
    driver_.disturbed(!decisions.empty());
    nemesis_.load(std::move(decisions), of.decisions.size());
    if (offers) {
        nemesis_.record_offers(*offers->plan, *offers->alternatives, *offers->directory);
    } else if (with.record_sites) {
        nemesis_.record_labels();
    }
}

void trial_run::run() {
    driver_.guard([this] {
        const application& of = *schedule_.of;
        world_.start(schedule_.nodes, [&](node& fresh) {
            nemesis_.attach(fresh);
            if (of.start) of.start(fresh, schedule_.settings);
        });
        if (!schedule_.settings.is("overlay", "none")) wait_for_members();
        driver_.play();
    });
}

/// Steps begin when every node knows every other, as they would begin in an orderly start of a real
/// cluster; under faults that keep them from it, after a while.
void trial_run::wait_for_members() {
    constexpr duration bound = std::chrono::seconds(30);
    const auto complete = [this] {
        return std::all_of(schedule_.nodes.begin(), schedule_.nodes.end(), [this](node_id id) {
            const node* const running = world_.find(id);
            return running != nullptr && running->members().size() == schedule_.nodes.size();
        });
    };
    (void)world_.run_until(complete, later(world_.now(), bound));
}

std::optional<trial_end> trial_run::end() {
    if (!world_.end()) return std::nullopt;
    return end_by(world_.end()->kind, world_.end()->node, world_.end()->text);
}

/// With a recording, a step begins when it began there.
void trial_run::begin_step() {
    if (recorded_ == nullptr || steps_ >= recorded_->step_times.size()) return;
    const time_point at = recorded_->step_times[steps_++];
    if (at > world_.now()) world_.run_for(at - world_.now());
}

void trial_run::wait(duration time) {
    begin_step();
    if (recorded_ == nullptr) world_.run_for(time);
}

result<void> trial_run::inject(const fault& it) {
    begin_step();
    if (recorded_ != nullptr && strikes_messages(it)) return {};
    return nemesis_.inject(it);
}

std::size_t trial_run::begin(const command_definition& definition, const command& it, node_id id) {
    begin_step();
    const std::size_t number = clients_.size();
    client& mine = clients_.emplace_back(client{&it, id});
    mine.done.invoked = world_.now();
    mine.done.invoked_position = ++position_;
    world_.events().record(
        {event_kind::invoke, mine.done.invoked, id, {}, nullptr, {}, to_text(step{it})});
    node* const where = world_.find(id);
    if (where == nullptr || world_.is_paused(id)) {
        respond(mine, response::unknown(where == nullptr ? "node down" : "node paused"));
        return number;
    }
    mine.host = where;
    mine.life = where->incarnation();
    // A name of its own, so that no actor loses its name and no two commands draw alike.
    where->spawn_fiber("command " + std::to_string(number + 1), [&](fiber_context& self) {
        response answer = definition.run(self, it);
        if (mine.done.responded_position != 0) return;  // nobody waited so long
        if (it.background) {
            respond(mine, std::move(answer));
        } else {
            mine.done.response = std::move(answer);  // told once the fiber is through
        }
    });
    return number;
}

/// A crash takes the client with it: then nobody knows whether the command happened.
bool trial_run::is_gone(const client& of) {
    const node* const now = world_.find(of.where);
    return now != of.host || now->incarnation() != of.life;
}

void trial_run::respond(client& of, response answer) {
    of.done.responded = world_.now();
    of.done.responded_position = ++position_;
    world_.events().record(
        {event_kind::respond, of.done.responded, of.where, {}, nullptr, {}, to_text(answer)});
    of.done.response = std::move(answer);
}

bool trial_run::is_finished(std::size_t begun) {
    const client& mine = clients_[begun];
    return mine.done.responded_position != 0 || is_gone(mine);
}

performance trial_run::finish(std::size_t begun) {
    client& mine = clients_[begun];
    if (mine.done.responded_position != 0) return mine.done;
    world_.run_until([&] { return mine.done.response || is_gone(mine); },
                     later(mine.done.invoked, schedule_.of->bounds.command_max));
    if (mine.done.responded_position != 0) return mine.done;
    if (is_gone(mine)) mine.done.response = response::unknown("node down");
    if (!mine.done.response && world_.is_paused(mine.where)) {
        mine.done.response = response::unknown("node paused");
    }
    if (world_.end() || !mine.done.response) return {mine.done.invoked, world_.now(), std::nullopt};
    respond(mine, *mine.done.response);
    return mine.done;
}

void trial_run::settle() {
    begin_step();
    nemesis_.settle();
    world_.run_until([] { return false; }, later(world_.now(), schedule_.of->bounds.settle_max));
}

}  // namespace partita::detail
