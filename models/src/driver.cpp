#include "driver.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <partita/runtime/node.hpp>
#include <partita/schedules/codec.hpp>

namespace partita {
namespace detail {

void driver::conclude(partita::verdict verdict, std::string property, std::string kind,
                      std::string explanation) {
    if (so_far.violation) return;
    so_far.verdict = verdict;
    so_far.violation =
        partita::violation{std::move(property), std::move(kind), std::move(explanation)};
}

bool driver::ended() {
    auto end = venue_.end();
    if (!end) return false;
    conclude(end->verdict, std::move(end->violation.property), std::move(end->violation.kind),
             std::move(end->violation.explanation));
    return true;
}

void driver::guard(const std::function<void()>& body) {
    try {
        body();
    } catch (const bound_reached& bound) {
        conclude(verdict::inconclusive, "bounds", std::string(bound.which),
                 std::string(bound.which));
    } catch (const std::exception& error) {
        conclude(verdict::violated, "no failures", "exception", error.what());
    } catch (...) {
        conclude(verdict::violated, "no failures", "exception", "not a std::exception");
    }
}

void driver::play() {
    for (step_ = 0; step_ < schedule_.steps.size(); ++step_) {
        if (ended() || !finish_background(false)) return;
        so_far.steps_taken = step_ + 1;
        if (!take(schedule_.steps[step_])) return;
    }
    if (!finish_background(true)) return;
    venue_.settle();
    if (!ended()) (void)check(schedule_.of->properties);
}

bool driver::take(const prepared_step& each) {
    if (const auto* wait = std::get_if<wait_step>(&each)) {
        venue_.wait(wait->duration);
        return true;
    }
    if (const auto* injected = std::get_if<fault>(&each)) {
        const auto done = venue_.inject(*injected);
        if (!done)
            conclude(verdict::inconclusive, "schedule", "bad schedule", done.error().message);
        return done.has_value();
    }
    if (std::holds_alternative<await_step>(each)) return finish_background(true);
    if (const auto* checked = std::get_if<prepared_check>(&each)) {
        if (check({checked->property, 1})) return true;
        so_far.failed_check = step_;
        return false;
    }
    return take_command(std::get<prepared_command>(each));
}

bool driver::take_command(const prepared_command& it) {
    const open_command begun{&it, venue_.begin(*it.definition, it.command, it.node), step_};
    if (!it.command.background) return finish(begun);
    background_.push_back(begun);
    return true;
}

bool driver::finish(const open_command& it) {
    const performance done = venue_.finish(it.begun);
    return !ended() && judge(it, done);
}

/// Those that have responded by now, or all: the abstract model takes them in the order of their
/// responses.
bool driver::finish_background(bool all) {
    std::vector<std::pair<open_command, performance>> done;
    std::vector<open_command> left;
    for (const open_command& each : background_) {
        if (all || venue_.is_finished(each.begun)) {
            done.emplace_back(each, venue_.finish(each.begun));
            if (ended()) return false;
        } else {
            left.push_back(each);
        }
    }
    background_ = std::move(left);
    std::stable_sort(done.begin(), done.end(), [](const auto& one, const auto& other) {
        return one.second.responded_position < other.second.responded_position;
    });
    return std::all_of(done.begin(), done.end(),
                       [this](const auto& each) { return judge(each.first, each.second); });
}

bool driver::judge(const open_command& it, const performance& done) {
    const command& what = it.what->command;
    if (!done.response) {
        const bool deadlock = venue_.quiescent();
        conclude(deadlock ? verdict::violated : verdict::inconclusive,
                 deadlock ? "no deadlock" : "bounds", deadlock ? "deadlock" : "command bound",
                 "'" + to_text(step{what}) + "' has no response" +
                     (deadlock ? " and nothing is left to happen"
                               : " within its bound of virtual time"));
        return false;
    }
    const command_definition& definition = *it.what->definition;
    const response& answer = *done.response;
    operation seen{what,
                   done.invoked,
                   done.responded,
                   answer,
                   done.invoked_position,
                   done.responded_position,
                   it.step,
                   definition.show ? definition.show(state_, what, answer) : shown(answer)};
    const auto place = std::upper_bound(
        so_far.history.begin(), so_far.history.end(), seen.invoked_position,
        [](std::uint64_t at, const operation& each) { return at < each.invoked_position; });
    so_far.history.insert(place, std::move(seen));
    if (definition.postcondition) {
        if (const auto wrong = definition.postcondition(state_, what, answer)) {
            conclude(verdict::violated, "postcondition of " + definition.name, wrong->kind,
                     wrong->explanation);
            return false;
        }
    }
    if (definition.next_state) definition.next_state(state_, what, answer);
    return true;
}

/// Checks all of them, the first that does not hold being the verdict. False: there is one.
bool driver::check(std::span<const property> properties) {
    const bool quiescent = venue_.quiescent();
    const trace& what = venue_.trace();
    std::vector<node_id> crashed;
    for (const traced_event& each : what.events()) {
        if (each.kind == event_kind::crash) crashed.push_back(each.node);
    }
    const evidence seen{schedule_.settings, so_far.history, what,
                        schedule_.nodes,    crashed,        quiescent};
    for (const property& each : properties) {
        const auto wrong = each.check(seen);
        if (!wrong) continue;
        conclude(verdict::violated, each.name, wrong->kind, wrong->explanation);
        return false;
    }
    return true;
}

}  // namespace detail

trial_end end_by(event_kind how, node_id where, std::string_view text) {
    const bool bound = how == event_kind::bound;
    return {bound ? verdict::inconclusive : verdict::violated,
            {bound ? "bounds" : "no failures", std::string(text.substr(0, text.find(':'))),
             where.name() + ": " + std::string(text)}};
}

driven drive(const application& of, const schedule& from, venue& at) {
    const auto prepared = detail::prepare(of, from);
    if (!prepared) {
        return {verdict::inconclusive,
                violation{"schedule", "bad schedule", prepared.error().message},
                {}};
    }
    detail::driver driver(*prepared, at);
    driver.guard([&] { driver.play(); });
    return std::move(driver.so_far);
}

}  // namespace partita
