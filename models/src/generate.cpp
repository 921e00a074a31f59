#include "generate.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <rapidcheck/gen/Arbitrary.h>
#include <rapidcheck/gen/Container.h>
#include <rapidcheck/gen/Create.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/gen/Tuple.h>

namespace partita::detail {

void site_catalogue::add(const std::vector<std::string>& labels) {
    for (const std::string& text : labels) {
        const site_label site(text);
        if (!known_.insert(site.id().value).second) continue;
        (text.find(" at ") != text.find(' ') ? messages_ : nodes_).push_back(site);
    }
}

namespace {

/// A position or choice as raw bits: an index into whatever there is when the schedule is
/// assembled, so that parts can shrink without regard to each other.
using draw = std::uint32_t;

rc::Gen<draw> draws() { return rc::gen::inRange<draw>(0, 1u << 20); }

template <typename T>
const T& pick(const std::vector<T>& from, draw by) {
    return from[by % from.size()];
}

// ---- workload ----------------------------------------------------------------------------------

rc::Gen<std::vector<command>> workloads(const generation& with) {
    std::vector<const command_definition*> usable;
    for (const command_definition& each : with.of.commands) {
        if (each.arguments) usable.push_back(&each);
    }
    if (usable.empty() || with.of.script) return rc::gen::just(std::vector<command>{});
    const std::vector<node_id> nodes = with.nodes;
    const bool concurrent = with.of.clients_most > 1;
    const auto one = rc::gen::mapcat(
        rc::gen::elementOf(usable), [nodes, concurrent](const command_definition* which) {
            return rc::gen::map(
                rc::gen::tuple(draws(), which->arguments()),
                [nodes, concurrent,
                 which](const std::tuple<draw, std::vector<std::string>>& drawn) {
                    const draw bits = std::get<0>(drawn);
                    const std::string node =
                        which->on_node ? pick(nodes, bits).name() : std::string();
                    // Of the same draw, so that one that shrinks to 0 is not in the background.
                    const bool background = concurrent && (mix_bits(bits) & 1) != 0 && bits != 0;
                    return command{node, which->name, std::get<1>(drawn), background};
                });
        });
    const auto most = static_cast<int>(std::max<std::size_t>(with.commands_max, 1));
    return rc::gen::mapcat(rc::gen::inRange(1, most + 1), [one](int count) {
        return rc::gen::container<std::vector<command>>(static_cast<std::size_t>(count), one);
    });
}

/// The commands whose preconditions hold when each before them went well.
std::vector<step> runnable(const generation& with, const std::vector<command>& drawn) {
    std::any state = with.of.initial_state;
    std::vector<step> kept;
    std::size_t open = 0;  // perhaps, in the background
    for (const command& each : drawn) {
        const command_definition& definition = *with.of.find_command(each.name);
        if (definition.precondition && !definition.precondition(state, each)) continue;
        if (definition.next_state) definition.next_state(state, each, response::ok());
        if (open != 0 && open + 1 > with.of.clients_most) {
            kept.emplace_back(await_step{});
            open = 0;
        }
        open += each.background ? 1 : 0;
        kept.emplace_back(each);
    }
    return kept.empty() ? with.of.workload : kept;
}

// ---- faults ------------------------------------------------------------------------------------

/// One fault step as drawn: which, where in the workload, on whom, and whether and where it ends.
using drawn_window = std::tuple<draw, draw, draw, draw, draw>;
using drawn_deviation = std::tuple<draw, draw>;

rc::Gen<std::vector<drawn_window>> windows() {
    // Few: a window is many faults at once.
    const auto one = rc::gen::tuple(draws(), draws(), draws(), draws(), draws());
    return rc::gen::mapcat(rc::gen::weightedElement<int>({{4, 0}, {3, 1}, {2, 2}}), [one](
                                                                                        int count) {
        return rc::gen::container<std::vector<drawn_window>>(static_cast<std::size_t>(count), one);
    });
}

rc::Gen<std::vector<drawn_deviation>> deviations() {
    const auto one = rc::gen::tuple(draws(), draws());
    return rc::gen::withSize([one](int size) {
        return rc::gen::mapcat(rc::gen::inRange(0, 3 + size / 25), [one](int count) {
            return rc::gen::container<std::vector<drawn_deviation>>(static_cast<std::size_t>(count),
                                                                    one);
        });
    });
}

/// Counts what a schedule under construction has used of its plan.
class budget {
   public:
    explicit budget(const fault_plan& plan) : plan_(plan) {}
    [[nodiscard]] bool take(fault_kind kind, const std::vector<node_id>& struck) {
        auto& used = used_[static_cast<std::size_t>(kind)];
        if (used >= plan_.most_of(kind)) return false;
        std::vector<node_id> faulty = faulty_;
        for (const node_id id : struck) {
            if (std::find(faulty.begin(), faulty.end(), id) == faulty.end()) faulty.push_back(id);
        }
        if (faulty.size() > plan_.tolerance && faulty.size() > faulty_.size()) return false;
        faulty_ = std::move(faulty);
        ++used;
        return true;
    }

