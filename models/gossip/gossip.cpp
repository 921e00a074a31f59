#include <partita/models/gossip.hpp>

#include <set>

#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Transform.h>

#include <partita/models/arguments.hpp>
#include <partita/schedules/codec.hpp>

#include "gossiper.hpp"
#include "properties.hpp"

namespace partita::gossip {
namespace {

/// The own node answers at once, unless it is paused or down.
constexpr duration patience = std::chrono::seconds(20);

response done(const tl::expected<client_done, call_error>& answer) {
    return answer ? response::ok() : response::unknown("timeout");
}

response run_put(fiber_context& self, const command& it) {
    if (it.arguments[0].starts_with(message_prefix)) return response::fail("the key of a message");
    const bool deletes = it.name == "delete";
    return done(self.call<client_done>(
        self.local(gossiper_name),
        client_put{it.arguments[0], deletes ? std::string() : it.arguments[1], deletes}, patience));
}

response run_broadcast(fiber_context& self, const command& it) {
    return done(self.call<client_done>(self.local(gossiper_name), client_broadcast{it.arguments[0]},
                                       patience));
}

response run_read(fiber_context& self, const command& it) {
    const auto found =
        self.call<client_value>(self.local(gossiper_name), client_read{it.arguments[0]}, patience);
    return found ? response::ok(found->value) : response::unknown("timeout");
}

response run_idle(fiber_context& self, const command& it) {
    const auto time = parse_duration(it.arguments[0]);
    if (!time) return response::fail("expected a duration, such as 20ms");
    self.sleep(*time);
    return response::ok();
}

using values = std::set<std::string>;

/// So that a value tells which update it is of.
command_definition unique(command_definition made) {
    made.precondition = when<values>(
        [](const values& used, const command& it) { return !used.contains(it.arguments.back()); });
    made.next_state = then<values>(
        [](values& used, const command& it, const response&) { used.insert(it.arguments.back()); });
    return made;
}

argument_generator a_key_and_a_value() {
    return [] {
        return rc::gen::map(rc::gen::inRange(1, 100), [](int value) {
            return std::vector<std::string>{"x", std::to_string(value)};
        });
    };
}

command_definition taking(std::string name, std::string usage, std::string about,
                          std::size_t arguments,
                          std::function<response(fiber_context&, const command&)> run,
                          argument_generator of) {
    command_definition made;
    made.name = std::move(name);
    made.usage = std::move(usage);
    made.about = std::move(about);
    made.arguments_least = made.arguments_most = arguments;
    made.run = std::move(run);
    made.arguments = std::move(of);
    return made;
}

}  // namespace

application demers() {
    application_builder made = define_application("gossip");
    made.about("replicated database and broadcast by epidemics (Demers et al. 1987)")
        .nodes({.least = 1, .most = 64, .usual = 3})
        .on_start([](node& here, const settings& with) {
            here.spawn<gossiper>(gossiper_name, options_of(with), here.id(), here.incarnation());
        })
        .model(values{})
        .command(unique(
            taking("put", "put KEY VALUE", "KEY holds VALUE", 2, run_put, a_key_and_a_value())))
        .command(taking("delete", "delete KEY", "KEY holds nothing", 1, run_put, one_of({"x"})))
        .command(
            taking("read", "read KEY", "what this node holds of KEY", 1, run_read, one_of({"x"})))
        .command(unique(taking("broadcast", "broadcast VALUE", "every node delivers VALUE", 1,
                               run_broadcast, one_integer(100, 199))))
        .command(taking("idle", "idle DURATION", "nothing for so long, so that news can spread", 1,
                        run_idle, one_of({"300ms", "1s", "3s"})))
        .commands_most(32)
        .workload({"n1 broadcast 1", "n1 put x 1", "n2 read x"});
    for (parameter& each : gossip_parameters()) made.option(std::move(each));
    application finished = made;
    finished.properties = gossip_properties();
    return finished;
}

}  // namespace partita::gossip
