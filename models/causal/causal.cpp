#include <set>

#include <partita/models/arguments.hpp>
#include <partita/models/causal_broadcast.hpp>

#include "broadcaster.hpp"
#include "properties.hpp"

namespace partita::causal_broadcast {
namespace {

/// The own node answers at once, unless it is paused or down.
constexpr duration patience = std::chrono::seconds(20);
/// How long a reply waits for something to answer.
constexpr duration reply_patience = std::chrono::seconds(3);

response run_broadcast(fiber_context& self, const command& it) {
    const bool replies = it.name == "reply";
    const auto done = self.call<client_done>(self.local(broadcaster_name),
                                             client_broadcast{it.arguments[0], replies},
                                             replies ? reply_patience : patience);
    return done ? response::ok() : response::unknown("timeout");
}

response run_read(fiber_context& self, const command&) {
    const auto found =
        self.call<client_values>(self.local(broadcaster_name), client_read{}, patience);
    if (!found) return response::unknown("timeout");
    std::string all;
    for (const std::string& each : found->values) all += (all.empty() ? "" : " ") + each;
    return response::ok("{" + all + "}");
}

/// Values are told apart by equality alone, so each is sent once.
command_definition sending(std::string name, std::string about) {
    command_definition made;
    made.usage = name + " VALUE";
    made.name = std::move(name);
    made.about = std::move(about);
    made.arguments_least = made.arguments_most = 1;
    made.run = run_broadcast;
    made.arguments = one_integer(1, 99);
    using values = std::set<std::string>;
    made.precondition = when<values>(
        [](const values& sent, const command& it) { return !sent.contains(it.arguments[0]); });
    made.next_state = then<values>(
        [](values& sent, const command& it, const response&) { sent.insert(it.arguments[0]); });
    return made;
}

}  // namespace

application bss() {
    application_builder made = define_application("causal-broadcast");
    made.about("causal broadcast by vector clocks (Birman, Schiper, Stephenson 1991)")
        .nodes({.least = 1, .most = 16, .usual = 3})
        .option(bug_parameter())
        .on_start([](node& here, const settings& with) {
            here.spawn<broadcaster>(broadcaster_name, bug_of(with), here.incarnation());
        })
        .model(std::set<std::string>{})
        .command(sending("broadcast", "every node delivers VALUE"))
        .command(sending("reply", "the same, in answer to what another sent"))
        .command({.name = "read",
                  .usage = "read",
                  .about = "what this node has delivered, in order",
                  .run = run_read,
                  .arguments = no_arguments()})
        .commands_most(16)
        .clients_most(4)
        .workload({"n1 broadcast 1", "n2 reply 2"});
    application done = made;
    done.properties = broadcast_properties();
    return done;
}

}  // namespace partita::causal_broadcast
