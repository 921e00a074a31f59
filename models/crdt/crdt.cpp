#include <partita/models/crdt.hpp>

#include "commands.hpp"
#include "op_replica.hpp"
#include "options.hpp"
#include "properties.hpp"
#include "state_replica.hpp"

namespace partita::crdt {
namespace {

void start_node(node& here, const settings& with) {
    const object_options options = options_of(with);
    if (options.transport == transport_kind::state) {
        here.spawn<state_replica>(replica_name, options, here.incarnation());
    } else {
        here.spawn<op_replica>(replica_name, options, here.incarnation());
    }
}

}  // namespace

application replicated() {
    application_builder made = define_application("crdt");
    made.about("conflict-free replicated counters, sets and register (Shapiro et al. 2011)")
        .nodes({.least = 1, .most = 16, .usual = 3})
        .on_start(start_node)
        .commands_most(32)
        .workload({"n1 add a", "n2 read"});
    for (parameter& each : object_parameters()) made.option(std::move(each));
    for (command_definition& each : object_commands()) made.command(std::move(each));
    application done = made;
    done.properties = object_properties();
    return done;
}

}  // namespace partita::crdt
