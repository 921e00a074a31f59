#include "commands.hpp"

#include <rapidcheck/gen/Container.h>
#include <rapidcheck/gen/Create.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>
#include <rapidcheck/gen/Transform.h>

#include <partita/models/arguments.hpp>

#include "client.hpp"

namespace partita::raft {
namespace {

response run_request(fiber_context& self, const command& it) {
    request wanted{self.self(), request_kind::read, it.arguments[0], {}};
    if (it.name == "write") wanted.kind = request_kind::write;
    if (it.name == "append") wanted.kind = request_kind::append;
    if (it.name != "read") wanted.value = it.arguments.back();
    return ask(self, client_request{wanted});
}

response run_change(fiber_context& self, const command& it) {
    return ask(self, change_members{node_id(it.arguments[0]), it.name == "add"});
}

/// An election takes two steps of the network; looks for a while how it went.
response run_campaign(fiber_context& self, const command&) {
    constexpr duration step = std::chrono::milliseconds(1);
    const actor_id server = self.local(replica_name);
    self.send(server, campaign_now{});
    for (int looks = 0; looks < 5; ++looks) {
        self.sleep(step);
        const auto found = self.call<leader_is>(server, ask_leader{}, step);
        if (found && found->leader == self.node()) return response::ok("leads");
    }
    return response::ok("does not lead");
}

// ---- random workloads --------------------------------------------------------------------------

/// One key, so that operations meet.
argument_generator a_key() { return one_of({"x"}); }
argument_generator a_key_and_a_value() {
    return [] {
        return rc::gen::map(rc::gen::elementOf(std::vector<std::string>{"a", "b", "c"}),
                            [](const std::string& drawn) {
                                return std::vector<std::string>{"x", drawn};
                            });
    };
}

argument_generator a_server() { return one_of({"n3", "n1", "n2"}); }

/// Half of them at least stay.
bool may_leave(const asked& state, const command& it) {
    return state.removed.size() < 2 && !state.removed.contains(it.arguments[0]);
}
bool may_come(const asked& state, const command& it) {
    return state.removed.contains(it.arguments[0]);
}
void note_change(asked& state, const command& it, const response& answer) {
    if (answer.kind == response_kind::fail) return;
    if (it.name == "remove") state.removed.insert(it.arguments[0]);
    if (it.name == "add") state.removed.erase(it.arguments[0]);
}

command_definition on_registers(std::string name, std::string usage, std::string about,
                                std::size_t arguments) {
    command_definition made;
    made.name = std::move(name);
    made.usage = std::move(usage);
    made.about = std::move(about);
    made.arguments_least = made.arguments_most = arguments;
    made.run = run_request;
    made.arguments = arguments == 1 ? a_key() : a_key_and_a_value();
    return made;
}

command_definition on_members(std::string name, std::string about,
                              std::function<bool(const asked&, const command&)> may) {
    command_definition made;
    made.usage = name + " SERVER";
    made.name = std::move(name);
    made.about = std::move(about);
    made.arguments_least = made.arguments_most = 1;
    made.run = run_change;
    made.arguments = a_server();
    made.precondition = when<asked>(std::move(may));
    made.next_state = then<asked>(note_change);
    return made;
}

}  // namespace

std::vector<command_definition> register_commands() {
    std::vector<command_definition> all{
        on_registers("write", "write KEY VALUE", "VALUE is what KEY holds from now on", 2),
        on_registers("read", "read KEY", "the value of KEY", 1),
        on_registers("append", "append KEY VALUE", "VALUE comes behind what KEY holds", 2),
        on_members("remove", "SERVER is no member any more", may_leave),
        on_members("add", "SERVER is a member", may_come)};
    all.push_back({.name = "campaign",
                   .usage = "campaign",
                   .about = "the node's server wants to lead; whether it does within 5 ms",
                   .run = run_campaign,
                   .arguments = no_arguments()});
    return all;
}

}  // namespace partita::raft