   private:
    const fault_plan& plan_;
    std::array<std::uint32_t, fault_kinds> used_{};
    std::vector<node_id> faulty_;
};

fault window_fault(const generation& with, fault_kind kind, node_id node, draw by) {
    const std::string name = node.name();
    switch (kind) {
        case fault_kind::omission:
            return by % 3 == 0   ? omission(name)
                   : by % 3 == 1 ? send_omission(name)
                                 : receive_omission(name);
        case fault_kind::delay:
            return by % 2 == 0 ? egress_delay(name, {}, with.plan.delay_by)
                               : ingress_delay(name, {}, with.plan.delay_by);
        case fault_kind::reordering:
            return reordering(name, with.plan.reorder_by);
        case fault_kind::duplication:
            return duplication(name);
        case fault_kind::corruption:
            return corruption(name);
        case fault_kind::crash:
            return crash(name);
        case fault_kind::pause:
            return pause(name);
        case fault_kind::custom:
            return {custom_fault{pick(with.of.custom_fault_names(), by), {name}}};
        case fault_kind::partition:
            break;
    }
    partition_fault cut{{{node}, {}}, by % 4 == 0};
    for (const node_id other : with.nodes) {
        // The node stands alone, or with every other one that a bit of the draw gives it.
        if (other == node) continue;
        const bool beside = by % 2 == 1 && (mix_bits(by ^ other.bits()) & 1) != 0;
        cut.groups[beside ? 0 : 1].push_back(other);
    }
    if (cut.groups[1].empty()) std::swap(cut.groups[0], cut.groups[1]);
    return {cut};
}

/// What one schedule draws its faults from: in every other one some kinds only, by chance. Faults
/// of many kinds hide each other's effects (swarm testing, Groce et al., ISSTA 2012).
struct arsenal {
    std::vector<fault_kind> kinds;
    std::vector<site_action> actions;
};

arsenal arsenal_of(const generation& with, draw swarm) {
    std::vector<fault_kind> allowed;
    std::vector<fault_kind> some;
    for (std::size_t at = 0; at < fault_kinds; ++at) {
        const auto kind = static_cast<fault_kind>(at);
        if (with.plan.most_of(kind) == 0) continue;
        allowed.push_back(kind);
        if ((mix_bits(swarm) >> at & 1) != 0) some.push_back(kind);
    }
    arsenal made;
    made.kinds = swarm % 2 == 0 || some.empty() ? std::move(allowed) : std::move(some);
    for (const site_action& each : with.actions) {
        if (std::find(made.kinds.begin(), made.kinds.end(), kind_of(each.verb)) != made.kinds.end())
            made.actions.push_back(each);
    }
    if (with.of.custom_faults.empty()) std::erase(made.kinds, fault_kind::custom);
    return made;
}

bool within(const fault_plan& plan, const std::vector<node_id>& struck) {
    return plan.nodes.empty() || std::all_of(struck.begin(), struck.end(), [&](node_id id) {
               return std::find(plan.nodes.begin(), plan.nodes.end(), id) != plan.nodes.end();
           });
}

void add_window(const generation& with, const std::vector<fault_kind>& kinds,
                const drawn_window& drawn, budget& left, std::vector<step>& steps) {
    const auto& [which, place, whom, how, ending] = drawn;
    const std::vector<node_id>& targets = with.plan.nodes.empty() ? with.nodes : with.plan.nodes;
    if (kinds.empty() || with.nodes.size() < 2) return;
    const fault_kind kind = pick(kinds, which);
    const node_id node = pick(targets, whom);
    const fault begun = window_fault(with, kind, node, how);
    const auto* cut = std::get_if<partition_fault>(&begun.what);
    const std::vector<node_id> struck = cut != nullptr ? cut_off_by(*cut) : std::vector{node};
    if (!within(with.plan, struck) || !left.take(kind, struck)) return;
    const std::size_t at = steps.empty() ? 0 : place % steps.size();
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(at), step{to_step(begun)});
    // Behind a script nothing can be placed.
    if (ending % 2 == 0 || with.of.script) return;
    const std::size_t after = at + 1 + ending % (steps.size() - at);
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(after), step{to_step(end(begun))});
}

void add_deviation(const generation& with, const std::vector<site_action>& actions,
                   const drawn_deviation& drawn, budget& left, schedule& to) {
    const auto& [which, where] = drawn;
    if (actions.empty()) return;
    const site_action& action = pick(actions, which);
    const auto& sites = at_node(action.verb) ? with.sites.nodes() : with.sites.messages();
    if (sites.empty()) return;
    const site_label& site = pick(sites, where);
    const auto same = [&](const deviation& each) { return each.site == site; };
    if (std::any_of(to.deviations.begin(), to.deviations.end(), same)) return;
    // `n2 at ...` or `n1 -> n2 ...`: a node that is struck, or one of two whose message suffers.
    std::istringstream words(site.text());
    std::string first;
    std::string second;
    words >> first >> second >> second;
    const bool allowed = within(with.plan, {node_id(first)}) ||
                         (!at_node(action.verb) && within(with.plan, {node_id(second)}));
    std::vector<node_id> struck;
    if (at_node(action.verb)) struck.emplace_back(first);
    if (allowed && left.take(kind_of(action.verb), struck))
        to.deviations.push_back(to_deviation(action, site));
}

}  // namespace

rc::Gen<schedule> schedules_of(const generation& with) {
    using parts = std::tuple<std::vector<command>, std::vector<drawn_window>,
                             std::vector<drawn_deviation>, draw>;
    return rc::gen::map(rc::gen::tuple(workloads(with), windows(), deviations(), draws()),
                        [with](const parts& drawn) {
                            const auto& [commands, windows, deviations, swarm] = drawn;
                            schedule made{with.reference, runnable(with, commands), {}};
                            const arsenal faults = arsenal_of(with, swarm);
                            budget left(with.plan);
                            for (const drawn_window& each : windows)
                                add_window(with, faults.kinds, each, left, made.steps);
                            for (const drawn_deviation& each : deviations)
                                add_deviation(with, faults.actions, each, left, made);
                            return canonical(std::move(made));
                        });
}

}  // namespace partita::detail
