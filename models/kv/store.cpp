#include <partita/models/kv.hpp>

#include <memory>

#include "commands.hpp"
#include "coordinator.hpp"
#include "options.hpp"
#include "properties.hpp"
#include "replica.hpp"

namespace partita::kv {
namespace {

/// The ring of a node that is new: with all others, or alone.
roster first_roster(node_id here, const settings& with, const store_options& options) {
    roster made;
    if (!options.joined) {
        made.set(here, true);
        return made;
    }
    for (const node_id each : nodes_of(with)) made.set(each, true);
    return made;
}

void start_node(node& here, const settings& with) {
    const auto view = std::make_shared<node_view>();
    view->options = options_of(with);
    view->life = here.incarnation();
    here.spawn<replica>(replica_name, view, first_roster(here.id(), with, view->options));
    here.spawn<coordinator>(coordinator_name, view);
}

/// Strikes what the node holds, from inside: whoever reads there next sees it.
result<void> strike(node& here, const std::vector<std::string>& words, bool ends) {
    const std::string& what = words.empty() ? std::string() : words.back();
    const bool erases = what == "diskloss";
    if (!erases && what != "bitflip" && node_id(what) != here.id()) {
        return fail(error_code::bad_input,
                    "fault byzantine NODE: expected bitflip or diskloss, not '" + what + "'");
    }
    if (ends) return {};  // what is damaged stays so
    here.spawn_fiber(
        "", [erases](fiber_context& self) { self.send(self.local(replica_name), damage{erases}); });
    return {};
}

}  // namespace

application store() {
    application_builder made = define_application("kv");
    made.about("replicated key-value store after Riak Core: ring, quorums, repair, hand-off")
        .nodes({.least = 1, .most = 16, .usual = 3})
        .on_start(start_node)
        .channel({.name = std::string(transfer.name)})
        .model(told{})
        .commands_most(16)
        .clients_most(3)
        .custom_fault("byzantine", strike)
        .workload({"n1 write x 1", "n2 read x"});
    for (parameter& each : store_parameters()) made.option(std::move(each));
    for (command_definition& each : store_commands()) made.command(std::move(each));
    application done = made;
    done.properties = store_properties();
    return done;
}

}  // namespace partita::kv
