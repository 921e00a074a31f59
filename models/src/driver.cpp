#include "driver.hpp"

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
    for (const prepared_step& each : schedule_.steps) {
        if (ended() || !take(each)) return;
    }
    venue_.settle();
    if (!ended()) check_properties();
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
    return take_command(std::get<prepared_command>(each));
}

bool driver::take_command(const prepared_command& it) {
    const performance done = venue_.perform(*it.definition, it.command, it.node);
    if (ended()) return false;
    if (!done.response) {
        const bool deadlock = venue_.quiescent();
        conclude(deadlock ? verdict::violated : verdict::inconclusive,
                 deadlock ? "no deadlock" : "bounds", deadlock ? "deadlock" : "command bound",
                 "'" + to_text(step{it.command}) + "' has no response" +
                     (deadlock ? " and nothing is left to happen"
                               : " within its bound of virtual time"));
        return false;
    }
    so_far.history.push_back({it.command, done.invoked, done.responded, *done.response});
    return finished(it, *done.response);
}

bool driver::finished(const prepared_command& it, const response& answer) {
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

void driver::check_properties() {
    const bool quiescent = venue_.quiescent();
    const trace& what = venue_.trace();
    std::vector<node_id> crashed;
    for (const traced_event& each : what.events()) {
        if (each.kind == event_kind::crash) crashed.push_back(each.node);
    }
    const evidence seen{schedule_.settings, so_far.history, what,
                        schedule_.nodes,    crashed,        quiescent};
    for (const property& each : schedule_.of->properties) {
        if (const auto wrong = each.check(seen)) {
            return conclude(verdict::violated, each.name, wrong->kind, wrong->explanation);
        }
    }
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
