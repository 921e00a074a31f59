#include <set>

#include <rapidcheck/gen/Create.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/gen/Tuple.h>

#include <partita/models/arguments.hpp>
#include <partita/models/replication.hpp>

#include "options.hpp"
#include "properties.hpp"
#include "replica.hpp"

namespace partita::replication {
namespace {

/// Values written so far: each is written once, so that a write is known by its value.
using written = std::set<std::string>;

response run_read(fiber_context& self, const command& it) {
    const auto told =
        self.call<answered>(self.local(replica_name), client_read{it.arguments[0]}, client_time);
    return told ? response::ok(told->value) : response::unknown("timeout");
}

response run_write(fiber_context& self, const command& it) {
    const auto told = self.call<answered>(
        self.local(replica_name), client_write{it.arguments[0], it.arguments[1]}, client_time);
    return told ? response::ok() : response::unknown("timeout");
}

rc::Gen<std::string> keys() { return rc::gen::weightedElement<std::string>({{4, "x"}, {1, "y"}}); }

rc::Gen<std::vector<std::string>> a_key() {
    return rc::gen::map(keys(),
                        [](std::string key) { return std::vector<std::string>{std::move(key)}; });
}

rc::Gen<std::vector<std::string>> a_key_and_a_value() {
    return rc::gen::map(
        rc::gen::pair(keys(), rc::gen::inRange(1, 100)),
        [](const std::pair<std::string, int>& drawn) {
            return std::vector<std::string>{drawn.first, std::to_string(drawn.second)};
        });
}

command_definition read_command() {
    return {.name = "read",
            .usage = "read KEY",
            .about = "the value of KEY; any node asks the primary",
            .arguments_least = 1,
            .arguments_most = 1,
            .run = run_read,
            .arguments = a_key};
}

command_definition write_command() {
    return {.name = "write",
            .usage = "write KEY VALUE",
            .about = "VALUE is what KEY holds from now on",
            .arguments_least = 2,
            .arguments_most = 2,
            .run = run_write,
            .arguments = a_key_and_a_value,
            .precondition = when<written>([](const written& so_far, const command& it) {
                return !so_far.contains(it.arguments[1]);
            }),
            .next_state = then<written>([](written& so_far, const command& it, const response&) {
                so_far.insert(it.arguments[1]);
            })};
}

void start_node(node& here, const settings& with) {
    here.spawn<replica>(replica_name, options_of(with), nodes_of(with), here.incarnation());
}

}  // namespace

application primary_backup() {
    application_builder made = define_application("primary-backup");
    made.about("primary-backup replication after Alsberg and Day, with and without view changes")
        .nodes({.least = 2, .most = 7, .usual = 3})
        .on_start(start_node)
        .model(written{})
        .command(write_command())
        .command(read_command())
        .workload({"n1 write x 1", "n2 read x"})
        .commands_most(6)
        .clients_most(3);
    for (parameter& each : replica_parameters()) made.option(std::move(each));
    application done = made;
    done.properties = replica_properties();
    return done;
}

}  // namespace partita::replication
