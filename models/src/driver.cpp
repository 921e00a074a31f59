#include "driver.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <partita/models/live_trial.hpp>
#include <partita/runtime/coverage.hpp>
#include <partita/runtime/node.hpp>
#include <partita/schedules/codec.hpp>

namespace partita {
namespace detail {
namespace {

/// Unwinds a script whose trial has its verdict.
struct trial_decided {};

}  // namespace

/// A script's view of its driver.
class driver::scripted final : public live_trial {
   public:
    explicit scripted(driver& of) : driver_(of) {}

    response take(std::string_view line) override {
        proceed(!driver_.ended() && driver_.finish_background(false));
        driver_.scripted_steps_.push_back(read(line));
        const prepared_step& it = driver_.scripted_steps_.back();
        const auto* asked = std::get_if<prepared_command>(&it);
        proceed(driver_.take(it));
        ++driver_.step_;
        if (asked == nullptr || asked->command.background) return response::ok();
        return answer_of(driver_.step_ - 1);
    }
    void settle() override {
        proceed(driver_.finish_background(true));
        driver_.venue_.settle();
        proceed(!driver_.ended());
    }
    [[nodiscard]] bool is_disturbed() const override { return driver_.disturbed_; }
    [[nodiscard]] const partita::history& history() const override {
        return driver_.so_far.history;
    }
    [[nodiscard]] const partita::trace& trace() override { return driver_.venue_.trace(); }

   private:
    static void proceed(bool may) {
        if (!may) throw trial_decided{};
    }
    [[nodiscard]] prepared_step read(std::string_view line) const {
        const std::string& name = driver_.schedule_.of->name;
        const auto parsed = parse_schedule("app " + name + "\n" + std::string(line), "script");
        if (!parsed) {
            constexpr std::string_view place = "script:2:";  // and then the column
            std::string why = parsed.error().message;
            if (why.starts_with(place)) why.replace(0, place.size(), "column ");
            throw std::invalid_argument("'" + std::string(line) + "': " + why);
        }
        if (parsed->steps.size() != 1 || !parsed->deviations.empty()) {
            throw std::invalid_argument("'" + std::string(line) + "': expected one step");
        }
        auto made = prepare(driver_.schedule_, parsed->steps.front());
        if (!made) throw std::invalid_argument(made.error().message);
        return std::move(*made);
    }
    [[nodiscard]] response answer_of(std::size_t step) const {
        const partita::history& all = driver_.so_far.history;
        return std::find_if(all.rbegin(), all.rend(),
                            [&](const operation& each) { return each.step == step; })
            ->response;
    }

    driver& driver_;
};

void driver::play_script() {
    scripted live(*this);
    schedule_.of->script(live);
}

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
    } catch (const trial_decided&) {
    } catch (const assertion_failed& failed) {
        conclude(verdict::violated, "assertions", failed.kind, failed.what());
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
    guard([this] {
        if (!play_steps()) return;
        if (schedule_.of->script) play_script();
        if (!finish_background(true)) return;
        venue_.settle();
        if (!ended()) (void)check(schedule_.of->properties, false);
    });
    guard([this] { count_occurrences(); });
}

bool driver::play_steps() {
    for (step_ = 0; step_ < schedule_.steps.size(); ++step_) {
        if (ended() || !finish_background(false)) return false;
        so_far.steps_taken = step_ + 1;
        if (!take(schedule_.steps[step_])) return false;
    }
    return true;
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
        if (check({checked->property, 1}, true)) return true;
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

evidence driver::seen() {
    const bool quiescent = venue_.quiescent();
    const trace& what = venue_.trace();
    crashed_.clear();
    for (const traced_event& each : what.events()) {
        if (each.kind == event_kind::crash) crashed_.push_back(each.node);
    }
    return {schedule_.settings, so_far.history, what, schedule_.nodes, crashed_, quiescent};
}

/// Checks all of them, or those that are usual; the first that does not hold is the verdict. False:
/// there is one.
bool driver::check(std::span<const property> properties, bool all) {
    const evidence what = seen();
    for (const property& each : properties) {
        if (!all && each.usual && !each.usual(schedule_.settings)) continue;
        const auto wrong = each.check(what);
        if (!wrong) continue;
        conclude(verdict::violated, each.name, wrong->kind, wrong->explanation);
        return false;
    }
    return true;
}

void driver::count_occurrences() {
    const auto& declared = schedule_.of->occurrences;
    if (!declared.empty()) {
        const evidence what = seen();
        for (std::size_t at = 0; at < declared.size(); ++at) {
            if (declared[at].check && declared[at].check(what)) so_far.occurred |= 1ULL << at;
        }
    }
    for (const auto& each : venue_.trace().notes<reached>()) {
        const auto found = std::find_if(
            declared.begin(), declared.end(),
            [&](const occurrence& known) { return !known.check && known.name == each.value.mark; });
        if (found == declared.end()) {
            conclude(verdict::violated, "no failures", "undeclared mark",
                     each.node.name() + " reached '" + each.value.mark +
                         "', which the application does not declare as reachable");
        } else {
            so_far.occurred |= 1ULL << (found - declared.begin());
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
    driver.disturbed(!prepared->decisions.empty());
    driver.play();
    return std::move(driver.so_far);
}

}  // namespace partita
